// SPDX-License-Identifier: MPL-2.0

package destruction

import (
	"context"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/blocks"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// leave does what is left to do with the volumes of an instance about to be destroyed, once detach has taken them off its VM.
func (c *Destruction) leave(ctx context.Context, vm mo.VirtualMachine, l blocks.Leaving) error {
	if l.Empty() {
		return nil
	}
	have, err := machine.InstanceOf(vm)
	if err != nil {
		return err
	}
	return c.blocks.Leave(ctx, blocks.Machine{VM: vm, Server: have}, l)
}

// leaving says what that will be. unused is an instance that never ran.
func (c *Destruction) leaving(ctx context.Context, vm mo.VirtualMachine, unused bool) (blocks.Leaving, error) {
	have, err := machine.InstanceOf(vm)
	if err != nil {
		return blocks.Leaving{}, err
	}
	return c.blocks.LeavingOf(ctx, blocks.Machine{VM: vm, Server: have}, unused)
}
