// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// List describes a list resource: what `terraform query` of Terraform 1.14 and later finds of a resource's type, to be imported. C is the
// client, M the resource's model, and F the model of the filters, a struct with tfsdk tags that embeds ListPlace.
type List[C any, M any, F any] struct {
	Of      Resource[C, M] // the resource whose objects are listed: a list without one is an error of the framework
	About   string         // what is listed, in one sentence; the limit is told after it
	Filters map[string]schema.Attribute
	Check   func(filters F) error // optional: refuses at validate what no filter may be; values may still be unknown
	Find    func(ctx context.Context, client C, filters F) ([]Listed[M], error)
}

// Listed is an object that a list has found.
type Listed[M any] struct {
	ID   string // by which the resource imports it
	Name string // what people call it; empty: its id

	// optional: the object as its import and the read after it give it, where these would ask for each object apart; the private state
	// is kept by nobody
	Model func(ctx context.Context, private Private) (*M, error)
}

// ListPlace is the filter of every list that says where it looks.
type ListPlace struct {
	Region types.String `tfsdk:"region"`
}

// ListRegion returns the argument `region` of a list.
func ListRegion() schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: RegionText, Optional: true}
}

// ListText returns a filter that is a text.
func ListText(text string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: text, Optional: true}
}

// ListOneOf returns a filter that is one of some texts. Another, or one in other letters, would fit nothing without a word.
func ListOneOf(text string, values ...string) schema.StringAttribute {
	out := ListText(text)
	out.Validators = []validator.String{stringvalidator.OneOf(values...)}
	return out
}

// ListTexts returns a filter that is a list of texts.
func ListTexts(text string) schema.ListAttribute {
	return schema.ListAttribute{MarkdownDescription: text, Optional: true, ElementType: types.StringType}
}

// ListFlag returns a filter that is true or false.
func ListFlag(text string) schema.BoolAttribute {
	return schema.BoolAttribute{MarkdownDescription: text, Optional: true}
}

// listLimit says what Terraform does with every list, whatever the provider.
const listLimit = " Terraform asks for at most `limit` of them, 100 where the list block does not say: a warning tells how many there are."

// New returns the list in the framework's form.
func (l List[C, M, F]) New() list.ListResource {
	return &boundList[C, M, F]{is: l, of: &bound[C, M]{is: l.Of}}
}

type boundList[C any, M any, F any] struct {
	is List[C, M, F]
	of *bound[C, M]
}

var (
	_ list.ListResourceWithConfigure      = &boundList[int, struct{}, ListPlace]{}
	_ list.ListResourceWithValidateConfig = &boundList[int, struct{}, ListPlace]{}
)

// Metadata sets the name of the list, which is that of its resource.
func (b *boundList[C, M, F]) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	b.of.Metadata(ctx, req, resp)
}

// ListResourceConfigSchema returns the schema of the filters.
func (b *boundList[C, M, F]) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest,
	resp *list.ListResourceSchemaResponse) {
	attributes := map[string]schema.Attribute{"region": ListRegion()}
	maps.Copy(attributes, b.is.Filters)
	resp.Schema = schema.Schema{MarkdownDescription: b.is.About + listLimit, Attributes: attributes}
}

// Configure takes the clients to choose from, which are absent while the provider's configuration is unknown.
func (b *boundList[C, M, F]) Configure(ctx context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	b.of.Configure(ctx, req, resp)
}

// ValidateListResourceConfig refuses filters that are wrong whatever the unknown values become.
func (b *boundList[C, M, F]) ValidateListResourceConfig(ctx context.Context, req list.ValidateConfigRequest,
	resp *list.ValidateConfigResponse) {
	if b.is.Check == nil {
		return
	}
	filters, diags := filtersOf[F](ctx, req.Config)
	if resp.Diagnostics.Append(diags...); !resp.Diagnostics.HasError() {
		Report(&resp.Diagnostics, b.cannot(), b.is.Check(filters))
	}
}

func (b *boundList[C, M, F]) cannot() string { return b.of.cannot("list") }

// filtersOf decodes the filters, none for a list block without a config.
func filtersOf[F any](ctx context.Context, from tfsdk.Config) (filters F, diags diag.Diagnostics) {
	if from.Raw.IsNull() {
		return filters, nil
	}
	diags = Get(ctx, tfsdk.State(from), &filters)
	return filters, diags
}

// List finds the objects, sorted by name. What is to be said about all of them comes first, since Terraform stops reading at the limit.
func (b *boundList[C, M, F]) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	filters, said := filtersOf[F](ctx, req.Config)
	b, err := b.toFind(req.Config.Raw)
	client, configured := Pick[C](b.of.data)
	if Report(&said, b.cannot(), err); err == nil && !configured {
		Unconfigured(&said)
	}
	var results []list.ListResult
	if !said.HasError() {
		warned, flush := WithWarnings(ctx, &said)
		found, err := b.is.Find(warned, client, filters)
		if err == nil {
			results = b.results(warned, req, cut(warned, found, req.Limit))
		}
		flush()
		Report(&said, b.cannot(), err)
	}
	if len(said) > 0 {
		results = slices.Insert(results, 0, list.ListResult{Diagnostics: said})
	}
	stream.Results = slices.Values(results)
}

// cut sorts what was found, and leaves out what Terraform would not take, with a warning. The names decide what is left out.
func cut[M any](ctx context.Context, found []Listed[M], limit int64) []Listed[M] {
	found = slices.SortedStableFunc(slices.Values(found), func(a, b Listed[M]) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	if limit <= 0 || int64(len(found)) <= limit {
		return found
	}
	Warn(ctx, "More is there than is listed", fmt.Sprintf("%d fit, and the list block's limit is %d: write limit = %d in it, or narrow it "+
		"with its filters", len(found), limit, len(found)))
	return found[:limit]
}

// results describes the objects that are listed. Where Terraform wants each of them whole, all are read at once, so that what is asked of
// the vCenter about each travels together.
func (b *boundList[C, M, F]) results(ctx context.Context, req list.ListRequest, found []Listed[M]) []list.ListResult {
	out := make([]list.ListResult, len(found))
	var all sync.WaitGroup
	for i, one := range found {
		out[i] = req.NewListResult(ctx)
		out[i].DisplayName = cmp.Or(one.Name, one.ID)
		if !req.IncludeResource {
			out[i].Identity.Raw = identityOf(ctx, b.of.home, one.ID)
			continue
		}
		all.Go(func() { b.whole(ctx, one, &out[i]) })
	}
	all.Wait()
	return slices.DeleteFunc(out, func(r list.ListResult) bool { return r.Identity == nil })
}

// whole reads a listed object as its import would. One that cannot be read is left out with a warning, since an error ends the list.
func (b *boundList[C, M, F]) whole(ctx context.Context, one Listed[M], out *list.ListResult) {
	now, err := b.model(ctx, one)
	state := tfsdk.State(*out.Resource)
	var diags diag.Diagnostics
	if Report(&diags, b.cannot(), err); err == nil {
		diags.Append(Set(ctx, &state, now)...)
	}
	if diags.HasError() {
		out.Identity = nil
		for _, d := range diags.Errors() {
			Warn(ctx, "Left out of the list: "+out.DisplayName, d.Detail())
		}
		return
	}
	b.of.name(&state)
	out.Resource.Raw = state.Raw
	identify(ctx, b.of.home, state, out.Identity)
}

// model returns a listed object as its import and the read after it give it.
// What it warns of is said when it is imported.
func (b *boundList[C, M, F]) model(ctx context.Context, one Listed[M]) (*M, error) {
	ctx, _ = WithWarnings(ctx, &diag.Diagnostics{})
	if one.Model != nil {
		return one.Model(ctx, &unkept{})
	}
	r := b.of.request(&unkept{})
	r.ID = one.ID
	found, err := b.is.Of.Import(ctx, r)
	if err != nil {
		return nil, err
	}
	r.State = found
	return b.is.Of.Read(ctx, r)
}

// unkept is private state that nobody keeps.
type unkept struct{ keys map[string][]byte }

// GetKey returns a value.
func (u *unkept) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) {
	return u.keys[key], nil
}

// SetKey sets a value.
func (u *unkept) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	if u.keys == nil {
		u.keys = map[string][]byte{}
	}
	u.keys[key] = value
	return nil
}
