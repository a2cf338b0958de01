// SPDX-License-Identifier: MPL-2.0

package folders

import (
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// searchRules are those of SearchIndex. Identifiers are kept in lower case and found in any.
type searchRules struct {
	base.Receiver
}

// FindByUuid finds an identifier however it is spelt.
func (s *searchRules) FindByUuid(ctx *simulator.Context, req *types.FindByUuid) soap.HasFault {
	index := ctx.Map.SearchIndex()
	req.Uuid = strings.ToLower(req.Uuid)
	unlock := ctx.Map.AcquireLock(ctx, index)
	defer unlock()
	return index.FindByUuid(ctx, req)
}

// FindAllByUuid finds an identifier however it is spelt.
func (s *searchRules) FindAllByUuid(ctx *simulator.Context, req *types.FindAllByUuid) soap.HasFault {
	index := ctx.Map.SearchIndex()
	req.Uuid = strings.ToLower(req.Uuid)
	unlock := ctx.Map.AcquireLock(ctx, index)
	defer unlock()
	return index.FindAllByUuid(ctx, req)
}

// FindChild reads a folder with its lock held, which the simulator forgets while somebody adds to it.
func (s *searchRules) FindChild(ctx *simulator.Context, req *types.FindChild) soap.HasFault {
	index := ctx.Map.SearchIndex()
	folder, ok := ctx.Map.Get(req.Entity).(*simulator.Folder)
	if !ok {
		return index.FindChild(ctx, req)
	}
	unlock := ctx.Map.AcquireLock(ctx, folder)
	defer unlock()
	return index.FindChild(ctx, req)
}

// FindByInventoryPath walks from folder to folder with FindChild.
func (s *searchRules) FindByInventoryPath(ctx *simulator.Context, req *types.FindByInventoryPath) soap.HasFault {
	index := ctx.Map.SearchIndex()
	path := strings.FieldsFunc(req.InventoryPath, func(c rune) bool { return c == '/' })
	if len(path) == 0 {
		return index.FindByInventoryPath(ctx, req)
	}
	service := base.Get[*simulator.ServiceInstance](ctx, types.ManagedObjectReference{Type: "ServiceInstance", Value: "ServiceInstance"})
	at := &service.Content.RootFolder
	for _, name := range path {
		found := s.FindChild(ctx, &types.FindChild{Entity: *at, Name: name}).(*methods.FindChildBody)
		if found.Fault_ != nil {
			at = nil
		} else {
			at = found.Res.Returnval
		}
		if at == nil {
			break
		}
	}
	return &methods.FindByInventoryPathBody{Res: &types.FindByInventoryPathResponse{Returnval: at}}
}
