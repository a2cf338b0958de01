// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Within holds an argument to a limit: a text or a number itself, or the elements of a set and the keys of a map. count limits how many
// elements there are. Values that are unknown yet are checked again once they are known.
func Within(of *openstack.Limit, count ...*openstack.Limit) Limited {
	l := Limited{of: of}
	if len(count) > 0 {
		l.count = count[0]
	}
	return l
}

// Limited validates texts, numbers, sets, lists and maps against limits.
type Limited struct{ of, count *openstack.Limit }

// Description describes the accepted values.
func (l Limited) Description(context.Context) string { return "must keep the limits of " + l.of.What }

// MarkdownDescription describes the accepted values.
func (l Limited) MarkdownDescription(ctx context.Context) string { return l.Description(ctx) }

func (l Limited) report(diags *diag.Diagnostics, at path.Path, err error) {
	if err != nil {
		diags.AddAttributeError(at, "Beyond a limit", sentence(at.String()+": "+err.Error()))
	}
}

func (l Limited) counted(diags *diag.Diagnostics, at path.Path, n int) {
	if l.count != nil {
		l.report(diags, at, l.count.CheckNumber(int64(n)))
	}
}

// ValidateString checks a text.
func (l Limited) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if Known(req.ConfigValue) && !req.ConfigValue.IsNull() {
		l.report(&resp.Diagnostics, req.Path, l.of.Check(req.ConfigValue.ValueString()))
	}
}

// ValidateInt64 checks a number.
func (l Limited) ValidateInt64(_ context.Context, req validator.Int64Request, resp *validator.Int64Response) {
	if Known(req.ConfigValue) && !req.ConfigValue.IsNull() {
		l.report(&resp.Diagnostics, req.Path, l.of.CheckNumber(req.ConfigValue.ValueInt64()))
	}
}

// ValidateMap checks the keys and their number.
func (l Limited) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	all := req.ConfigValue.Elements()
	l.counted(&resp.Diagnostics, req.Path, len(all))
	for _, key := range slices.Sorted(maps.Keys(all)) {
		l.report(&resp.Diagnostics, req.Path, l.of.Check(key))
	}
}

// ValidateSet checks the elements and their number.
func (l Limited) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	l.elements(&resp.Diagnostics, req.Path, req.ConfigValue.Elements())
}

// ValidateList checks the elements and their number.
func (l Limited) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	l.elements(&resp.Diagnostics, req.Path, req.ConfigValue.Elements())
}

// elements checks elements that are texts; the attributes of a block have validators of their own. The error is at the collection,
// because the path of an element in a set is the element itself.
func (l Limited) elements(diags *diag.Diagnostics, at path.Path, all []attr.Value) {
	l.counted(diags, at, len(all))
	for _, one := range all {
		if text, is := one.(types.String); is && Known(text) && !text.IsNull() {
			l.report(diags, at, l.of.Check(text.ValueString()))
		}
	}
}

// AtMost limits the number of blocks in a list or a set.
func AtMost(count *openstack.Limit) Limited { return Limited{of: count, count: count} }
