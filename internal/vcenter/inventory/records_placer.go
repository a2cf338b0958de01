// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"cmp"
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// RecordsHome returns the datacenter for the records.
func (p *Places) RecordsHome(ctx context.Context) (records.Datacenter, error) {
	dc, err := p.Datacenter(ctx)
	return records.Datacenter{Name: dc.Name, Path: dc.Kept}, err
}

// Place chooses where to make a VM that needs no disk space, as for an instance of the first zone.
func (p *Places) Place(ctx context.Context) (place records.VMPlace, err error) {
	if place.Pool, err = p.Pool(ctx); err != nil {
		return place, err
	}
	store, err := p.datastore(ctx, 0)
	if err != nil {
		return place, err
	}
	place.Datastore = cmp.Or(store.Summary.Name, store.Name)
	place.Host, err = p.HostOn(ctx, store.Self)
	return place, err
}
