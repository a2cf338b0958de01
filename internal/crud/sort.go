// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// SortKeys are the keys by which a list of T can be sorted. Each maps an element to a text that sorts as the key does.
type SortKeys[T any] map[string]func(T) string

// Sort sorts a list in place by a key and a direction, `asc` or `desc`: the arguments sort_key and sort_direction of data sources.
// Without a key the list stays as it is. An unknown key or direction is an error at its argument.
func (k SortKeys[T]) Sort(all []T, key, direction types.String) error {
	if d := direction.ValueString(); d != "" && d != "asc" && d != "desc" {
		return openstack.AttributeErrorf("sort_direction", "it is %q: write asc or desc", d)
	}
	if key.ValueString() == "" {
		return nil
	}
	of, known := k[key.ValueString()]
	if !known {
		return openstack.AttributeErrorf("sort_key", "nothing is sorted by %q: write %s", key.ValueString(), k.Names())
	}
	slices.SortStableFunc(all, func(a, b T) int {
		if direction.ValueString() == "desc" {
			a, b = b, a
		}
		return strings.Compare(of(a), of(b))
	})
	return nil
}

// SortableNumber formats a number that is not negative as a text that sorts as the number does.
func SortableNumber(n int64) string { return fmt.Sprintf("%020d", n) }

// Names lists the keys for people.
func (k SortKeys[T]) Names() string { return strings.Join(slices.Sorted(maps.Keys(k)), ", ") }
