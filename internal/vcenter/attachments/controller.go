// SPDX-License-Identifier: MPL-2.0

package attachments

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// addController gives a machine without a free place another controller of the kind of its root disk's. A running machine stands still for
// a moment while it gets a paravirtual one (vsphere-storage-for-docker #89), so that none is added while any place is free.
func (t *attaching) addController(ctx context.Context, vm mo.VirtualMachine) error {
	controller := pluggable(vm).Controller()
	if controller == nil || len(t.full) > hardware.MostOfKind {
		return openstack.AttributeErrorf("instance_id", "%s", noPlace(vm))
	}
	logging.VCenter.Info(ctx, "a disk controller is added", "name", vm.Name, "object", vm.Self.Value,
		"reason", "no place is free for a volume")
	spec := types.VirtualMachineConfigSpec{ChangeVersion: vm.Config.ChangeVersion,
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{hardware.Add(controller)}}
	err := t.wire.ReconfigureWith(ctx, &wire.TaskRun{Kind: "ReconfigVM_Task"}, vm.Self, spec)
	t.q.forget()
	if err != nil && (faults.Stale(err) || faults.OutcomeUnknown(err)) && t.again(ctx) {
		return nil
	}
	return faults.Explain("adding a disk controller to "+vm.Name, err)
}

// noPlace says why a machine can get no more disks, and how many it has.
func noPlace(vm mo.VirtualMachine) string {
	p, disks := pluggable(vm), 0
	for _, device := range vm.Config.Hardware.Device {
		if _, ok := device.(*types.VirtualDisk); ok {
			disks++
		}
	}
	if kind := p.RootKind(); vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff && (kind == "ide" || kind == "sata") {
		return fmt.Sprintf("%s runs, and its root disk is on %s, which takes no disk while a machine runs: stop it first, or make it from an "+
			"image whose hw_disk_bus or vmware_adaptertype is a SCSI one", vm.Name, map[string]string{"ide": "IDE", "sata": "SATA"}[kind])
	}
	return fmt.Sprintf("%s has %d disks, and neither a free place for another nor room for another controller: detach a volume first",
		vm.Name, disks)
}
