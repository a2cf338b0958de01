// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	vim "github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vslm/methods"
	"github.com/vmware/govmomi/vslm/types"
)

// VslmRetrieveVStorageObjects reads disks by their ids. An unknown one has a fault of its own and no size, and the others are answered.
func (l *lookups) VslmRetrieveVStorageObjects(_ *simulator.Context, req *types.VslmRetrieveVStorageObjects) soap.HasFault {
	l.mu.Lock()
	defer l.mu.Unlock()
	res := new(types.VslmRetrieveVStorageObjectsResponse)
	for _, id := range req.Ids {
		if found := l.all[id.Id]; found != nil && !found.lost {
			res.Returnval = append(res.Returnval, l.result(found))
			continue
		}
		res.Returnval = append(res.Returnval, types.VslmVsoVStorageObjectResult{
			Id: id, CapacityInMB: -1, Error: &vim.LocalizedMethodFault{Fault: new(vim.NotFound)},
		})
	}
	return &methods.VslmRetrieveVStorageObjectsBody{Res: res}
}
