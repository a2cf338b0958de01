// SPDX-License-Identifier: MPL-2.0

package wire

import (
	"context"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// FindByPath finds an object by its inventory path, for example "DC/vm/OpenStack/web"; nil if there is none.
func FindByPath(ctx context.Context, vim *vim25.Client, path string) (*ref, error) {
	res, err := methods.FindByInventoryPath(ctx, vim, &types.FindByInventoryPath{This: *vim.ServiceContent.SearchIndex, InventoryPath: path})
	if err != nil {
		return nil, err
	}
	return res.Returnval, nil
}
