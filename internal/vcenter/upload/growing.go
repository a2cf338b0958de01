// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"context"
	"errors"
	"path"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Growing reports whether a process is sending the content of a machine through the vCenter: its file grows, or comes or goes, within a
// time of Quiet. It returns with the first such sign.
func (u *Uploads) Growing(ctx context.Context, vm ref, m Machine) (bool, error) {
	found, err := wire.Read[mo.VirtualMachine](ctx, u.wire, vm, []string{"datastore"})
	if errors.Is(err, openstack.ErrNotFound) || err == nil && len(found.Datastore) == 0 {
		return false, nil
	}
	at, failed := u.homeOf(ctx, vm)
	if err := errors.Join(err, failed); err != nil {
		return false, faults.Explain("reading the unfinished image "+m.Name, err)
	}
	file := at.sent()
	if m.Content.ISO {
		file = at.iso()
	}
	first, err := u.sizeOf(ctx, found.Datastore[0], at, file)
	if err != nil {
		return false, err
	}
	err = retry.Until(ctx, time.Now().Add(u.Quiet), func(err error) bool { return errors.Is(err, errQuiet) }, func() error {
		now, err := u.sizeOf(ctx, found.Datastore[0], at, file)
		if err == nil && now == first {
			return errQuiet
		}
		return err
	})
	if errors.Is(err, errQuiet) {
		return false, ctx.Err()
	}
	return err == nil, err
}

// sizeOf is the size of a file in the folder of a machine, in bytes; below 0 where there is none.
func (u *Uploads) sizeOf(ctx context.Context, store ref, at home, file string) (int64, error) {
	browsed, err := wire.Read[mo.Datastore](ctx, u.wire, store, []string{"browser"})
	if err != nil {
		return 0, faults.Explain("looking at "+file, err)
	}
	spec := types.HostDatastoreBrowserSearchSpec{MatchPattern: []string{path.Base(file)}, Details: &types.FileQueryFlags{FileSize: true}}
	how := &wire.TaskRun{Kind: "SearchDatastore_Task"}
	result, err := u.wire.RunTaskWith(ctx, how, func(ctx context.Context) (ref, error) {
		vim, err := u.wire.Vim(ctx)
		if err != nil {
			return ref{}, err
		}
		return search(ctx, vim, browsed.Browser, at.file(""), spec)
	})
	if faults.Is[*types.FileNotFound](err) {
		return -1, nil
	}
	if found, ok := result.(types.HostDatastoreBrowserSearchResults); ok && len(found.File) > 0 {
		return found.File[0].GetFileInfo().FileSize, nil
	}
	return -1, faults.Explain("looking at "+file, err)
}

func search(ctx context.Context, vim *vim25.Client, browser ref, folder string, spec types.HostDatastoreBrowserSearchSpec) (ref, error) {
	res, err := methods.SearchDatastore_Task(ctx, vim, &types.SearchDatastore_Task{This: browser, DatastorePath: folder, SearchSpec: &spec})
	if err != nil {
		return ref{}, err
	}
	return res.Returnval, nil
}
