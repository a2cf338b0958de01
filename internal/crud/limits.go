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

// Within holds an argument to a row of the limits: a text or a number to the row itself, the elements of a set and the keys of a map to the
// row, and how many there are to the row behind it. What is not known yet is asked again when it is.
func Within(of *openstack.Limit, count ...*openstack.Limit) Limited {
	l := Limited{of: of}
	if len(count) > 0 {
		l.count = count[0]
	}
	return l
}

// Limited is a validator of texts, numbers, sets, lists and maps.
type Limited struct{ of, count *openstack.Limit }

// Description says what is accepted.
func (l Limited) Description(context.Context) string { return "must keep the limits of " + l.of.What }

// MarkdownDescription says what is accepted.
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

// ValidateString asks the row of a text.
func (l Limited) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if Known(req.ConfigValue) && !req.ConfigValue.IsNull() {
		l.report(&resp.Diagnostics, req.Path, l.of.Check(req.ConfigValue.ValueString()))
	}
}

// ValidateInt64 asks the row of a number.
func (l Limited) ValidateInt64(_ context.Context, req validator.Int64Request, resp *validator.Int64Response) {
	if Known(req.ConfigValue) && !req.ConfigValue.IsNull() {
		l.report(&resp.Diagnostics, req.Path, l.of.CheckNumber(req.ConfigValue.ValueInt64()))
	}
}

// ValidateMap asks the rows of keys and of their number.
func (l Limited) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	all := req.ConfigValue.Elements()
	l.counted(&resp.Diagnostics, req.Path, len(all))
	for _, key := range slices.Sorted(maps.Keys(all)) {
		l.report(&resp.Diagnostics, req.Path, l.of.Check(key))
	}
}

// ValidateSet asks the rows of elements and of their number.
func (l Limited) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	l.elements(&resp.Diagnostics, req.Path, req.ConfigValue.Elements())
}

// ValidateList asks the rows of elements and of their number.
func (l Limited) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	l.elements(&resp.Diagnostics, req.Path, req.ConfigValue.Elements())
}

// elements are looked at where they are texts; a block's attributes have rows of their own. The path stops at the collection, for an
// element's in a set is the element itself.
func (l Limited) elements(diags *diag.Diagnostics, at path.Path, all []attr.Value) {
	l.counted(diags, at, len(all))
	for _, one := range all {
		if text, is := one.(types.String); is && Known(text) && !text.IsNull() {
			l.report(diags, at, l.of.Check(text.ValueString()))
		}
	}
}

// AtMost holds a list or a set of blocks to the row of their number.
func AtMost(count *openstack.Limit) Limited { return Limited{of: count, count: count} }
