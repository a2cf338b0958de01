// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// UpdateVStorageObjectPolicyTask gives a disk another storage policy. Cinder's driver leaves an attached disk alone, so that one is refused
// here.
func (m *managerRules) UpdateVStorageObjectPolicyTask(ctx *simulator.Context, req *types.UpdateVStorageObjectPolicy_Task) soap.HasFault {
	task := m.change(ctx, "updateVStorageObjectPolicy", req.Id, req.Datastore, func(d *disk) (types.AnyType, types.BaseMethodFault) {
		if len(d.places) > 0 {
			return nil, new(types.InvalidState)
		}
		policies, fault := m.policiesOf(req.Profile, req.Datastore)
		if fault == nil {
			d.policies = policies
		}
		return nil, fault
	})
	return &methods.UpdateVStorageObjectPolicy_TaskBody{Res: &types.UpdateVStorageObjectPolicy_TaskResponse{Returnval: task}}
}

// policiesOf are the ids that profiles name. Each must be a policy that exists, and that the datastore satisfies.
func (d *Disks) policiesOf(profile []types.BaseVirtualMachineProfileSpec, store types.ManagedObjectReference) (ids []string,
	fault types.BaseMethodFault) {
	for _, p := range profile {
		defined, ok := p.(*types.VirtualMachineDefinedProfileSpec)
		if !ok {
			continue // none, or the datastore's default
		}
		if !d.isPolicy(defined.ProfileId) {
			return nil, &types.InvalidArgument{InvalidProperty: "profile"}
		}
		if !d.satisfies(defined.ProfileId, store) {
			return nil, &types.InvalidDatastore{Datastore: &store}
		}
	}
	return idsOf(profile), nil
}
