// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

// log writes to the log where a new instance goes, and which datastores were passed over. The provider only chooses a host that the
// configuration names.
func (p placement) log(ctx context.Context, name string, at inventory.Target, stores []mo.Datastore) {
	if !logging.VCenter.Informs(ctx) {
		return
	}
	host, passedOver := "chosen by the vCenter", []string{}
	if at.Host != nil {
		host = at.Host.Name
	}
	for _, store := range stores {
		if store.Self != p.store.Self {
			passedOver = append(passedOver, fmt.Sprintf("%s has less free space (%d GiB, less what was placed there since)", store.Name,
				store.Summary.FreeSpace>>30))
		}
	}
	logging.VCenter.Info(ctx, "a new instance is placed", "name", name, "to", at.Name(), "host", host, "datastore", p.store.Name,
		"datastore_object", p.store.Self.Value, "free_gib", p.store.Summary.FreeSpace>>30, "passed_over", passedOver)
}

// logMove writes to the log where a VM moves and what of it changes.
func logMove(ctx context.Context, vm mo.VirtualMachine, to inventory.Target, spec *types.VirtualMachineRelocateSpec) {
	if !logging.VCenter.Informs(ctx) {
		return
	}
	host := "chosen by the vCenter"
	if spec.Host != nil {
		host = spec.Host.Value
	}
	datastore, reason := "", "the configuration places it there"
	if spec.Datastore != nil {
		datastore, reason = spec.Datastore.Value, reason+", and its datastore may not be used there"
	}
	logging.VCenter.Info(ctx, "a machine is moved", "name", vm.Name, "object", vm.Self.Value, "from", property.Deref(vm.Runtime.Host).Value,
		"to", to.Name(), "host", host, "datastore", datastore, "reason", reason)
}

// stopReason returns why the VM must be off, for the log.
func (u *serverUpdate) stopReason(ch change) string {
	if machine.Off(u.want.PowerState) {
		return "it is to be off, and is changed after that"
	}
	return ch.coldReason(*u.vm.Config)
}
