package servers

import (
	"context"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/blocks"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// fill gives a VM that is off the volumes of its instance's blocks, and returns the parameters that note them on it.
func (c *Servers) fill(ctx context.Context, vm mo.VirtualMachine) ([]types.BaseOptionValue, error) {
	have, err := machine.InstanceOf(vm)
	if err != nil || !slices.ContainsFunc(have.BlockDevices, openstack.BlockDevice.Registered) {
		return nil, err
	}
	filled, err := c.blocks.Fill(ctx, blocks.Machine{VM: vm, Server: have})
	if err != nil {
		return nil, err
	}
	notes := records.Diff{}
	if filled.Refused != nil {
		logging.VCenter.Info(ctx, "a root disk is made a volume when its machine is destroyed", "name", vm.Name, "object", vm.Self.Value,
			"reason", filled.Refused.Error())
		notes[machine.UnregisteredKey] = "true"
	}
	if root := openstack.BootBlock(have.BlockDevices); root >= 0 {
		delete(filled.Volumes, root)
	}
	if len(filled.Volumes) > 0 {
		notes[machine.VolumesKey] = machine.VolumesText(filled.Volumes)
	}
	return notes.Options(), nil
}

// fill is what an interrupted creation has left undone of the volumes. The change is computed anew afterwards.
func (u *serverUpdate) fill(ctx context.Context, have openstack.Server, ch change) (openstack.Server, change, error) {
	if !have.Unfinished || !slices.ContainsFunc(have.BlockDevices, openstack.BlockDevice.Registered) {
		return have, ch, nil
	}
	notes, err := u.c.fill(ctx, u.vm)
	if err != nil {
		return have, ch, err
	}
	have, ch, err = u.look(ctx)
	ch.spec.ExtraConfig = append(ch.spec.ExtraConfig, notes...)
	return have, ch, err
}

// leave does what is left to do with the volumes of an instance about to be destroyed, once detach has taken them off its VM.
func (c *Servers) leave(ctx context.Context, vm mo.VirtualMachine, l blocks.Leaving) error {
	if l.Empty() {
		return nil
	}
	have, err := machine.InstanceOf(vm)
	if err != nil {
		return err
	}
	return c.blocks.Leave(ctx, blocks.Machine{VM: vm, Server: have}, l)
}

// leaving says what that will be.
func (c *Servers) leaving(ctx context.Context, vm mo.VirtualMachine) (blocks.Leaving, error) {
	have, err := machine.InstanceOf(vm)
	if err != nil {
		return blocks.Leaving{}, err
	}
	return c.blocks.LeavingOf(ctx, blocks.Machine{VM: vm, Server: have})
}

// stays reports whether a disk is taken off a VM before that is destroyed: it is not its own, or it becomes a volume then.
func stays(vm mo.VirtualMachine, disk *types.VirtualDisk, l blocks.Leaving) bool {
	return !machine.Owned(vm, disk) || l.Register != "" && disk == hardware.RootDisk(vm.Config.Hardware.Device)
}
