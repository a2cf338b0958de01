// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// datastoreRules are those of Datastore.
type datastoreRules struct {
	base.Receiver
}

// RefreshDatastore finds what is there already; the simulator would make every datastore one terabyte per host.
func (d *datastoreRules) RefreshDatastore(*simulator.Context, *types.RefreshDatastore) soap.HasFault {
	return &methods.RefreshDatastoreBody{Res: new(types.RefreshDatastoreResponse)}
}
