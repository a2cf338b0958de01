// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// SetVStorageObjectControlFlags sets flags of a disk, such as that it outlives its machine.
func (m *managerRules) SetVStorageObjectControlFlags(_ *simulator.Context, req *types.SetVStorageObjectControlFlags) soap.HasFault {
	body := new(methods.SetVStorageObjectControlFlagsBody)
	if fault := m.setFlags(req.Id, req.Datastore, req.ControlFlags, true); fault != nil {
		body.Fault_ = simulator.Fault("", fault)
		return body
	}
	body.Res = new(types.SetVStorageObjectControlFlagsResponse)
	return body
}

// ClearVStorageObjectControlFlags clears flags of a disk.
func (m *managerRules) ClearVStorageObjectControlFlags(_ *simulator.Context, req *types.ClearVStorageObjectControlFlags) soap.HasFault {
	body := new(methods.ClearVStorageObjectControlFlagsBody)
	if fault := m.setFlags(req.Id, req.Datastore, req.ControlFlags, false); fault != nil {
		body.Fault_ = simulator.Fault("", fault)
		return body
	}
	body.Res = new(types.ClearVStorageObjectControlFlagsResponse)
	return body
}

// setFlags gives flags a value, all of them or none.
func (d *Disks) setFlags(id types.ID, store types.ManagedObjectReference, flags []string, value bool) types.BaseMethodFault {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, fault := d.find(id, store)
	if fault != nil {
		return fault
	}
	changed := *found
	for _, flag := range flags {
		switch types.VslmVStorageObjectControlFlag(flag) {
		case types.VslmVStorageObjectControlFlagKeepAfterDeleteVm:
			changed.keep = &value
		case types.VslmVStorageObjectControlFlagDisableRelocation:
			changed.noRelocation = value
		case types.VslmVStorageObjectControlFlagEnableChangedBlockTracking:
			changed.tracking = value
		default:
			return &types.InvalidArgument{InvalidProperty: "controlFlags"}
		}
	}
	*found = changed
	return nil
}
