// SPDX-License-Identifier: MPL-2.0

package l3

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// recordRouter chooses a router's id and writes its record; without a record it returns no id. Names need not be unique, but a router left
// by a creation whose process was killed is not made a second time: an equal record of the same user and project, written by another
// process, is refused. Routers in use, by their ids, are not such leftovers.
func (b *Backend) recordRouter(ctx context.Context, r openstack.Router, used []string) (openstack.Router, error) {
	mark := b.c.Records.Mark("")
	r.ID, r.Mark = uuid.NewString(), &mark
	b.Makes(r.ID)
	err := b.c.Records.Catalogue.Claim(ctx, func(all records.Set) error {
		others, err := records.All[openstack.Router](all, recorded.RouterKind)
		if err != nil {
			return err
		}
		for _, other := range others {
			if b.LeftBehind(other.ID, other.Mark, r.Mark) && sameRouter(r, other) && !slices.Contains(used, other.ID) {
				return openstack.AttributeErrorf("name", "a router %q of all the same is recorded already (%s%s), and has no interfaces: change "+
					"something, its description for example, if another one is meant. "+
					"%s", r.Name, other.ID, other.Mark.Clause(), openstack.ImportHint("novasphere_networking_router", other.ID))
			}
		}
		return all.Put(recorded.RouterKind, r.ID, r)
	})
	if err != nil {
		r.ID = "" // so that Terraform keeps no router that is not there, whose address could not be imported to
	}
	return r, err
}

// sameRouter reports whether two named routers have the same arguments.
func sameRouter(a, b openstack.Router) bool {
	if a.Name == "" {
		return false
	}
	a.ID, b.ID, a.Mark, b.Mark = "", "", nil, nil
	return records.Fingerprint(a) == records.Fingerprint(b)
}

// restoreRouter writes a router's record unchanged.
func (b *Backend) restoreRouter(ctx context.Context, r openstack.Router) error {
	return b.c.Records.Catalogue.Claim(ctx, func(all records.Set) error { return all.Put(recorded.RouterKind, r.ID, r) })
}

// Router reads a router that must exist, with its external addresses.
func (b *Backend) Router(ctx context.Context, id string) (openstack.Router, error) {
	r, err := b.recordOf(ctx, id)
	if err != nil {
		return r, err
	}
	return b.settled(ctx, r)
}

// Routers returns all routers with their external addresses, in the order of their ids.
func (b *Backend) Routers(ctx context.Context) ([]openstack.Router, error) {
	all, err := b.Backend.Routers(ctx)
	for i := range all {
		if err != nil {
			return nil, err
		}
		all[i], err = b.settled(ctx, all[i])
	}
	return all, err
}

// recordOf reads the record of a router that must exist: a missing catalogue is an error here, not an empty one.
func (b *Backend) recordOf(ctx context.Context, id string) (openstack.Router, error) {
	return recorded.Catalogued[openstack.Router](ctx, b.Backend, recorded.RouterKind, "router", id)
}

// changeRouter changes a router's record by change, which may be called several times.
func (b *Backend) changeRouter(ctx context.Context, id string, change func(*openstack.Router) error) (openstack.Router, error) {
	var r openstack.Router
	err := b.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		r = openstack.Router{}
		if err := all.Get(recorded.RouterKind, id, &r); err != nil {
			return err
		}
		if err := change(&r); err != nil {
			return err
		}
		return all.Put(recorded.RouterKind, id, r)
	})
	return r, records.Known("router", id, err)
}

// dropRouter removes a router's record and returns it.
func (b *Backend) dropRouter(ctx context.Context, id string) (openstack.Router, error) {
	var r openstack.Router
	err := b.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		r = openstack.Router{}
		if err := all.Get(recorded.RouterKind, id, &r); err != nil {
			return err
		}
		all.Drop(recorded.RouterKind, id)
		return nil
	})
	return r, records.Known("router", id, err)
}
