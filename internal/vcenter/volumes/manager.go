// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"
	"errors"

	"github.com/vmware/govmomi/vim25"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// starter starts a task of the manager of first class disks.
type starter func(ctx context.Context, vim *vim25.Client, manager ref) (ref, error)

// run carries out a task of the manager, and leaves its fault as it is.
func (v *Volumes) run(ctx context.Context, kind string, start starter) (any, error) {
	vim, manager, err := v.manager(ctx)
	if err != nil {
		return nil, err
	}
	return v.wire.RunTaskWith(ctx, &wire.TaskRun{Kind: kind}, func(ctx context.Context) (ref, error) { return start(ctx, vim, manager) })
}

// manager gives the client, and the manager of first class disks that changes are sent to.
func (v *Volumes) manager(ctx context.Context) (*vim25.Client, ref, error) {
	vim, err := v.wire.Vim(ctx)
	if err != nil {
		return nil, ref{}, err
	}
	if vim.ServiceContent.VStorageObjectManager == nil {
		return nil, ref{}, errors.New("this vCenter has no first class disks, which volumes are made of")
	}
	return vim, *vim.ServiceContent.VStorageObjectManager, nil
}
