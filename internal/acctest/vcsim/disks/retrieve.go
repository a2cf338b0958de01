// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"os"
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// ListVStorageObject gives the ids of a datastore's disks, those whose files are gone too: govmomi #3639.
func (m *managerRules) ListVStorageObject(_ *simulator.Context, req *types.ListVStorageObject) soap.HasFault {
	m.mu.Lock()
	defer m.mu.Unlock()
	ids := []types.ID{}
	for _, d := range m.all {
		if d.store == req.Datastore {
			ids = append(ids, types.ID{Id: d.id})
		}
	}
	return &methods.ListVStorageObjectBody{Res: &types.ListVStorageObjectResponse{Returnval: ids}}
}

// RetrieveVStorageObject reads a disk. With flags it reads no more than they name.
func (m *managerRules) RetrieveVStorageObject(ctx *simulator.Context, req *types.RetrieveVStorageObject) soap.HasFault {
	m.mu.Lock()
	defer m.mu.Unlock()
	body := new(methods.RetrieveVStorageObjectBody)
	found, fault := m.readable(ctx, req.Id, req.Datastore)
	if fault != nil {
		body.Fault_ = simulator.Fault("", fault)
		return body
	}
	o := found.object()
	if len(req.DiskInfoFlags) > 0 {
		if unknown := unknownFlag(req.DiskInfoFlags); unknown {
			body.Fault_ = simulator.Fault("", &types.InvalidArgument{InvalidProperty: "diskInfoFlags"})
			return body
		}
		reduce(&o.Config, req.DiskInfoFlags)
	}
	body.Res = &types.RetrieveVStorageObjectResponse{Returnval: o}
	return body
}

// readable is a disk whose file is there.
func (d *Disks) readable(ctx *simulator.Context, id types.ID, on types.ManagedObjectReference) (*disk, types.BaseMethodFault) {
	found, fault := d.find(id, on)
	if fault != nil {
		return nil, fault
	}
	store := base.Get[*simulator.Datastore](ctx, on)
	if store == nil {
		return nil, &types.InvalidDatastore{Datastore: &on}
	}
	if _, err := os.Stat(local(store, found.path)); err != nil {
		return nil, new(types.NotFound)
	}
	return found, nil
}

func unknownFlag(flags []string) bool {
	known := types.VslmDiskInfoFlag("").Strings()
	return slices.ContainsFunc(flags, func(f string) bool { return !slices.Contains(known, f) })
}

// reduce leaves out what nobody has asked for. The id, the creation time and the capacity are always there, as their fields are required;
// what was not read of them is empty.
func reduce(c *types.VStorageObjectConfigInfo, flags []string) {
	asked := func(either ...types.VslmDiskInfoFlag) bool {
		return slices.ContainsFunc(either, func(f types.VslmDiskInfoFlag) bool { return slices.Contains(flags, string(f)) })
	}
	control := asked(types.VslmDiskInfoFlagControlFlags)
	if !asked(types.VslmDiskInfoFlagName) {
		c.Name = ""
	}
	if !asked(types.VslmDiskInfoFlagCapacity) {
		c.CapacityInMB = 0
	}
	if !asked(types.VslmDiskInfoFlagConsumers) {
		c.ConsumerId = nil
	}
	if !control && !asked(types.VslmDiskInfoFlagKeepAfterVmDelete) {
		c.KeepAfterDeleteVm = nil
	}
	if !control && !asked(types.VslmDiskInfoFlagRelocationDisabled) {
		c.RelocationDisabled = nil
	}
	if !control && !asked(types.VslmDiskInfoFlagCbtEnabled) {
		c.ChangedBlockTrackingEnabled = nil
	}
	if !asked(types.VslmDiskInfoFlagNativeSnapshotSupported) {
		c.NativeSnapshotSupported = nil
	}
	file := c.Backing.(*types.BaseConfigInfoDiskFileBackingInfo)
	if !asked(types.VslmDiskInfoFlagPath) {
		file.FilePath = ""
	}
	if !asked(types.VslmDiskInfoFlagBackingObjectId) {
		file.BackingObjectId = ""
	}
	if !asked(types.VslmDiskInfoFlagType) {
		file.ProvisioningType = ""
	}
	c.Metadata = nil // no flag stands for it
}

// RetrieveVStorageObjectState tells whether a disk is still being made. Calls end here before anybody can ask.
func (m *managerRules) RetrieveVStorageObjectState(_ *simulator.Context, req *types.RetrieveVStorageObjectState) soap.HasFault {
	m.mu.Lock()
	defer m.mu.Unlock()
	body := new(methods.RetrieveVStorageObjectStateBody)
	if _, fault := m.find(req.Id, req.Datastore); fault != nil {
		body.Fault_ = simulator.Fault("", fault)
		return body
	}
	body.Res = &types.RetrieveVStorageObjectStateResponse{Returnval: types.VStorageObjectStateInfo{Tentative: types.NewBool(false)}}
	return body
}

// RetrieveVStorageObjectAssociations tells which machines have disks. An unknown one has a fault of its own, and the others are answered.
func (m *managerRules) RetrieveVStorageObjectAssociations(_ *simulator.Context,
	req *types.RetrieveVStorageObjectAssociations) soap.HasFault {
	m.mu.Lock()
	defer m.mu.Unlock()
	res := new(types.RetrieveVStorageObjectAssociationsResponse)
	for _, asked := range req.Ids {
		one := types.VStorageObjectAssociations{Id: asked.Id}
		found, fault := m.find(asked.Id, asked.Datastore)
		if fault != nil {
			one.Fault = &types.LocalizedMethodFault{Fault: fault}
		} else {
			for _, p := range found.places {
				one.VmDiskAssociations = append(one.VmDiskAssociations,
					types.VStorageObjectAssociationsVmDiskAssociations{VmId: p.machine.Value, DiskKey: p.key})
			}
		}
		res.Returnval = append(res.Returnval, one)
	}
	return &methods.RetrieveVStorageObjectAssociationsBody{Res: res}
}
