// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/diskfiles"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// throughVCenter makes the machine without its disk, sends the disk into the machine's folder through the vCenter's own access to
// datastores, has it unpacked there, and gives it to the machine. So a machine without a disk is one that was not finished.
func (u *Uploads) throughVCenter(ctx context.Context, m Machine) (ref, error) {
	spec, disk := withoutDisk(m.Spec)
	vm, err := u.create(ctx, m, spec)
	switch {
	case err != nil:
	case m.Content.ISO:
		err = u.insert(ctx, m, vm)
	default:
		err = u.fillFolder(ctx, m, vm, disk)
	}
	if err == nil || vm == (ref{}) {
		return vm, err
	}
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer stop()
	if failed := u.Discard(end, vm, m); failed != nil {
		return ref{}, fmt.Errorf("%w (what is left of it could not be removed: %w; the next apply does)", err, failed)
	}
	if faults.OutcomeUnknown(err) {
		return ref{}, errors.New(err.Error()) // it is known now: there is nothing
	}
	return ref{}, err
}

// withoutDisk takes the disk out of a specification.
func withoutDisk(spec types.VirtualMachineConfigSpec) (types.VirtualMachineConfigSpec, *types.VirtualDisk) {
	var disk *types.VirtualDisk
	spec.DeviceChange = slices.DeleteFunc(slices.Clone(spec.DeviceChange), func(change types.BaseVirtualDeviceConfigSpec) bool {
		found, is := change.GetVirtualDeviceConfigSpec().Device.(*types.VirtualDisk)
		if is {
			disk = found
		}
		return is
	})
	return spec, disk
}

// create makes the machine. One that comes with an error is there.
func (u *Uploads) create(ctx context.Context, m Machine, spec types.VirtualMachineConfigSpec) (ref, error) {
	vim, err := u.wire.Vim(ctx)
	if err != nil {
		return ref{}, err
	}
	result, err := u.wire.RunTaskWith(ctx, &wire.TaskRun{Kind: "CreateVM_Task"}, func(ctx context.Context) (ref, error) {
		res, err := methods.CreateVM_Task(ctx, vim, &types.CreateVM_Task{This: m.Folder, Config: spec, Pool: m.Pool, Host: m.Host})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	vm, _ := result.(ref)
	if faults.Is[*types.DuplicateName](err) {
		return vm, fmt.Errorf("%w: %w", ErrNameTaken, faults.Explain("making the image "+m.Name, err))
	}
	return vm, faults.Explain("making the image "+m.Name, err)
}

// home is the folder of a machine on its datastore.
type home struct {
	store, folder string // as in "[store] folder/file"
	config        *types.VirtualMachineConfigInfo
}

func (u *Uploads) homeOf(ctx context.Context, vm ref) (home, error) {
	found, err := wire.Read[mo.VirtualMachine](ctx, u.wire, vm, []string{"config"})
	if err != nil {
		return home{}, err
	}
	if found.Config == nil {
		return home{}, errors.New("the vCenter does not show the machine's configuration")
	}
	store, file, ok := strings.Cut(strings.TrimPrefix(found.Config.Files.VmPathName, "["), "] ")
	if !ok {
		return home{}, fmt.Errorf("the machine has no folder on a datastore (%q)", found.Config.Files.VmPathName)
	}
	return home{store, path.Dir(file), found.Config}, nil
}

// sent is where a disk is sent to, and disk where it is unpacked to.
func (h home) sent() string { return h.file("novasphere-upload.vmdk") }
func (h home) disk() string { return h.file("novasphere-disk.vmdk") }

func (h home) file(name string) string { return fmt.Sprintf("[%s] %s/%s", h.store, h.folder, name) }

// fillFolder brings the disk to a machine that has none.
func (u *Uploads) fillFolder(ctx context.Context, m Machine, vm ref, disk *types.VirtualDisk) error {
	ctx, stop := openstack.Breakable(ctx)
	defer stop()
	at, err := u.homeOf(ctx, vm)
	if err == nil {
		err = u.put(ctx, m, at, at.sent())
	}
	if err != nil {
		return faults.Explain("sending the disk of the image "+m.Name+" to "+at.sent(), err)
	}
	err = u.files.Copy(ctx, diskfiles.Request{What: "the disk of the image " + m.Name, From: at.sent(), To: at.disk(),
		Type: string(types.VirtualDiskTypeThin)})
	if err == nil {
		err = u.files.DropFile(ctx, at.sent())
	}
	if err != nil {
		return err
	}
	return faults.Explain("giving the image "+m.Name+" its disk", u.giveDisk(ctx, vm, at, *disk))
}

// giveDisk gives the machine the disk that lies in its folder. Where the answer is lost, the machine tells whether it has it.
func (u *Uploads) giveDisk(ctx context.Context, vm ref, at home, disk types.VirtualDisk) error {
	disk.ControllerKey = keyOfController(at.config.Hardware.Device, disk.ControllerKey)
	disk.Backing = &types.VirtualDiskFlatVer2BackingInfo{DiskMode: string(types.VirtualDiskModePersistent),
		VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: at.disk()}}
	change := types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{
		Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: &disk}}}
	err := u.wire.ReconfigureRaw(ctx, vm, change)
	if !faults.OutcomeUnknown(err) {
		return err
	}
	now, failed := u.homeOf(ctx, vm)
	switch {
	case failed != nil:
		return errors.Join(err, failed)
	case hasDisk(now.config):
		return nil
	}
	return u.wire.ReconfigureRaw(ctx, vm, change)
}

// keyOfController is the key of the machine's controller for its disk: a specification's own key has ended with the creation.
func keyOfController(devices []types.BaseVirtualDevice, key int32) int32 {
	for _, device := range devices {
		if _, scsi := device.(types.BaseVirtualSCSIController); scsi && key < 0 {
			return device.GetVirtualDevice().Key
		}
	}
	return key
}

func hasDisk(config *types.VirtualMachineConfigInfo) bool {
	return slices.ContainsFunc(config.Hardware.Device, func(device types.BaseVirtualDevice) bool {
		_, is := device.(*types.VirtualDisk)
		return is
	})
}

// put sends the content as a file, from the beginning where the connection breaks. A lost session is renewed by one call: a vCenter answers
// 401 then, and also to an account that may not write there.
func (u *Uploads) put(ctx context.Context, m Machine, at home, file string) error {
	vim, err := u.wire.Vim(ctx)
	if err != nil {
		return err
	}
	dc, err := u.inventory.Places.Datacenter(ctx)
	if err != nil {
		return err
	}
	to := vim.URL()
	to.Path = "/folder/" + strings.TrimPrefix(file, "["+at.store+"] ")
	to.RawQuery = url.Values{"dcPath": {dc.Kept}, "dsName": {at.store}}.Encode()
	t := transfer{client: vim.Client, method: http.MethodPut, to: to, kind: "application/octet-stream", content: m.Content,
		patience: u.Stalled, progress: m.Sent}
	renewed := false
	for try := 1; ; try++ {
		err := t.send(ctx)
		switch {
		case err == nil:
			return nil
		case lost(err) && try < tries && u.pause(ctx, try):
			continue
		case !refusedWith(err, http.StatusUnauthorized, http.StatusForbidden):
			return err
		case renewed:
			return fmt.Errorf("the vCenter refuses it with a session that is good: the account needs the privileges "+
				"Datastore.FileManagement (Low level file operations) and Datastore.Browse (Browse datastore) on the datastore %s, "+
				"and System.Read on the datacenter %s; some vCenters want those two on the datacenter as well (%w)", at.store, dc.Path, err)
		}
		if renewed, err = true, u.touch(ctx, vim); err != nil {
			return err
		}
	}
}

// refusedWith reports whether a server answered with one of some statuses, which govmomi gives as a text.
func refusedWith(err error, codes ...int) bool {
	return slices.ContainsFunc(codes, func(code int) bool {
		return strings.HasPrefix(faults.CertificateCause(err).Error(), fmt.Sprint(code, " "))
	})
}

// touch makes a cheap call, which renews a lost session.
func (u *Uploads) touch(ctx context.Context, vim *vim25.Client) error {
	_, err := wire.Read[mo.Folder](ctx, u.wire, vim.ServiceContent.RootFolder, []string{"name"})
	return err
}

// Discard removes a machine without its content, and what a creation has left in its folder. It refuses one that is more than that. It is
// no error if the machine is gone.
func (u *Uploads) Discard(ctx context.Context, vm ref, m Machine) error {
	name := m.Name
	at, err := u.homeOf(ctx, vm)
	switch {
	case errors.Is(err, openstack.ErrNotFound):
		return nil
	case err != nil:
		return faults.Explain("reading the unfinished image "+name, err)
	case at.config.Template || hasDisk(at.config) || hardware.Inserted(at.config.Hardware.Device).File != "":
		return fmt.Errorf("the machine of the image %s has got its content, so it is not removed", name)
	case m.Content.ISO:
		if err := u.files.DropFile(ctx, at.iso()); err != nil {
			return err
		}
		return faults.Explain("removing the unfinished image "+name, u.wire.Destroy(ctx, vm))
	}
	if err := u.files.Clear(ctx, at.disk()); err != nil { // first: a copy that is under way reads what was sent
		return err
	}
	if err := u.files.DropFile(ctx, at.sent()); err != nil {
		return err
	}
	return faults.Explain("removing the unfinished image "+name, u.wire.Destroy(ctx, vm))
}
