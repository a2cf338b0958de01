package vcenter

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// ofNova reads what OpenStack's own driver left on a machine. Its name and what it was cloned from are there for as long as the
// machine is; the rest counts until a record of ours says it.
func ofNova(s *openstack.Server, vm mo.VirtualMachine, keys map[string]string) {
	if s.Own() || !vmspec.OfNova(*vm.Config, keys) {
		return
	}
	notes := vmspec.ReadAnnotation(vm.Config.Annotation)
	if name, found := vmspec.NovaName(s.Name, s.ID, notes.Name); found {
		s.Name = name
	}
	volumes := vmspec.Volumes(keys, vm.Config.Hardware.Device)
	s.VolumesAttached = slices.Sorted(maps.Values(volumes))
	s.ParentDisks = parentDisks(vm, volumes)
	if root := hardware.RootDisk(vm.Config.Hardware.Device); root != nil {
		s.BootVolume = volumes[root.Key] != "" || hardware.Mapped(root)
	}
	if s.Recorded {
		return
	}
	s.ImageID, s.Flavor = notes.ImageID, notes.Flavor
	if !notes.Sized { // somebody wrote into the lines: it is as large as it is
		s.Flavor.VCPUs, s.Flavor.RAM, s.Flavor.Disk, s.Flavor.Ephemeral, s.Flavor.Swap = s.VCPUs, s.RAM, s.Disk, 0, 0
	}
	s.ConfigDrive = vmspec.NovaConfigDrive(vm.Config.Hardware.Device)
	s.Disks = slices.DeleteFunc(vmspec.NovaDisks(vm.Config.Hardware.Device), func(d openstack.Disk) bool {
		disk := hardware.DiskAt(vm.Config.Hardware.Device, d.Place)
		return disk == nil || volumes[disk.Key] != ""
	})
}

// clonesKey is where the files of clones are noted that were taken off a machine which is to be destroyed.
const clonesKey = "novasphere.clones"

func clonesText(clones []string) string {
	raw, _ := json.Marshal(clones) // strings only
	return string(raw)
}

// novaClones are the files of a machine's disks that Nova cloned from its image cache, those too that were taken off it before. A
// vCenter knows nothing of that cache: whether destroying the last of its clones spares it, nobody has said, so the clones go by
// themselves. Under a snapshot that cannot be.
func novaClones(vm mo.VirtualMachine) (clones []string, err error) {
	s, err := observe(vm)
	if err != nil {
		return nil, err
	}
	home := folderOf(vm.Config.Files.VmPathName)
	_ = json.Unmarshal([]byte(recordedOn(vm.Config)[clonesKey]), &clones) // what cannot be read names none
	clones = slices.DeleteFunc(clones, func(file string) bool { return folderOf(file) != home })
	if len(s.ParentDisks) == 0 {
		return clones, nil
	}
	for _, disk := range disksOf(vm) {
		parents := hardware.Parents(disk)
		if !owned(vm, disk) || len(parents) == 0 || folderOf(parents[len(parents)-1]) == home {
			continue
		}
		if folderOf(parents[0]) == home {
			return nil, fmt.Errorf("%s has snapshots, and its disk %s is a clone of %s, which is not its own: remove its snapshots first, then "+
				"try again", s.Name, diskFile(disk), parents[len(parents)-1])
		}
		if !slices.Contains(clones, diskFile(disk)) {
			clones = append(clones, diskFile(disk))
		}
	}
	return clones, nil
}

// undestroyed says what a machine is left with that could not be destroyed. Where that was refused it gets its clones back.
func (c *Client) undestroyed(ctx context.Context, vm mo.VirtualMachine, clones []string, why error) error {
	var back types.VirtualMachineConfigSpec
	var attached []string
	missing := slices.Clone(clones)
	for _, disk := range disksOf(vm) {
		switch file := diskFile(disk); {
		case slices.Contains(clones, file):
			again := &types.VirtualDisk{CapacityInKB: disk.CapacityInKB,
				VirtualDevice: types.VirtualDevice{Key: -disk.Key, ControllerKey: disk.ControllerKey, UnitNumber: disk.UnitNumber,
					Backing: &types.VirtualDiskFlatVer2BackingInfo{DiskMode: string(types.VirtualDiskModePersistent),
						VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: file}}}}
			attached = append(attached, file)
			back.DeviceChange = append(back.DeviceChange, &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd,
				Device: again})
		case !owned(vm, disk):
			missing = append(missing, file)
		}
	}
	if !faults.OutcomeUnknown(why) && ctx.Err() == nil && len(attached) > 0 {
		err := c.wire.Reconfigure(ctx, vm.Self, vm.Name, back)
		if err == nil {
			missing = without(missing, attached)
		}
		why = errors.Join(why, err)
	}
	if len(missing) == 0 {
		return why
	}
	return fmt.Errorf("%w; the VM %s is off and without its disks %s: destroy it again, which goes on from there, or attach them by hand", why,
		vm.Name, strings.Join(missing, ", "))
}

// dropClones deletes disks whose machine is gone: each file, and none that it was cloned from.
func (c *Client) dropClones(ctx context.Context, name string, clones []string) error {
	if len(clones) == 0 {
		return nil
	}
	dc, err := c.Inventory.Places.Datacenter(ctx)
	if err != nil {
		return err
	}
	for _, file := range clones {
		err := c.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
			res, err := methods.DeleteVirtualDisk_Task(ctx, vim, &types.DeleteVirtualDisk_Task{This: *vim.ServiceContent.VirtualDiskManager,
				Name: file, Datacenter: &dc.Self})
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		})
		if err != nil && !faults.Is[*types.FileNotFound](err) {
			return faults.Explain(fmt.Sprintf("the VM %s is destroyed, but its disk %s is left: deleting it", name, file), err)
		}
	}
	return nil
}

// parentDisks are the files outside a machine's own folder that its own disks were cloned from: other machines have them too.
func parentDisks(vm mo.VirtualMachine, volumes map[int32]string) (files []string) {
	home := folderOf(vm.Config.Files.VmPathName)
	for _, disk := range disksOf(vm) {
		if volumes[disk.Key] != "" {
			continue
		}
		for _, file := range hardware.Parents(disk) {
			if folderOf(file) != home && !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
	}
	return files
}

// named gives the NICs of a machine without a record the ports that Nova noted, in the order of the devices.
func named(nics []openstack.NIC, devices []types.BaseVirtualDevice, keys map[string]string) []openstack.NIC {
	ports := vmspec.NovaPorts(keys)
	for _, nic := range plugged(nil, devices, false) {
		if is := nicOf(nics, nic.MAC); is != nil && is.Port == "" && len(ports) > 0 {
			is.Port = ports[0]
		}
		ports = ports[min(1, len(ports)):]
	}
	return nics
}

// match gives the flavor that Nova described an id, where the catalogue has it: by its name, and where that is gone by its size, if
// no other is of that size. What the catalogue says beyond sizes is not taken: nobody gave it to the machine.
func (c *Client) match(ctx context.Context, s *openstack.Server) {
	if s.Recorded || s.Flavor.VCPUs == 0 || s.Flavor.ID != "" {
		return
	}
	all, err := c.novaFlavors.Get(func() ([]openstack.Flavor, error) { return c.Flavors(ctx) })
	if err != nil {
		return // what cannot be read matches nothing
	}
	var found []openstack.Flavor
	for _, f := range all {
		if f.Name == s.Flavor.Name || s.Flavor.Name == "" && s.Fits(f) && s.Disk == f.Disk {
			found = append(found, f)
		}
	}
	if len(found) == 1 {
		s.Flavor.ID, s.Flavor.Name = found[0].ID, cmp.Or(s.Flavor.Name, found[0].Name)
	}
}

// volumeOf says that a disk of a machine is a volume that Nova attached.
func volumeOf(vm mo.VirtualMachine, disk *types.VirtualDisk) bool {
	return vmspec.Volumes(property.ExtraConfig(vm.Config.ExtraConfig), vm.Config.Hardware.Device)[disk.Key] != ""
}
