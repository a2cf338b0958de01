package vcenter

import (
	"context"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// refreshGuestNetwork tells a guest that is about to be started what it is to be told, where nothing else is to be changed.
func (c *Machines) refreshGuestNetwork(ctx context.Context, vm mo.VirtualMachine) error {
	s, err := observe(vm)
	if err != nil {
		return err
	}
	again := retold(recordedOn(vm.Config), s)
	if len(again) == 0 && (!isOff(vm) || !owes(vm)) {
		return nil
	}
	return c.amend(ctx, &wire.TaskRun{Kind: "ReconfigVM_Task"}, vm, types.VirtualMachineConfigSpec{ExtraConfig: records.Diff(again).Options()})
}
