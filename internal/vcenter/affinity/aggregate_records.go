// SPDX-License-Identifier: MPL-2.0

package affinity

import (
	"context"
	"errors"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

const aggregateKind = "aggregate"

func aggregatesIn(all records.Set, err error) ([]openstack.Aggregate, error) {
	if errors.Is(err, records.ErrNoStore) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return records.All[openstack.Aggregate](all, aggregateKind)
}

// aggregateFree refuses a name that another aggregate has.
func aggregateFree(all records.Set, a openstack.Aggregate) error {
	others, err := records.All[openstack.Aggregate](all, aggregateKind)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.Name == a.Name && other.ID != a.ID {
			return openstack.AttributeErrorf("name", "the aggregate %q is there already (%s%s): choose another name. %s", a.Name, other.ID,
				other.Mark.Clause(), openstack.ImportHint("novasphere_compute_aggregate", other.ID))
		}
	}
	return nil
}

// isHost reports whether a text names a host, by managed object id or by name.
func isHost(written, id, name string) bool { return written == id || strings.EqualFold(written, name) }

// freshAggregates returns the aggregates of the catalogue, read again.
func freshAggregates(ctx context.Context, stores *records.Stores) ([]openstack.Aggregate, error) {
	return aggregatesIn(stores.Catalogue.Fresh(ctx))
}

// AggregateNamed returns the id of the aggregate of a name; empty if none has it.
func AggregateNamed(all records.Set, name string) string {
	for _, id := range all.IDs(aggregateKind) {
		if a, err := records.Peek[openstack.Aggregate](all, aggregateKind, id); err == nil && a.Name == name {
			return id
		}
	}
	return ""
}
