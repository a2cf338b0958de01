package networking

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// subnetExtras holds arguments of Neutron's subnets without effect here.
type subnetExtras struct {
	Publishes    types.Bool   `tfsdk:"dns_publish_fixed_ip"`
	PrefixLength types.Int64  `tfsdk:"prefix_length"`
	SegmentID    types.String `tfsdk:"segment_id"`
	ServiceTypes types.List   `tfsdk:"service_types"`
	PoolID       types.String `tfsdk:"subnetpool_id"`
}

func subnetExtraAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"dns_publish_fixed_ip": schema.BoolAttribute{MarkdownDescription: "Accepted without effect: nobody publishes names.", Optional: true},
		"prefix_length": schema.Int64Attribute{MarkdownDescription: "Accepted without effect: it asks a pool for a range, and there " +
			"are no pools.", Optional: true},
		"segment_id": schema.StringAttribute{MarkdownDescription: "Accepted without effect: a network has one segment.",
			Optional: true},
		"service_types": schema.ListAttribute{MarkdownDescription: "Accepted without effect: every port may have the subnet's addresses.",
			Optional: true, ElementType: types.StringType},
		"subnetpool_id": schema.StringAttribute{MarkdownDescription: "Accepted without effect: there are no pools, and `cidr` says " +
			"what the range is.", Optional: true},
	}
}

// checkRange refuses a subnet without cidr, because there are no pools to take a range from.
func (m subnetModel) checkRange() error {
	if m.rangeless() {
		return openstack.AttributeErrorf("cidr", "the subnet has no range, and there are no pools to take one from: write cidr, or compute it, "+
			"for example with cidrsubnet(\"10.0.0.0/16\", 8, 4)")
	}
	return nil
}

// rangeless reports whether cidr is unset; "" counts as unset, as in OpenStack's provider.
func (m subnetModel) rangeless() bool { return !m.CIDR.IsUnknown() && m.CIDR.ValueString() == "" }

// typed sets the type of a null list.
func (e subnetExtras) typed() subnetExtras {
	if e.ServiceTypes.IsNull() {
		e.ServiceTypes = types.ListNull(types.StringType)
	}
	return e
}

func subnetExtrasFromPriorState(old crud.PriorState) subnetExtras {
	return subnetExtras{Publishes: old.Only(true, "dns_publish_fixed_ip"), PrefixLength: old.Int("prefix_length"),
		SegmentID: old.Text("segment_id"), ServiceTypes: old.List("service_types"), PoolID: old.Text("subnetpool_id")}
}
