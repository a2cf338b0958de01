// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"

	vim "github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vslm/methods"
	"github.com/vmware/govmomi/vslm/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// located is a volume with the datastore that it lies on at this moment, which every change must name.
type located struct {
	openstack.Volume
	store    ref
	metadata map[string]string // everybody's
}

// retrieve reads a disk by its id. Where the answer leaves out its metadata, as servers before 7.0 Update 2 do, they are asked for.
func (v *Volumes) retrieve(ctx context.Context, id string) (located, error) {
	vslm, err := v.wire.Vslm(ctx)
	if err != nil {
		return located{}, err
	}
	res, err := methods.VslmRetrieveVStorageObject(ctx, vslm, &types.VslmRetrieveVStorageObject{This: vslm.Manager, Id: vim.ID{Id: id}})
	if err != nil {
		return located{}, err
	}
	config := res.Returnval.Config
	if len(config.Metadata) == 0 {
		more, err := methods.VslmRetrieveVStorageObjectMetadata(ctx, vslm,
			&types.VslmRetrieveVStorageObjectMetadata{This: vslm.Manager, Id: vim.ID{Id: id}})
		if err != nil {
			return located{}, err
		}
		config.Metadata = more.Returnval
	}
	return located{fromDisk(config), storeOf(config), metadata.Values(config.Metadata)}, nil
}

// storeOf is the datastore of a disk.
func storeOf(config vim.VStorageObjectConfigInfo) ref {
	if config.Backing == nil {
		return ref{}
	}
	return config.Backing.GetBaseConfigInfoBackingInfo().Datastore
}

// byIDs reads disks by their ids, whoever made them. Those that the catalogue does not find are not in the answer.
func (v *Volumes) byIDs(ctx context.Context, ids []string) (map[string]openstack.Volume, error) {
	vslm, err := v.wire.Vslm(ctx)
	if err != nil {
		return nil, err
	}
	req := &types.VslmRetrieveVStorageObjects{This: vslm.Manager}
	for _, id := range ids {
		req.Ids = append(req.Ids, vim.ID{Id: id})
	}
	res, err := methods.VslmRetrieveVStorageObjects(ctx, vslm, req)
	if unknownMethod(err) {
		return v.oneByOne(ctx, ids)
	}
	if err != nil {
		return nil, faults.Explain("reading the volumes", err)
	}
	out := map[string]openstack.Volume{}
	for _, found := range res.Returnval {
		switch {
		case found.Error == nil:
			out[found.Id.Id] = fromResult(found)
		case !faults.Is[*vim.NotFound](&faults.TaskError{LocalizedMethodFault: found.Error}):
			return nil, faults.Explain("reading the volume "+found.Id.Id, &faults.TaskError{LocalizedMethodFault: found.Error})
		}
	}
	return out, nil
}

// unknownMethod reports whether a server does not know a call. Which version of the endpoint was the first to read several disks at once is
// documented nowhere.
func unknownMethod(err error) bool {
	return faults.Is[*vim.MethodNotFound](err) || faults.Is[*vim.InvalidRequest](err) || faults.Is[*vim.NotSupported](err) ||
		faults.Is[*vim.NotImplemented](err)
}

// oneByOne is byIDs for a server that reads one disk at a time, and then does not show snapshots.
func (v *Volumes) oneByOne(ctx context.Context, ids []string) (map[string]openstack.Volume, error) {
	out := map[string]openstack.Volume{}
	for _, id := range ids {
		found, err := v.retrieve(ctx, id)
		switch {
		case err == nil:
			out[id] = found.Volume
		case !faults.Is[*vim.NotFound](err):
			return nil, faults.Explain("reading the volume "+id, err)
		}
	}
	return out, nil
}
