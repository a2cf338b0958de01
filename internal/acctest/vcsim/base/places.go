// SPDX-License-Identifier: MPL-2.0

package base

import (
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// FolderOf gives the folder an entity lies in, and nil for one that lies elsewhere, such as in a vApp.
func FolderOf(ctx *simulator.Context, e mo.Entity) *simulator.Folder {
	parent := e.Entity().Parent
	if parent == nil {
		return nil
	}
	folder, _ := ctx.Map.Get(*parent).(*simulator.Folder)
	return folder
}

// ParentOf is the entity that an entity lies in; nil for the root folder.
func ParentOf(ctx *simulator.Context, e mo.Entity) mo.Entity {
	parent := e.Entity().Parent
	if parent == nil {
		return nil
	}
	up, _ := ctx.Map.Get(*parent).(mo.Entity)
	return up
}

// DatacenterOf is the datacenter that an entity lies in; nil where it lies in none.
func DatacenterOf(ctx *simulator.Context, e mo.Entity) *simulator.Datacenter {
	for ; e != nil; e = ParentOf(ctx, e) {
		if dc, ok := e.(*simulator.Datacenter); ok {
			return dc
		}
	}
	return nil
}

// StoreOfPath finds the datastore that a path such as "[vmfs-1] a/a.vmdk" names, among those a host has mounted or,
// without a host, those of the datacenter.
func StoreOfPath(ctx *simulator.Context, path string, among []types.ManagedObjectReference) (*simulator.Datastore, types.BaseMethodFault) {
	var p object.DatastorePath
	if !p.FromString(path) {
		return nil, &types.InvalidDatastorePath{DatastorePath: path}
	}
	if store, ok := ctx.Map.FindByName(p.Datastore, among).(*simulator.Datastore); ok {
		return store, nil
	}
	return nil, &types.InvalidDatastorePath{DatastorePath: path, InvalidDatastore: types.InvalidDatastore{Name: p.Datastore}}
}
