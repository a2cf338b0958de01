// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	vim "github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vslm"
	"github.com/vmware/govmomi/vslm/methods"
	"github.com/vmware/govmomi/vslm/types"
)

// mostResults is how many disks one answer brings at most.
const mostResults = 1000

// Endpoint is the service that looks disks up without a datastore. It has no tasks here: what changes disks goes to the vCenter itself.
func (d *Disks) Endpoint() *simulator.Registry {
	r := simulator.NewRegistry()
	r.Namespace, r.Path, r.Cookie = vslm.Namespace, vslm.Path, simulator.SOAPCookie
	r.Put(&lookupService{ManagedObjectReference: vslm.ServiceInstance})
	r.Put(&lookups{ManagedObjectReference: lookupManager, Disks: d})
	return r
}

var lookupManager = vim.ManagedObjectReference{Type: "VslmVStorageObjectManager", Value: "VStorageObjectManager"}

// lookupService tells a client what the endpoint has.
type lookupService struct{ vim.ManagedObjectReference }

// RetrieveContent answers the first call of every client.
func (s *lookupService) RetrieveContent(*simulator.Context, *types.RetrieveContent) soap.HasFault {
	return &methods.RetrieveContentBody{Res: &types.RetrieveContentResponse{Returnval: types.VslmServiceInstanceContent{
		AboutInfo: types.VslmAboutInfo{
			Name: "VMware Virtual Storage Lifecycle Manager Service", FullName: "VMware Virtual Storage Lifecycle Manager Service 1.0.0",
			Vendor: "VMware, Inc.", ApiVersion: "1.0.0", InstanceUuid: "31c68687-4f1e-4247-8158-f31d1ce95bbe",
		},
		SessionManager:          vim.ManagedObjectReference{Type: "VslmSessionManager", Value: "SessionManager"},
		VStorageObjectManager:   lookupManager,
		StorageLifecycleManager: vim.ManagedObjectReference{Type: "VslmStorageLifecycleManager", Value: "StorageLifecycleManager"},
	}}}
}

// lookups are the calls that read the catalogue.
type lookups struct {
	vim.ManagedObjectReference
	*Disks
}

// VslmRetrieveVStorageObject reads a disk by its id, wherever it lies. govmomi's simulator answers InvalidArgument for an unknown one.
func (l *lookups) VslmRetrieveVStorageObject(_ *simulator.Context, req *types.VslmRetrieveVStorageObject) soap.HasFault {
	l.mu.Lock()
	defer l.mu.Unlock()
	body := new(methods.VslmRetrieveVStorageObjectBody)
	if found := l.all[req.Id.Id]; found != nil && !found.lost {
		body.Res = &types.VslmRetrieveVStorageObjectResponse{Returnval: found.object()}
		return body
	}
	body.Fault_ = simulator.Fault("", new(vim.NotFound))
	return body
}

// VslmRetrieveVStorageObjectMetadata reads the metadata of a disk, or what they were when a snapshot was taken.
func (l *lookups) VslmRetrieveVStorageObjectMetadata(_ *simulator.Context, req *types.VslmRetrieveVStorageObjectMetadata) soap.HasFault {
	l.mu.Lock()
	defer l.mu.Unlock()
	body := new(methods.VslmRetrieveVStorageObjectMetadataBody)
	found := l.all[req.Id.Id]
	if found == nil || found.lost || req.SnapshotId != nil && found.findSnapshot(*req.SnapshotId) == nil {
		body.Fault_ = simulator.Fault("", new(vim.NotFound))
		return body
	}
	metadata := found.metadata
	if req.SnapshotId != nil {
		metadata = found.findSnapshot(*req.SnapshotId).metadata
	}
	read := slices.DeleteFunc(pairs(metadata), func(p vim.KeyValue) bool { return !strings.HasPrefix(p.Key, req.Prefix) })
	body.Res = &types.VslmRetrieveVStorageObjectMetadataResponse{Returnval: read}
	return body
}

// VslmListVStorageObjectForSpec finds the disks that fulfil every condition, in the order of their ids. Where there are more than one
// answer may bring, it is not complete, and the caller asks again for ids above the last one.
func (l *lookups) VslmListVStorageObjectForSpec(_ *simulator.Context, req *types.VslmListVStorageObjectForSpec) soap.HasFault {
	l.mu.Lock()
	defer l.mu.Unlock()
	body := new(methods.VslmListVStorageObjectForSpecBody)
	var found []*disk
	for _, d := range l.all {
		fits, fault := fulfils(d, req.Query)
		if fault != nil {
			body.Fault_ = simulator.Fault("", fault)
			return body
		}
		if fits && !d.lost {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b *disk) int { return cmp.Compare(a.id, b.id) })
	most := mostResults
	if req.MaxResult > 0 {
		most = min(most, int(req.MaxResult))
	}
	res := &types.VslmVsoVStorageObjectQueryResult{AllRecordsReturned: len(found) <= most}
	for _, d := range found[:min(most, len(found))] {
		res.Id = append(res.Id, vim.ID{Id: d.id})
		res.QueryResults = append(res.QueryResults, l.result(d))
	}
	body.Res = &types.VslmListVStorageObjectForSpecResponse{Returnval: res}
	return body
}

// result is what a list says of a disk.
func (l *lookups) result(d *disk) types.VslmVsoVStorageObjectResult {
	r := types.VslmVsoVStorageObjectResult{
		Id: vim.ID{Id: d.id}, Name: d.name, CapacityInMB: d.megabytes, CreateTime: &d.created, DiskPath: d.path,
		BackingObjectId: &vim.ID{Id: d.backingID}, Metadata: pairs(d.metadata),
	}
	if store, ok := l.Registry.Get(d.store).(*simulator.Datastore); ok {
		(&simulator.Context{Map: l.Registry}).WithLock(store, func() { r.DatastoreUrl = store.Summary.Url })
	}
	for _, s := range d.snapshots {
		r.SnapshotInfo = append(r.SnapshotInfo, types.VslmVsoVStorageObjectSnapshotResult{
			BackingObjectId: vim.ID{Id: s.backingID}, Description: s.description, SnapshotId: &vim.ID{Id: s.id}, DiskPath: s.path,
		})
	}
	return r
}
