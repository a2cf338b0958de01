// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// standard holds what is recorded of QoS policies and of subnet pools: Neutron's standard attributes, and whom they are for.
type standard struct {
	id, name, description, project string
	tags                           []string
	shared, byDefault              bool
	mark                           *openstack.Mark
	updated                        time.Time
	revision                       int64
}

// standardAttributes returns common's arguments, with project_id in the place of tenant_id, and the computed attributes of a standard.
// changes says which changes the latter tell of: "it" for the noun's.
func standardAttributes(noun, changes string) map[string]schema.Attribute {
	attributes := common(noun)
	attributes["project_id"] = attributes["tenant_id"]
	delete(attributes, "tenant_id")
	maps.Copy(attributes, map[string]schema.Attribute{
		"shared": sharedFlag(noun),
		"created_at": schema.StringAttribute{MarkdownDescription: "When it was made, RFC 3339.", Computed: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
		"updated_at":      schema.StringAttribute{MarkdownDescription: "When " + changes + " was last changed, RFC 3339.", Computed: true},
		"revision_number": schema.Int64Attribute{MarkdownDescription: "How often " + changes + " was changed.", Computed: true},
	})
	return attributes
}

// sharedFlag returns the argument shared of a noun, which every user of the datacenter may use in any case.
func sharedFlag(noun string) schema.BoolAttribute {
	return flag("Recorded, without effect: whoever uses the same datacenter may use the "+noun+".", false)
}

type standardModel struct {
	describedModel
	Project  types.String `tfsdk:"project_id"`
	Shared   types.Bool   `tfsdk:"shared"`
	Default  types.Bool   `tfsdk:"is_default"`
	Created  types.String `tfsdk:"created_at"`
	Updated  types.String `tfsdk:"updated_at"`
	Revision types.Int64  `tfsdk:"revision_number"`
}

// withStandard sets all but the name.
func (m *standardModel) withStandard(s standard) {
	m.ID, m.Shared, m.Default = types.StringValue(s.id), types.BoolValue(s.shared), types.BoolValue(s.byDefault)
	m.withCommon(s.description, s.tags)
	m.Updated, m.Revision = crud.TimeValue(s.updated), types.Int64Value(s.revision)
	if s.mark != nil && m.Created.ValueString() == "" { // a moved one was made earlier
		m.Created = crud.TimeValue(s.mark.At)
	}
}

func standardFromPriorState(old crud.PriorState) standardModel {
	return standardModel{describedModel: describedFromPriorState(old), Project: old.Text("project_id"), Shared: old.Or("shared", false),
		Default: old.Or("is_default", false), Created: old.Text("created_at"), Updated: old.Text("updated_at"),
		Revision: old.Int("revision_number")}
}
