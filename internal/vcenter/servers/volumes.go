// SPDX-License-Identifier: MPL-2.0

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
