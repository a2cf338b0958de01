// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// subnetExtras holds the arguments that ask a subnet pool for a range, and those of Neutron's subnets without effect here.
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
		"prefix_length": schema.Int64Attribute{MarkdownDescription: "The length in bits of the range that is cut from the pool of " +
			"`subnetpool_id`, in the place of `cidr`. Unset: the pool's `default_prefixlen`. Another length replaces the subnet.", Optional: true,
			Validators:    []validator.Int64{int64validator.Between(0, 128)},
			PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplaceIf(otherPrefixLength, otherRange, otherRange)}},
		"segment_id": schema.StringAttribute{MarkdownDescription: "Accepted without effect: a network has one segment.",
			Optional: true},
		"service_types": schema.ListAttribute{MarkdownDescription: "Accepted without effect: every port may have the subnet's addresses.",
			Optional: true, ElementType: types.StringType},
		"subnetpool_id": schema.StringAttribute{MarkdownDescription: "The id of a `novasphere_networking_subnetpool` that the range is cut " +
			"from: the one of `cidr`, or else a free one, which may be any that no subnet has yet: where one subnet of the pool writes `cidr` and " +
			"another does not, let the other one wait for it (`depends_on`). Another pool replaces the subnet.", Optional: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIf(otherText, otherRange, otherRange)}},
	}
}

// typed sets the type of a null list.
func (e subnetExtras) typed() subnetExtras {
	if e.ServiceTypes.IsNull() {
		e.ServiceTypes = types.ListNull(types.StringType)
	}
	return e
}

func subnetExtrasFromPriorState(old crud.PriorState) subnetExtras {
	return subnetExtras{Publishes: old.Only(true, "dns_publish_fixed_ip"), PrefixLength: old.Positive("prefix_length"),
		SegmentID: old.Text("segment_id"), ServiceTypes: old.List("service_types"), PoolID: old.Text("subnetpool_id")}
}

// of sets what is recorded of the pool. A subnet without one keeps an id that was written when pools were without effect.
func (e subnetExtras) of(s openstack.Subnet) subnetExtras {
	if s.PoolID != "" {
		e.PoolID = types.StringValue(s.PoolID)
	}
	if e.PrefixLength.IsNull() && s.CutLength != 0 {
		e.PrefixLength = types.Int64Value(s.CutLength)
	}
	return e
}
