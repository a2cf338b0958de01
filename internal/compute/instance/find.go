// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"cmp"
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// find reads the instance of a state. A moved instance that is not found gets another error than openstack.ErrNotFound, which would have
// it made anew although it may only be in another vCenter.
func (r instance) find(ctx context.Context, key machine.Key, from *crud.Origin) (s openstack.Server, err error) {
	if from != nil && from.Type == vsphereVM {
		s, err = r.Client.Machines.ByBIOS(ctx, cmp.Or(from.Keys["uuid"], from.ID), from.Keys["moid"])
	} else {
		s, err = r.Client.Machines.Read(ctx, key)
	}
	if from != nil && errors.Is(err, openstack.ErrNotFound) {
		err = openstack.AttributeErrorf("id", "the instance was moved from %s, and its VM is not in this vCenter: %s. Configure the vCenter and "+
			"the datacenter that it is in, or take it out of the state (a removed block with destroy = false)", from.Type, err)
	}
	return s, err
}
