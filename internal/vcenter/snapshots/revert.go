// SPDX-License-Identifier: MPL-2.0

package snapshots

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// CheckRevert refuses to take an instance back to a snapshot where something would be lost that is not the snapshot's. With volumes, those
// that the snapshot holds go back too.
func (s *Snapshots) CheckRevert(ctx context.Context, id, name string, volumes bool) error {
	vm, is, err := s.machines.Managed(ctx, machine.Key{ID: id})
	if err == nil {
		_, err = s.revertible(ctx, vm, is, name, volumes)
	}
	return err
}

// Revert takes an instance back to a snapshot: its disks, its hardware and its records. What is pending for it in the catalogue is younger
// than the snapshot, and dropped. A guest that runs is cut off; afterwards it runs where the snapshot holds its memory, else it is off. It
// is sent once: after a lost answer it may have been done, and a guest that runs again would be cut off a second time.
func (s *Snapshots) Revert(ctx context.Context, id, name string, volumes bool, tell machine.Telling) error {
	ctx, end := s.wire.BeginOperation(ctx)
	defer end()
	vm, is, err := s.machines.Actable(ctx, id)
	if err != nil {
		return err
	}
	to, err := s.revertible(ctx, vm, is, name, volumes)
	if err != nil {
		return err
	}
	tell("%s is taken back to the snapshot %s of %s", is.Name, name, taken(*to))
	vim, err := s.wire.Vim(ctx)
	if err != nil {
		return err
	}
	told := wire.WithPercent(ctx, func(percent int32) { tell("%s is taken back to the snapshot %s: %d%%", is.Name, name, percent) })
	_, err = s.wire.RunTaskWith(told, &wire.TaskRun{On: vm.Self, Kind: "RevertToSnapshot_Task"}, func(ctx context.Context) (ref, error) {
		res, err := methods.RevertToSnapshot_Task(ctx, vim, &types.RevertToSnapshot_Task{This: to.Snapshot})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if faults.OutcomeUnknown(err) {
		return faults.NotKnown(is.Name+" was taken back to the snapshot "+name, "look at it in the vSphere client, and invoke the action "+
			"again if it was not", err)
	}
	if err := explained("taking "+is.Name+" back to the snapshot "+name, err); err != nil {
		return err
	}
	return s.machines.DropPending(context.WithoutCancel(ctx), machine.InstanceID(vm))
}

// revertible finds the snapshot that an instance is to be taken back to.
func (s *Snapshots) revertible(ctx context.Context, vm mo.VirtualMachine, is openstack.Server, name string, volumes bool) (*tree, error) {
	to, err := named(vm, is, name)
	if err != nil {
		return nil, err
	}
	if to == nil {
		return nil, openstack.AttributeErrorf("name", "%s has no snapshot named %q: it has %s", is.Name, name, names(vm))
	}
	content, err := s.wire.Ask(ctx, property.Query{Object: to.Snapshot, Paths: []string{"config"}})
	if err != nil {
		return nil, faults.Explain("reading the snapshot "+name, err)
	}
	var then mo.VirtualMachineSnapshot
	if err := property.Load(content, &then); err != nil {
		return nil, faults.Explain("reading the snapshot "+name, err)
	}
	return to, s.keeps(vm, is, name, then.Config.Hardware.Device, volumes)
}

// keeps refuses a revert that would lose a disk, set back a volume unasked, or bring back a NIC whose port may be another's by now.
func (s *Snapshots) keeps(vm mo.VirtualMachine, is openstack.Server, name string, then []types.BaseVirtualDevice, volumes bool) error {
	files := map[string]bool{}
	for _, disk := range disks(then) {
		files[base(disk)] = true
	}
	for _, disk := range machine.DisksOf(vm) {
		if machine.Owned(vm, disk) && !files[base(disk)] {
			return fmt.Errorf("%s has the disk %s, and had not when the snapshot %q was taken: it would be left without a machine. Have the "+
				"instance resized to a flavor without it first, or copy what it holds and take it off in the vSphere client", is.Name,
				machine.DiskFile(disk), name)
		}
	}
	if held := dependent(vm, then); len(held) > 0 && !volumes {
		return openstack.AttributeErrorf("revert_volumes", "the snapshot %q holds volumes of %s, whose content would be set back too: %s. "+
			"Write revert_volumes = true where that is meant; else delete the snapshot, which leaves them as they are", name, is.Name,
			faults.Some(held))
	}
	if gone := cards(then, cards(vm.Config.Hardware.Device, nil)); len(gone) > 0 {
		return fmt.Errorf("when the snapshot %q was taken %s had the NICs %s, which it has no more: a revert would bring them back, and "+
			"their ports and addresses may be others' by now. Delete the snapshot, or revert in the vSphere client", name, is.Name,
			strings.Join(gone, ", "))
	}
	return nil
}

// base is the file that a disk began as, by its name: snapshots put others in front of it.
func base(disk *types.VirtualDisk) string {
	file := machine.DiskFile(disk)
	if parents := hardware.Parents(disk); len(parents) > 0 {
		for _, parent := range parents {
			if machine.FolderOf(parent) == machine.FolderOf(file) {
				file = parent
			}
		}
	}
	return path.Base(file)
}

func disks(devices []types.BaseVirtualDevice) []*types.VirtualDisk {
	return machine.DisksOf(mo.VirtualMachine{Config: &types.VirtualMachineConfigInfo{
		Hardware: types.VirtualHardware{Device: devices}}})
}

// cards are the MACs of NICs that are not among others.
func cards(devices []types.BaseVirtualDevice, but []string) (macs []string) {
	for _, device := range devices {
		if card, ok := device.(types.BaseVirtualEthernetCard); ok {
			if mac := strings.ToLower(card.GetVirtualEthernetCard().MacAddress); !slices.Contains(but, mac) {
				macs = append(macs, mac)
			}
		}
	}
	return macs
}

// names lists a VM's snapshots for a sentence.
func names(vm mo.VirtualMachine) string {
	if all := machine.SnapshotsOf(vm); len(all) > 0 {
		return faults.Quoted(all)
	}
	return "none"
}

// explained explains how a task ended. One that was carried out in spite of an interrupt is done.
func explained(act string, err error) error {
	if errors.Is(err, wire.ErrInterrupted) {
		return nil
	}
	return faults.Explain(act, err)
}
