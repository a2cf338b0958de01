package networking

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// only is the one of all that fits. None is openstack.ErrNotFound, and several are an error that lists them.
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

// texts are the elements of a list of strings.
func texts(l types.List) (out []string) {
	for _, v := range l.Elements() {
		if s, ok := v.(types.String); ok {
			out = append(out, s.ValueString())
		}
	}
	return out
}

// textList is a list of strings as a value.
func textList(values []string) types.List {
	out := make([]attr.Value, len(values))
	for i, v := range values {
		out[i] = types.StringValue(v)
	}
	return types.ListValueMust(types.StringType, out)
}
