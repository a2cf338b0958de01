// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// RenameVStorageObject gives a disk another name. Several disks may have one name, and the file keeps its own.
func (m *managerRules) RenameVStorageObject(_ *simulator.Context, req *types.RenameVStorageObject) soap.HasFault {
	m.mu.Lock()
	defer m.mu.Unlock()
	body := new(methods.RenameVStorageObjectBody)
	found, fault := m.find(req.Id, req.Datastore)
	if fault == nil && req.Name == "" {
		fault = &types.InvalidName{Name: req.Name}
	}
	if fault != nil {
		body.Fault_ = simulator.Fault("", fault)
		return body
	}
	found.name = req.Name
	body.Res = new(types.RenameVStorageObjectResponse)
	return body
}
