// SPDX-License-Identifier: MPL-2.0

package rescue

import (
	"context"
	"errors"
	"fmt"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/diskfiles"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// Check refuses the rescue of an instance that this provider does not manage, of one that boots from a volume, and with an image that has
// no disk. Without an image it is the instance's own.
func (r *Rescue) Check(ctx context.Context, id, imageID string) error {
	vm, is, err := r.machines.Managed(ctx, machine.Key{ID: id})
	if err != nil {
		return err
	}
	_, err = (&rescuing{Rescue: r, id: id, vm: vm, is: is}).source(ctx, imageID)
	return err
}

// Begin rescues an instance: the disk of an image is copied into its VM's folder, the VM is turned off, gets the copy as another disk and
// starts from it. Nova's driver does the same, but copies while the guest is off already. Without an image it is the instance's own. An
// instance that is rescued with that image stays so; what a killed rescue has begun is gone on with, and its copy is made anew.
func (r *Rescue) Begin(ctx context.Context, id, imageID string, tell machine.Telling) error {
	ctx, end := r.wire.BeginOperation(ctx)
	defer end()
	t := &rescuing{Rescue: r, id: id, tell: tell}
	if err := t.look(ctx); err != nil {
		return err
	}
	if err := t.ready(imageID); err != nil {
		return err
	}
	source, err := t.source(ctx, imageID)
	if err != nil {
		return err
	}
	if t.running() {
		tell("%s is rescued with the image %s", t.is.Name, source.Name)
		return nil
	}
	if t.is.Rescued == "" {
		if err := t.attach(ctx, source); err != nil {
			return err
		}
	}
	if err := t.boot(ctx); err != nil {
		return err
	}
	tell("%s is started from the disk of the image %s", t.is.Name, source.Name)
	if err := t.start(ctx); err != nil {
		return fmt.Errorf("%s is rescued, and off: invoke the action again, or end the rescue (%w)", t.is.Name, err)
	}
	return nil
}

// ready refuses to rescue an instance that is rescued with another image, and a suspended one, as Nova does: its memory would be lost.
func (t *rescuing) ready(imageID string) error {
	switch {
	case t.is.Rescued != "" && imageID != "" && t.is.Rescued != imageID:
		return openstack.AttributeErrorf("rescue_image_id", "%s is rescued with the image %s already: end that first", t.is.Name, t.is.Rescued)
	case t.is.PowerState == openstack.Suspended:
		return openstack.AttributeErrorf("instance_id", "%s is suspended, and would lose what it has in memory: resume it, or shut it off, "+
			"first", t.is.Name)
	}
	return nil
}

// source finds the image to rescue with, and refuses what Nova's driver would: an instance that boots from a volume, and an image without a
// disk.
func (t *rescuing) source(ctx context.Context, imageID string) (image.Template, error) {
	if imageID == "" {
		imageID = t.is.ImageID
	}
	switch {
	case t.is.Rescued != "":
		imageID = t.is.Rescued
	case t.is.BootVolume:
		return image.Template{}, openstack.AttributeErrorf("instance_id", "%s boots from a volume, and Nova rescues no such instance: detach "+
			"the volume and attach it to another instance instead", t.is.Name)
	case imageID == "":
		return image.Template{}, openstack.AttributeErrorf("rescue_image_id", "%s has no image on record: name the image to rescue it with",
			t.is.Name)
	}
	source, err := t.images.ByID(ctx, imageID)
	if t.is.Rescued != "" && errors.Is(err, openstack.ErrNotFound) { // its disk is there
		source.Name, source.ID = imageID, imageID
		return source, nil
	}
	switch {
	case err == nil && source.ISO():
		err = fmt.Errorf("the image %s is an ISO image, which has no disk to start from: name the image of a disk", source.Name)
	case err == nil:
		err = source.CheckDisks()
	}
	if err != nil {
		return source, openstack.AttributeErrorf("rescue_image_id", "%w", err)
	}
	return source, nil
}

// running reports whether the VM runs and starts from the disk that it is rescued with.
func (t *rescuing) running() bool {
	disk, _ := machine.RescueDisk(t.vm)
	return disk != nil && t.vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn && bootsFrom(t.vm, disk)
}

// attach makes the copy of the image's disk, and gives it to the VM, which is turned off for that. Without success there is no copy, and a
// VM that ran runs again.
func (t *rescuing) attach(ctx context.Context, source image.Template) error {
	file := machine.RescueFile(t.vm, source.ID)
	held, err := t.machines.SnapshotsWithFile(ctx, t.vm, file)
	if err == nil && len(held) > 0 {
		err = fmt.Errorf("snapshots of %s hold %s, which was its disk while it was rescued before: delete them first: %s", t.is.Name, file,
			quoted(held))
	}
	if err != nil {
		return err
	}
	if source, err = t.deployed(ctx, source); err != nil {
		return openstack.AttributeErrorf("rescue_image_id", "%w", err)
	}
	if err := t.copyTo(ctx, source, file); err != nil {
		return err
	}
	err = t.stop(ctx)
	if err == nil {
		err = t.plug(ctx, source.ID, file)
	}
	if err == nil {
		return nil
	}
	if faults.OutcomeUnknown(err) {
		return faults.NotKnown(t.is.Name+" has the disk to rescue it with", "invoke the action again, which goes on with the rescue", err)
	}
	if t.look(context.WithoutCancel(ctx)) == nil && t.is.Rescued == "" {
		err = t.files.DropAfter(ctx, file, err)
	}
	return t.startAgain(ctx, err)
}

// deployed is the template of an image, which of a library item is a copy on the VM's own datastore.
func (t *rescuing) deployed(ctx context.Context, source image.Template) (image.Template, error) {
	if source.Library == "" && !source.Cached || t.vm.ResourcePool == nil {
		return source, nil
	}
	root := hardware.RootDisk(t.vm.Config.Hardware.Device)
	if root == nil {
		return source, fmt.Errorf("%s has no root disk", t.is.Name)
	}
	store := mo.Datastore{}
	store.Self, store.Name = machine.StoreOf(root), machine.DatastoreOf(machine.DiskFile(root))
	copied, err := t.images.CloneSource(ctx, source, image.Use{Pool: *t.vm.ResourcePool, Store: store})
	if err != nil {
		return source, err
	}
	copied.ID, copied.Name = source.ID, source.Name
	return copied, copied.CheckDisks()
}

// copyTo copies the image's disk. What a killed rescue has left of a copy is deleted first: nothing tells whether it is whole.
func (t *rescuing) copyTo(ctx context.Context, source image.Template, file string) error {
	there, err := t.files.Exists(ctx, file)
	if err == nil && there {
		err = t.files.Clear(ctx, file)
	}
	if err != nil {
		return err
	}
	t.tell("the disk of the image %s is copied to %s", source.Name, file)
	told := wire.WithPercent(ctx, func(percent int32) { t.tell("the disk of the image %s is copied: %d%%", source.Name, percent) })
	return t.files.Copy(told, diskfiles.Request{What: "the disk of the image " + source.Name, To: file,
		From: machine.DiskFile(hardware.RootDisk(source.Config.Hardware.Device)), Type: string(types.VirtualDiskTypeThin)})
}

// plug gives the VM, which is off, the copy as another disk, in the first place after its root disk.
func (t *rescuing) plug(ctx context.Context, imageID, file string) error {
	tries := retry.Backoff{Longest: retry.LongestRace}
	for attempt := 1; ; attempt++ {
		spec, err := t.plugged(file)
		if err == nil {
			spec.ExtraConfig = records.Diff{rescuedKey: imageID}.Options()
			err = t.amend(ctx, spec)
		}
		if !looksAgain(err) || attempt == retry.WriteAttempts || !tries.Wait(ctx) {
			return err
		}
		if err := t.look(ctx); err != nil || t.is.Rescued != "" {
			return err
		}
		if err := t.stop(ctx); err != nil {
			return err
		}
	}
}

// plugged returns the change that adds the copy, as Nova adds it: not independent of snapshots, and not for the guest to take off.
func (t *rescuing) plugged(file string) (spec types.VirtualMachineConfigSpec, err error) {
	devices := t.vm.Config.Hardware.Device
	place := hardware.PluggableOf(devices, t.vm.Config.Version, false)
	at, key, ok := place.Next(nil)
	if !ok {
		controller := place.Controller()
		if controller == nil {
			return spec, openstack.AttributeErrorf("instance_id", "%s has neither a free place for another disk nor room for another "+
				"controller: detach a volume first", t.is.Name)
		}
		spec.DeviceChange = append(spec.DeviceChange, hardware.Add(controller))
		at, key = hardware.Place{}, hardware.ControllerKey
	}
	disk := &types.VirtualDisk{VirtualDevice: types.VirtualDevice{Key: hardware.RootDiskKey, ControllerKey: key, UnitNumber: &at.Unit,
		Backing: &types.VirtualDiskFlatVer2BackingInfo{DiskMode: string(types.VirtualDiskModePersistent),
			VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: file}},
		Connectable: &types.VirtualDeviceConnectInfo{StartConnected: true, Connected: true}}}
	spec.DeviceChange = append(spec.DeviceChange, hardware.Add(disk))
	return spec, nil
}

// boot has the VM start from the disk that it is rescued with, before whatever it started from first until now. A VM that runs from its own
// disk, because somebody has started it half-way, is turned off.
func (t *rescuing) boot(ctx context.Context) error {
	if err := t.look(ctx); err != nil {
		return err
	}
	if err := t.stop(ctx); err != nil {
		return err
	}
	tries := retry.Backoff{Longest: retry.LongestRace}
	for attempt := 1; ; attempt++ {
		disk, _ := machine.RescueDisk(t.vm)
		if disk == nil {
			return fmt.Errorf("%s got the disk to rescue it with, and it is gone: somebody else has taken it off", t.is.Name)
		}
		if bootsFrom(t.vm, disk) {
			return nil
		}
		err := t.amend(ctx, types.VirtualMachineConfigSpec{BootOptions: &types.VirtualMachineBootOptions{BootOrder: before(t.vm, disk)}})
		if !looksAgain(err) || attempt == retry.WriteAttempts || !tries.Wait(ctx) {
			if err != nil {
				return fmt.Errorf("%s has the disk to rescue it with, and is off: invoke the action again, or end the rescue (%w)", t.is.Name, err)
			}
			return nil
		}
		if err := t.look(ctx); err != nil {
			return err
		}
	}
}
