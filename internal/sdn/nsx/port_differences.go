// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// EffectiveRules returns nothing for a port that is in NSX what its record says. Otherwise is tells how it differs, and want stays empty.
func (b *Backend) EffectiveRules(ctx context.Context, p openstack.Port) (is, want []string, err error) {
	if p.Owner == ownerDHCP {
		return nil, nil, nil
	}
	n, err := b.Network(ctx, p.NetworkID, "")
	if isNotFound(err) {
		return []string{"NSX has no segment " + p.NetworkID + " any more"}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	differences, there, err := b.differences(ctx, p, n)
	if err == nil && there {
		lines, failed := b.unbound(ctx, p, n)
		differences, err = append(differences, lines...), failed
	}
	if err == nil && there {
		lines, failed := b.limitDifferences(ctx, p)
		differences, err = append(differences, lines...), failed
	}
	if err == nil && !there {
		differences = []string{"NSX has no segment port " + p.ID + " any more"}
	}
	return differences, nil, err
}

// Enforce brings a segment port in line with its record, with its profiles and static bindings.
func (b *Backend) Enforce(ctx context.Context, p openstack.Port) error {
	if err := b.putPort(ctx, p); err != nil {
		return err
	}
	return b.awaitPort(ctx, p.NetworkID, p.ID)
}

// differences tells what of a segment port is not as its record says, as it was last seen or written.
func (b *Backend) differences(ctx context.Context, p openstack.Port, n openstack.Network) (lines []string, there bool, err error) {
	owner, err := b.owner(ctx)
	if err != nil {
		return nil, false, err
	}
	seen, there, err := b.listOf(n.ID).port(ctx, p.ID)
	if err != nil || !there {
		return nil, false, err
	}
	before, after := seen.Copy(), seen.Copy()
	if !owner.Owns(seen) {
		return []string{"the segment port " + p.ID + " lacks the tags of its record"}, true, nil
	}
	if _, err := b.mergePort(owner, after, p, n); err != nil {
		return nil, true, err
	}
	for _, field := range slices.Sorted(maps.Keys(after)) {
		if !reflect.DeepEqual(before[field], after[field]) {
			lines = append(lines, fmt.Sprintf("%s in NSX: %s", field, text(before[field])))
		}
	}
	for field, value := range before {
		if _, kept := after[field]; !kept {
			lines = append(lines, fmt.Sprintf("%s in NSX: %s", field, text(value)))
		}
	}
	return lines, true, nil
}

// text writes a value of an object for people.
func text(value any) string {
	raw, _ := json.Marshal(value) // it was decoded from JSON
	return string(raw)
}
