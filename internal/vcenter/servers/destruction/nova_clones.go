// SPDX-License-Identifier: MPL-2.0

package destruction

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// clonesKey holds the files of clones that were detached from a VM about to be destroyed.
const clonesKey = "novasphere.clones"

func clonesText(clones []string) string {
	raw, _ := json.Marshal(clones) // strings only
	return string(raw)
}

// novaClones returns the files of a VM's disks that are linked clones, of Nova's image cache or of an image of ours, including those that
// an earlier attempt detached. vCenter does not know what else hangs on their parents, and nothing documents whether destroying a clone
// spares them, so clones are deleted one by one. A VM with snapshots is refused: its clones cannot be detached.
func novaClones(vm mo.VirtualMachine) (clones []string, err error) {
	s, err := machine.InstanceOf(vm)
	if err != nil {
		return nil, err
	}
	home := machine.FolderOf(vm.Config.Files.VmPathName)
	_ = json.Unmarshal([]byte(machine.RecordsOn(vm.Config)[clonesKey]), &clones) // an unreadable note names none
	clones = slices.DeleteFunc(clones, func(file string) bool { return machine.FolderOf(file) != home })
	if len(s.ParentDisks) == 0 {
		return clones, nil
	}
	for _, disk := range machine.DisksOf(vm) {
		parents := hardware.Parents(disk)
		if !machine.Owned(vm, disk) || len(parents) == 0 || machine.FolderOf(parents[len(parents)-1]) == home {
			continue
		}
		if machine.FolderOf(parents[0]) == home {
			return nil, fmt.Errorf("%s has snapshots, and its disk %s is a clone of %s, which is not its own: remove its snapshots first, then "+
				"try again", s.Name, machine.DiskFile(disk), parents[len(parents)-1])
		}
		if !slices.Contains(clones, machine.DiskFile(disk)) {
			clones = append(clones, machine.DiskFile(disk))
		}
	}
	return clones, nil
}

// undestroyed explains what is left of a VM that could not be destroyed. Where vCenter refused to, it attaches the clones again.
func (c *Destruction) undestroyed(ctx context.Context, vm mo.VirtualMachine, clones []string, why error) error {
	var back types.VirtualMachineConfigSpec
	var attached []string
	missing := slices.Clone(clones)
	for _, disk := range machine.DisksOf(vm) {
		switch file := machine.DiskFile(disk); {
		case slices.Contains(clones, file):
			again := &types.VirtualDisk{CapacityInKB: disk.CapacityInKB,
				VirtualDevice: types.VirtualDevice{Key: -disk.Key, ControllerKey: disk.ControllerKey, UnitNumber: disk.UnitNumber,
					Backing: &types.VirtualDiskFlatVer2BackingInfo{DiskMode: string(types.VirtualDiskModePersistent),
						VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: file}}}}
			attached = append(attached, file)
			back.DeviceChange = append(back.DeviceChange, &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd,
				Device: again})
		case !machine.Owned(vm, disk):
			missing = append(missing, file)
		}
	}
	if !faults.OutcomeUnknown(why) && ctx.Err() == nil && len(attached) > 0 {
		err := c.wire.Reconfigure(ctx, vm.Self, vm.Name, back)
		if err == nil {
			missing = slices.DeleteFunc(missing, func(file string) bool { return slices.Contains(attached, file) })
		}
		why = errors.Join(why, err)
	}
	if len(missing) == 0 {
		return why
	}
	return fmt.Errorf("%w; the VM %s is off and without its disks %s: destroy it again, which goes on from there, or attach them by hand", why,
		vm.Name, strings.Join(missing, ", "))
}

// dropClones deletes the disks of a destroyed VM: each file, but not its parents.
func (c *Destruction) dropClones(ctx context.Context, name string, clones []string) error {
	if len(clones) == 0 {
		return nil
	}
	dc, err := c.inventory.Places.Datacenter(ctx)
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
