// SPDX-License-Identifier: MPL-2.0

package blockstorage

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
)

func hintsBlock() schema.Block {
	list := func(description string) schema.ListAttribute {
		return schema.ListAttribute{MarkdownDescription: description, Optional: true, ElementType: types.StringType}
	}
	return schema.SetNestedBlock{MarkdownDescription: "Which of the zone's datastores the volume is made on. One block. A change replaces " +
		"the volume; hints that are added to an existing one do not, and bind only the next that is made.",
		Validators: []validator.Set{setvalidator.SizeAtMost(1)},
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"local_to_instance": schema.StringAttribute{MarkdownDescription: "The id of an instance: on the datastore of its root disk.",
				Optional: true},
			"same_host":      list("Ids of volumes: on a datastore that one of them lies on."),
			"different_host": list("Ids of volumes: on none of the datastores that they lie on."),
			"query": schema.StringAttribute{MarkdownDescription: "Without effect, with a warning: a query of Cinder's back ends.",
				Optional: true},
			"additional_properties": schema.MapAttribute{MarkdownDescription: "Without effect, with a warning.", Optional: true,
				ElementType: types.StringType},
		}}}
}

type hintsModel struct {
	Local     types.String `tfsdk:"local_to_instance"`
	Same      types.List   `tfsdk:"same_host"`
	Different types.List   `tfsdk:"different_host"`
	Query     types.String `tfsdk:"query"`
	Further   types.Map    `tfsdk:"additional_properties"`
}

var hintsType = types.ObjectType{AttrTypes: map[string]attr.Type{"local_to_instance": types.StringType,
	"same_host": types.ListType{ElemType: types.StringType}, "different_host": types.ListType{ElemType: types.StringType},
	"query": types.StringType, "additional_properties": types.MapType{ElemType: types.StringType}}}

// hints are where the volume may lie. What is not known yet says nothing.
func (m volumeModel) hints() (h volumes.Hints) {
	for _, written := range crud.Elements[hintsModel](m.Hints) {
		h.Instance = written.Local.ValueString()
		h.Beside, h.Apart = knownTexts(written.Same), knownTexts(written.Different)
	}
	return h
}

// knownTexts are the texts of a list that are known and not empty.
func knownTexts(list types.List) (out []string) {
	for _, element := range list.Elements() {
		if text, ok := element.(types.String); ok && text.ValueString() != "" {
			out = append(out, text.ValueString())
		}
	}
	return out
}

// warnHints warns of hints without effect.
func (m volumeModel) warnHints(ctx context.Context, client *vcenter.Client) {
	for _, written := range crud.Elements[hintsModel](m.Hints) {
		idle := slices.Sorted(maps.Keys(crud.StringMap(written.Further)))
		if written.Query.ValueString() != "" {
			idle = append(idle, "query")
		}
		if client != nil && len(idle) > 0 {
			crud.WarnOnce(ctx, client.Planned, "Hints without effect: "+strings.Join(idle, ", "), "scheduler_hints: "+
				strings.Join(idle, ", ")+" have no effect: they are about the back ends of a volume service, and a volume lies on one of the "+
				"zone's datastores. A storage policy (volume_type) says which of them may be chosen")
		}
	}
}
