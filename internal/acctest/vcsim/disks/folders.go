// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// folderRules are those of FileManager.
type folderRules struct{ base.Receiver }

// MakeDirectory makes a folder, but not at the top of a datastore of vSAN: DatastoreNamespaceManager makes those.
func (f *folderRules) MakeDirectory(ctx *simulator.Context, req *types.MakeDirectory) soap.HasFault {
	var p object.DatastorePath
	if req.Datacenter != nil && p.FromString(req.Name) && !strings.Contains(strings.Trim(p.Path, "/"), "/") {
		dc := base.Get[*simulator.Datacenter](ctx, *req.Datacenter)
		store, fault := base.StoreOfPath(ctx, req.Name, dc.Datastore)
		if fault == nil && store.Summary.Type == string(types.HostFileSystemVolumeFileSystemTypeVsan) {
			return &methods.MakeDirectoryBody{Fault_: simulator.Fault("", cannotCreate(req.Name))}
		}
	}
	return ctx.Map.FileManager().MakeDirectory(base.Apart(ctx), req)
}
