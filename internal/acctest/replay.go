// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
)

// Replayed is a VM as Nova's own driver made it.
type Replayed struct {
	ID   string // Nova's instance UUID
	Path string // below the datacenter's VM folder
	VM   *object.VirtualMachine
}

// Replayer repeats the recorded calls of Nova's driver on an embedded vCenter. Placeholders become the vCenter's own switch, portgroups,
// datastore, folder and pool. The recording's number is put into its UUIDs, addresses and flavor names, so that many can exist at once.
type Replayer struct {
	v      *VCenter
	t      testing.TB
	folder *object.Folder
	pool   *object.ResourcePool
	plugs  map[string]types.DistributedVirtualSwitchPortConnection // by the recorded portgroup key

	segment string // id of the logical switch
}

// novaFolder is the folder that Nova's driver uses for the project of the recordings.
const novaFolder = "OpenStack/Project (11111111222243338444555555555555)/Instances"

// Replayer makes Nova's folders and returns a Replayer.
func (v *VCenter) Replayer(t testing.TB) *Replayer {
	t.Helper()
	r := &Replayer{v: v, t: t, segment: v.Portgroup("nsx-segment").Config.LogicalSwitchUuid,
		plugs: map[string]types.DistributedVirtualSwitchPortConnection{}}
	finder := find.NewFinder(v.Client().Client)
	for key, name := range map[string]string{"dvportgroup-12": "public", "dvportgroup-14": "private"} {
		group := v.Portgroup(name)
		backing, err := object.NewDistributedVirtualPortgroup(v.Client().Client, group.Self).EthernetCardBackingInfo(t.Context())
		r.must(err)
		r.plugs[key] = backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo).Port
	}
	var err error
	r.pool, err = finder.ResourcePool(t.Context(), v.Datacenter(1)+"/host/compute/Resources")
	r.must(err)
	r.folder = v.Folder(novaFolder)
	return r
}

func (r *Replayer) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// own replaces the placeholders in a text of a recording by its number and the vCenter's names.
func (r *Replayer) own(rec recordings.Recording, text string) string {
	n := rec.Name[:3]
	for _, kind := range []string{"a0000000", "c0000000", "e0000000"} { // instances, ports, volumes
		text = strings.ReplaceAll(text, kind+"-0000-4000-8000-000000000", kind+"-0000-4000-8000-000000"+n)
	}
	text = strings.ReplaceAll(text, "fa:16:3e:00:00:", "fa:16:3e:0"+n[:1]+":"+n[1:]+":")
	return strings.NewReplacer("[LocalDS_0]", "[vmfs-1]", "flavor:name:m1.test", "flavor:name:m1.test-"+n, "flavor:name:m1.resized",
		"flavor:name:m1.resized-"+n, "${NSX_ID}", r.segment).Replace(text)
}

// Replay executes the first steps of a recording, or all of them if steps is 0, and returns the VMs that it made. Its error is the
// vCenter's refusal.
func (r *Replayer) Replay(rec recordings.Recording, steps int) (made []Replayed, err error) {
	for i, step := range rec.Steps {
		if steps > 0 && i == steps {
			break
		}
		for _, call := range step.Calls {
			if made, err = r.replay(rec, i+1, call, made); err != nil {
				return made, fmt.Errorf("%s: %s: %w", step.Op, call.Method, err)
			}
		}
	}
	return made, nil
}

func (r *Replayer) replay(rec recordings.Recording, step int, call recordings.Call, made []Replayed) ([]Replayed, error) {
	ctx := r.t.Context()
	var args struct {
		Config, Spec *types.VirtualMachineConfigSpec
		NewName      string
	}
	if err := types.NewJSONDecoder(strings.NewReader(r.own(rec, string(call.Args)))).Decode(&args); err != nil {
		return made, err
	}
	if call.Method == "CreateVM_Task" {
		r.localize(nil, args.Config, rec, step)
		info, err := result(ctx, func() (*object.Task, error) { return r.folder.CreateVM(ctx, *args.Config, r.pool, nil) })
		if err != nil {
			return made, err
		}
		vm := object.NewVirtualMachine(r.v.Client().Client, info.Result.(types.ManagedObjectReference))
		return append(made, Replayed{args.Config.InstanceUuid, novaFolder + "/" + args.Config.Name, vm}), nil
	}
	if len(made) == 0 {
		return made, nil // on a foreign VM
	}
	last := &made[len(made)-1]
	_, err := result(ctx, func() (*object.Task, error) {
		switch call.Method {
		case "ReconfigVM_Task":
			r.localize(last.VM, args.Spec, rec, step)
			return last.VM.Reconfigure(ctx, *args.Spec)
		case "Rename_Task":
			last.Path = novaFolder + "/" + args.NewName
			return last.VM.Rename(ctx, args.NewName)
		case "PowerOnVM_Task":
			return last.VM.PowerOn(ctx)
		case "PowerOffVM_Task":
			return last.VM.PowerOff(ctx)
		}
		return nil, nil // a call about files, folders or other VMs
	})
	if state, is := err.(task); is && call.Method[:5] == "Power" && state.already() {
		err = nil // Nova requests a state that is already reached
	}
	return made, err
}

// task is the fault of a task as an error.
type task struct{ *types.LocalizedMethodFault }

// Error returns the fault's type and message.
func (t task) Error() string { return fmt.Sprintf("%T: %s", t.Fault, t.LocalizedMessage) }

func (t task) already() bool {
	_, is := t.Fault.(*types.InvalidPowerState)
	return is
}

func (t task) exists() bool {
	_, is := t.Fault.(*types.FileAlreadyExists)
	return is
}

func result(ctx context.Context, start func() (*object.Task, error)) (*types.TaskInfo, error) {
	started, err := start()
	if err != nil || started == nil {
		return nil, err
	}
	info, _ := started.WaitForResult(ctx) // the fault is in info
	if info != nil && info.Error != nil {
		return info, task{info.Error}
	}
	return info, nil
}

// localize replaces the recording's keys in a specification by the vCenter's own, and makes the files that it names.
func (r *Replayer) localize(vm *object.VirtualMachine, spec *types.VirtualMachineConfigSpec, rec recordings.Recording, step int) {
	r.t.Helper()
	var have object.VirtualDeviceList
	if vm != nil {
		var err error
		have, err = vm.Device(r.t.Context())
		r.must(err)
	}
	for _, change := range spec.DeviceChange {
		c := change.GetVirtualDeviceConfigSpec()
		if c.Operation == types.VirtualDeviceConfigSpecOperationRemove {
			c.Device = r.there(have, c.Device)
			continue
		}
		r.place(have, c.Device.GetVirtualDevice())
		switch device := c.Device.(type) {
		case types.BaseVirtualEthernetCard:
			if b, ok := device.GetVirtualEthernetCard().Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo); ok {
				b.Port = r.plugs[b.Port.PortgroupKey]
			}
		case *types.VirtualDisk:
			r.file(device, c.FileOperation != "", rec, step)
		case *types.VirtualCdrom:
			iso := device.Backing.(*types.VirtualCdromIsoBackingInfo)
			iso.Datastore = nil
			r.upload(iso.FileName)
		}
	}
	if spec.BootOptions != nil { // of a rescue: the disk that the machine has got last
		disks := have.SelectByType((*types.VirtualDisk)(nil))
		for _, entry := range spec.BootOptions.BootOrder {
			if disk, is := entry.(*types.VirtualMachineBootOptionsBootableDiskDevice); is {
				disk.DeviceKey = disks[len(disks)-1].GetVirtualDevice().Key
			}
		}
	}
	for _, option := range spec.ExtraConfig { // a volume is identified by its disk's UUID
		o := option.GetOptionValue()
		if id, is := strings.CutPrefix(o.Key, "volume-"); is && o.Value != nil && o.Value != "" {
			o.Value = backingOf(have, id)
		}
		if o.Value == nil {
			o.Value = ""
		}
	}
}

// place finds the controller that a device was recorded on: the keys of IDE are the same everywhere, any other is the VM's SCSI
// controller.
func (r *Replayer) place(have object.VirtualDeviceList, device *types.VirtualDevice) {
	if device.ControllerKey <= 0 || device.ControllerKey == 200 || device.ControllerKey == 201 {
		return
	}
	for _, d := range have.SelectByType((*types.VirtualSCSIController)(nil)) {
		device.ControllerKey = d.GetVirtualDevice().Key
	}
}

// there finds the VM's device that was recorded: a NIC by its address, a disk by its file.
func (r *Replayer) there(have object.VirtualDeviceList, device types.BaseVirtualDevice) types.BaseVirtualDevice {
	r.t.Helper()
	for _, is := range have {
		switch want := device.(type) {
		case types.BaseVirtualEthernetCard:
			if card, ok := is.(types.BaseVirtualEthernetCard); ok && card.GetVirtualEthernetCard().MacAddress == want.GetVirtualEthernetCard().
				MacAddress {
				return is
			}
		case *types.VirtualDisk:
			if disk, ok := is.(*types.VirtualDisk); ok && fileOf(disk) == fileOf(want) {
				return is
			}
		}
	}
	r.t.Fatalf("the machine has no %T %+v", device, device.GetVirtualDevice().Backing)
	return nil
}

func fileOf(disk *types.VirtualDisk) string {
	if b, ok := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		return b.GetVirtualDeviceFileBackingInfo().FileName
	}
	return ""
}

func backingOf(have object.VirtualDeviceList, volume string) string {
	for _, device := range have {
		if disk, ok := device.(*types.VirtualDisk); ok && strings.Contains(fileOf(disk), volume) {
			return disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).Uuid
		}
	}
	return "none"
}

// VolumeGiB is the size of a replayed volume in GiB.
const VolumeGiB = 2

// file makes the file that a disk is attached to or cloned from, unless it exists. Nova leaves the size out where the file has it.
func (r *Replayer) file(disk *types.VirtualDisk, fresh bool, rec recordings.Recording, step int) {
	r.t.Helper()
	backing := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	if disk.CapacityInKB == 0 {
		switch root := rec.FlavorAt(step).Disk; {
		case strings.Contains(backing.FileName, "volume-"):
			disk.CapacityInKB = VolumeGiB << 20
		case root > 0:
			disk.CapacityInKB = root << 20
		default:
			disk.CapacityInKB = max(rec.Input.Image.Size>>10, 1024)
		}
	}
	if backing.Parent != nil {
		r.create(backing.Parent.FileName, disk.CapacityInKB)
	}
	if !fresh {
		r.create(backing.FileName, disk.CapacityInKB)
	}
}

func (r *Replayer) create(file string, kb int64) {
	r.t.Helper()
	dc, err := find.NewFinder(r.v.Client().Client).Datacenter(r.t.Context(), r.v.Datacenter(1))
	r.must(err)
	_ = object.NewFileManager(r.v.Client().Client).MakeDirectory(r.t.Context(), path.Dir(file), dc, true) // it may exist
	_, err = result(r.t.Context(), func() (*object.Task, error) {
		return object.NewVirtualDiskManager(r.v.Client().Client).CreateVirtualDisk(r.t.Context(), file, dc,
			&types.FileBackedVirtualDiskSpec{CapacityKb: kb,
				VirtualDiskSpec: types.VirtualDiskSpec{AdapterType: "lsiLogic", DiskType: "thin"}})
	})
	if fault, is := err.(task); !is || !fault.exists() {
		r.must(err)
	}
}

func (r *Replayer) upload(file string) {
	r.t.Helper()
	store, inside := r.v.store(file)
	r.must(store.Upload(r.t.Context(), bytes.NewReader([]byte("an image")), inside, &soap.DefaultUpload))
}
