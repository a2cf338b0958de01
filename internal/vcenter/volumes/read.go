package volumes

import (
	"context"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Read reads a volume by its id, together with others that are read at that moment. ErrNotFound where it is nowhere: neither in the
// catalogue nor on a machine.
func (v *Volumes) Read(ctx context.Context, id string) (openstack.Volume, error) {
	return v.reads.Ask(ctx, id)
}

// List lists the volumes that this provider has made for anybody in this vCenter, by name.
func (v *Volumes) List(ctx context.Context) ([]openstack.Volume, error) {
	all, err := v.query(ctx, bearingMark())
	slices.SortFunc(all, func(a, b openstack.Volume) int { return strings.Compare(a.Name+"\x00"+a.ID, b.Name+"\x00"+b.ID) })
	return all, err
}

// readTogether reads volumes: one by its id, several by the mark, and those among them that bear none by their ids.
func (v *Volumes) readTogether(ctx context.Context, ids []string) []wire.Outcome[openstack.Volume] {
	found := map[string]openstack.Volume{}
	if len(ids) > 1 {
		marked, err := v.query(ctx, bearingMark())
		if err != nil {
			return wire.AllFailed[openstack.Volume](len(ids), err)
		}
		for _, one := range marked {
			found[one.ID] = one
		}
	}
	if missing := without(ids, found); len(missing) > 0 {
		others, err := v.byIDs(ctx, missing)
		if err != nil {
			return wire.AllFailed[openstack.Volume](len(ids), err)
		}
		for id, one := range others {
			found[id] = one
		}
	}
	if missing := without(ids, found); len(missing) > 0 {
		again, err := v.rediscover(ctx, missing)
		if err != nil {
			return wire.AllFailed[openstack.Volume](len(ids), err)
		}
		for id, one := range again {
			found[id] = one
		}
	}
	out := make([]wire.Outcome[openstack.Volume], len(ids))
	for i, id := range ids {
		one, ok := found[id]
		if out[i].Value = one; !ok {
			out[i].Err = openstack.NotFound("there is no volume %s", id)
		}
	}
	return out
}

// without are the ids, each once, that were not found.
func without(ids []string, found map[string]openstack.Volume) (missing []string) {
	for _, id := range ids {
		if _, ok := found[id]; !ok && !slices.Contains(missing, id) {
			missing = append(missing, id)
		}
	}
	return missing
}
