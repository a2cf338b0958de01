// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"context"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// RefreshGuestNetwork writes a guest's guestinfo again before it is started, where vCenter has lost it or a record is pending.
func (c *Machines) RefreshGuestNetwork(ctx context.Context, vm mo.VirtualMachine) error {
	s, err := InstanceOf(vm)
	if err != nil {
		return err
	}
	again := Retold(RecordsOn(vm.Config), s)
	if len(again) == 0 && (!IsOff(vm) || !Owes(vm)) {
		return nil
	}
	return c.Amend(ctx, &wire.TaskRun{Kind: "ReconfigVM_Task"}, vm, types.VirtualMachineConfigSpec{ExtraConfig: records.Diff(again).Options()})
}
