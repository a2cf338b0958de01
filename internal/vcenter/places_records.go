package vcenter

import (
	"cmp"
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// Datacenter names the datacenter to those who keep records in it.
func (p *places) Datacenter(ctx context.Context) (records.Datacenter, error) {
	dc, err := p.datacenter(ctx)
	return records.Datacenter{Name: dc.Name, Path: dc.kept}, err
}

// Folder finds a VM folder by its path, and makes it where it is missing and may be made.
func (p *places) Folder(ctx context.Context, path string, make bool) (ref, error) {
	return p.folder(ctx, path, make)
}

// Place chooses where a VM that needs no disk space is made: as an instance of the first zone.
func (p *places) Place(ctx context.Context) (place records.VMPlace, err error) {
	if place.Pool, err = p.pool(ctx); err != nil {
		return place, err
	}
	store, err := p.datastore(ctx, 0)
	if err != nil {
		return place, err
	}
	place.Datastore = cmp.Or(store.Summary.Name, store.Name)
	place.Host, err = p.host(ctx, store.Self)
	return place, err
}
