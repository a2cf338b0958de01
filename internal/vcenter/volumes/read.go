// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vslm/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Read reads a volume by its id, together with others that are read at that moment. ErrNotFound where it is nowhere: neither in the
// catalogue nor on a machine.
func (v *Volumes) Read(ctx context.Context, id string) (openstack.Volume, error) {
	v.seen.Store(id, true)
	return v.reads.Ask(ctx, id)
}

// Recent is what a listing has told about a volume a moment ago, as the refresh before a plan does, else what Read reads.
func (v *Volumes) Recent(ctx context.Context, id string) (openstack.Volume, error) {
	if one, ok := v.marked.recent(id); ok {
		return one, nil
	}
	return v.Read(ctx, id)
}

// Inspect reads a volume by itself, with its flag, which a list of many does not show. What is no id is refused, since people write a name
// in its place.
func (v *Volumes) Inspect(ctx context.Context, id string) (openstack.Volume, error) {
	if _, err := uuid.Parse(id); err != nil {
		return openstack.Volume{}, openstack.AttributeErrorf("id", "%q is no volume's id, which is a UUID: the data source "+
			"novasphere_blockstorage_volume has it by the name", id)
	}
	found, err := v.locate(ctx, id)
	return found.Volume, err
}

// List lists the volumes that this provider has made for anybody in this vCenter, by name.
func (v *Volumes) List(ctx context.Context) ([]openstack.Volume, error) {
	all, err := v.query(ctx, bearingMark())
	return sorted(all), err
}

// Search lists the volumes of a name, whoever made them, by name; those of every name where it is empty.
func (v *Volumes) Search(ctx context.Context, name string) ([]openstack.Volume, error) {
	var conditions []types.VslmVsoVStorageObjectQuerySpec
	if name != "" {
		conditions = append(conditions, isEqual(types.VslmVsoVStorageObjectQuerySpecQueryFieldEnumName, name))
	}
	all, err := v.query(ctx, conditions...)
	return sorted(all), err
}

// sorted orders volumes by their names.
func sorted(all []openstack.Volume) []openstack.Volume {
	slices.SortFunc(all, func(a, b openstack.Volume) int { return strings.Compare(a.Name+"\x00"+a.ID, b.Name+"\x00"+b.ID) })
	return all
}

// readTogether reads volumes: one by its id, several by the mark, and those among them that bear none by their ids.
func (v *Volumes) readTogether(ctx context.Context, ids []string) []wire.Outcome[openstack.Volume] {
	found, err := v.markedAmong(ctx, ids)
	for _, read := range []func(context.Context, []string) (map[string]openstack.Volume, error){v.byIDs, v.rediscover} {
		missing := without(ids, found)
		if err != nil || len(missing) == 0 {
			break
		}
		var more map[string]openstack.Volume
		more, err = read(ctx, missing)
		maps.Copy(found, more)
	}
	if err != nil {
		return wire.AllFailed[openstack.Volume](len(ids), err)
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

// markedAmong reads those of some volumes that bear the mark. One volume alone is not worth a query for all.
func (v *Volumes) markedAmong(ctx context.Context, ids []string) (map[string]openstack.Volume, error) {
	marked, kept := v.marked.kept(ids)
	if !kept && len(ids) > 1 {
		var err error
		if marked, err = v.marked.read(ids, func() (map[string]openstack.Volume, error) { return v.markedByID(ctx) }); err != nil {
			return nil, err
		}
	}
	out := map[string]openstack.Volume{}
	for _, id := range ids {
		if one, ok := marked[id]; ok {
			out[id] = one
		}
	}
	return out, nil
}

// markedByID reads the volumes that bear the mark.
func (v *Volumes) markedByID(ctx context.Context) (map[string]openstack.Volume, error) {
	all, err := v.query(ctx, bearingMark())
	out := map[string]openstack.Volume{}
	for _, one := range all {
		out[one.ID] = one
	}
	return out, err
}

// without are the ids, each once, that were not found.
func without[T any](ids []string, found map[string]T) (missing []string) {
	for _, id := range ids {
		if _, ok := found[id]; !ok && !slices.Contains(missing, id) {
			missing = append(missing, id)
		}
	}
	return missing
}
