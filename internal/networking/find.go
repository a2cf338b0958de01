package networking

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// only returns the one element that fits. If none fits the error is openstack.ErrNotFound; if several fit, the error lists them.
func only[T any](all []T, fits func(T) bool, kind, what string, id func(T) string) (one T, err error) {
	var found []T
	for _, t := range all {
		if fits(t) {
			found = append(found, t)
		}
	}
	switch len(found) {
	case 0:
		return one, openstack.NotFound("no %s %s", kind, what)
	case 1:
		return found[0], nil
	}
	var ids []string
	for _, t := range found {
		ids = append(ids, id(t))
	}
	return one, openstack.AttributeErrorf(kind+"_id", "%d %ss are found %s: %s. Write the id of one of them", len(found), kind, what,
		strings.Join(ids, ", "))
}

// sole is only for a noun whose data source has no argument for the id.
func sole[T any](all []T, fits func(T) bool, kind string, id func(T) string) (T, error) {
	one, err := only(all, fits, kind, "that fits what is written", id)
	var several *openstack.FieldError
	if errors.As(err, &several) {
		var ids []string
		for _, t := range all {
			if fits(t) {
				ids = append(ids, id(t))
			}
		}
		err = fmt.Errorf("%d %ss fit what is written: %s. Write more of what only one of them has", len(ids), kind, strings.Join(ids, ", "))
	}
	return one, err
}

// texts returns the elements of a list of strings.
func texts(l types.List) (out []string) {
	for _, v := range l.Elements() {
		if s, ok := v.(types.String); ok {
			out = append(out, s.ValueString())
		}
	}
	return out
}

// textList converts strings to a list value.
func textList(values []string) types.List {
	out := make([]attr.Value, len(values))
	for i, v := range values {
		out[i] = types.StringValue(v)
	}
	return types.ListValueMust(types.StringType, out)
}
