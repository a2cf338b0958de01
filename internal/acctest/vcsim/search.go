package vcsim

import (
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// searchRules are those of SearchIndex. Identifiers are kept in lower case and found in any.
type searchRules struct {
	ruled
	*rules
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
