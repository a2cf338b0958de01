// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// only returns the one element that fits. If none fits the error is openstack.ErrNotFound; if several fit, the error lists them.
func only[T any](all []T, fits func(T) bool, kind, what string, id func(T) string) (T, error) {
	one, ids, err := search(all, fits, kind, what, id)
	if len(ids) > 1 {
		err = openstack.AttributeErrorf(kind+"_id", "%d %ss are found %s: %s. Write the id of one of them", len(ids), kind, what,
			strings.Join(ids, ", "))
	}
	return one, err
}

// sole is only for a noun whose data source has no argument for the id.
func sole[T any](all []T, fits func(T) bool, kind string, id func(T) string) (T, error) {
	one, ids, err := search(all, fits, kind, "that fits what is written", id)
	if len(ids) > 1 {
		err = fmt.Errorf("more than one %s fits what is written: %s. Write more of what only one of them has", kind, strings.Join(ids, ", "))
	}
	return one, err
}

// search returns the last element that fits, and the ids of all that do. If none fits the error is openstack.ErrNotFound.
func search[T any](all []T, fits func(T) bool, kind, what string, id func(T) string) (one T, ids []string, err error) {
	for _, t := range all {
		if fits(t) {
			one, ids = t, append(ids, id(t))
		}
	}
	if len(ids) == 0 {
		err = openstack.NotFound("no %s %s", kind, what)
	}
	return one, ids, err
}

// texts returns the elements of a list of strings.
func texts(l types.List) []string { return crud.Texts(l) }

// textList converts strings to a list value.
func textList(values []string) types.List {
	out := make([]attr.Value, len(values))
	for i, v := range values {
		out[i] = types.StringValue(v)
	}
	return types.ListValueMust(types.StringType, out)
}
