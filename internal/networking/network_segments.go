// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// segmentAttributes are what lies under a network.
func segmentAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"segments": schema.SetAttribute{MarkdownDescription: "What lies under the network: one block with `network_type` (`vlan`; `flat` for " +
			"frames without a tag; `l3_ext` for an external network of NSX; or `geneve`, for which `vxlan`, `gre` and `stt` are other words: an " +
			"overlay, which is a segment of NSX), " +
			"`physical_network` and `segmentation_id` (the VLAN, 1 to 4094; none in an overlay). `physical_network` is one of the provider's " +
			"`physical_networks`, the name of a distributed switch, or a transport zone of NSX by its name or id: it decides whether a VLAN is a " +
			"portgroup or a segment. Unset, an overlay is in the block `nsx`'s `transport_zone`, and a VLAN in its `vlan_transport_zone`, else on " +
			"the switch of the zones or the provider's `switch`. Without a block the provider's `tenant_network_types` say what the network is. A " +
			"VLAN without `segmentation_id` is a free one of the provider's `network_vlan_ranges`, on a switch only, which `segmentation_id` of " +
			"the network tells; where `transparent_vlan` is `true`, the network carries them all. A network that exists keeps its VLAN where none " +
			"is written. Another VLAN is set in place; no portgroup moves to another switch and no segment to another transport zone, so that is " +
			"an error. That two processes never give one VLAN twice was tried on a simulated vCenter only.",
			Optional: true, Computed: true, ElementType: segmentType, Validators: []validator.Set{setvalidator.SizeAtMost(1)},
			PlanModifiers: []planmodifier.Set{setplanmodifier.UseStateForUnknown()}},
		"segmentation_id": schema.Int64Attribute{MarkdownDescription: "The VLAN of the network, written or chosen. Null for a flat network, an " +
			"overlay and one that carries every VLAN.", Computed: true},
	}
}

// segmentType is the type of segments of the resource and of the data source.
var segmentType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"network_type": types.StringType, "physical_network": types.StringType, "segmentation_id": types.Int64Type,
}}

type segmentModel struct {
	Type     types.String `tfsdk:"network_type"`
	Physical types.String `tfsdk:"physical_network"`
	ID       types.Int64  `tfsdk:"segmentation_id"`
}

// segment returns the one segments block, or a zero one.
func (m networkModel) segment() (s segmentModel) {
	if all := crud.Elements[segmentModel](m.Segments); len(all) > 0 {
		s = all[0]
	}
	return s
}

// anyVLAN reports whether a configuration leaves the VLAN to the provider's ranges.
func (m networkModel) anyVLAN() bool {
	s := m.segment()
	return !m.Transparent.ValueBool() && !s.untagged() && s.ID.IsNull() && !s.overlay()
}

// overlay reports whether an overlay is written.
func (s segmentModel) overlay() bool { return openstack.Overlay(s.Type.ValueString()) }

// untagged reports whether a type without a VLAN is written that is no overlay.
func (s segmentModel) untagged() bool {
	return s.Type.ValueString() == openstack.SegmentFlat || s.Type.ValueString() == openstack.SegmentL3Ext
}

// describes reports whether what is written is true of a network.
func (s segmentModel) describes(n openstack.Network) bool {
	vlan, flat := s.ID.ValueInt64(), s.Type.ValueString() == openstack.SegmentFlat
	switch {
	case n.Kind == openstack.NetworkExternal:
		return vlan == 0 && (s.Type.ValueString() == "" || s.untagged())
	case n.Overlay || s.overlay():
		return n.Overlay && vlan == 0 && (s.overlay() || s.Type.ValueString() == "")
	case flat:
		return n.VLAN == 0
	case vlan != 0:
		return vlan == n.VLAN
	}
	return n.VLAN != 0 || n.Trunk
}

// checkSegment refuses a segments block that nothing can carry.
func (m networkModel) checkSegment(s segmentModel) error {
	kind, id := s.Type.ValueString(), s.ID.ValueInt64()
	switch {
	case kind != "" && kind != openstack.SegmentVLAN && !s.untagged() && !s.overlay():
		return openstack.AttributeErrorf("segments", "network_type is %q: write vlan, flat, or with NSX geneve", kind)
	case kind == openstack.SegmentL3Ext && crud.Known(m.External) && !m.External.ValueBool():
		return openstack.AttributeErrorf("segments", "network_type is l3_ext, and the network is not external: write external = true, or "+
			"another network_type")
	case s.overlay() && !s.ID.IsNull():
		return openstack.AttributeErrorf("segments", "segmentation_id is %d, and NSX chooses what marks the frames of an overlay: leave it out, "+
			"or write network_type = \"vlan\"", id)
	case m.Transparent.ValueBool() && (kind != "" || !s.ID.IsNull()):
		return openstack.AttributeErrorf("segments", "transparent_vlan carries every VLAN: leave network_type and segmentation_id out")
	case s.untagged() && !s.ID.IsNull():
		return openstack.AttributeErrorf("segments", "a flat network has no VLAN: leave segmentation_id out, or write network_type = \"vlan\"")
	case !s.ID.IsNull() && (id < 1 || id > openstack.MaxVLAN):
		return openstack.AttributeErrorf("segments", "segmentation_id is %d, and a VLAN is 1 to %d: write one of these", id, openstack.MaxVLAN)
	}
	return nil
}

// planVLAN plans the network's VLAN: the written one, or that of the network that exists. Where nothing changes, nothing is planned.
func (m *networkModel) planVLAN(ctx context.Context, req networkRequest) error {
	written, state := req.Config.segment(), req.State
	if state != nil && !m.VLAN.IsUnknown() && m.Segments.Equal(state.Segments) {
		return nil
	}
	switch {
	case !written.ID.IsNull():
		m.VLAN = written.ID
		return nil
	case m.Transparent.ValueBool() || written.untagged() || written.overlay():
		m.VLAN = types.Int64Null()
		return nil
	case state != nil && !state.VLAN.IsNull():
		m.VLAN = state.VLAN
		return nil
	}
	m.VLAN = types.Int64Unknown()
	if state == nil || !req.Configured {
		return nil
	}
	have, err := req.Client.Network(ctx, state.ID.ValueString(), "")
	switch {
	case errors.Is(err, openstack.ErrNotFound): // moved, and not located yet
		return nil
	case err != nil:
		return err
	case have.VLAN != 0:
		m.VLAN = types.Int64Value(have.VLAN)
	case len(req.Config.Segments.Elements()) == 0:
		m.VLAN = types.Int64Null() // flat, or a trunk: it stays so until something is written
	}
	return nil
}

// observeSegments records what lies under a network. A block that is written stays as it is while it is true.
func (m *networkModel) observeSegments(n openstack.Network) {
	if m.VLAN = types.Int64Null(); n.VLAN != 0 && !n.Trunk {
		m.VLAN = types.Int64Value(n.VLAN)
	}
	switch {
	case m.Segments.IsNull() || m.Segments.IsUnknown():
		m.Segments = segmentsOf(n, cmp.Or(n.Zone, n.SwitchName))
	case len(m.Segments.Elements()) > 0 && !m.segment().describes(n):
		m.Segments = segmentsOf(n, "")
	}
}

// segmentsOf returns segments that describe a network, with its physical network where that is not empty. Without one, a VLAN in NSX has
// its transport zone all the same, because it would be a switch's otherwise.
func segmentsOf(n openstack.Network, physical string) types.Set {
	inNSX := n.Zone != "" && !n.Overlay // a tier-0 gateway is, too
	if n.Trunk && !inNSX {
		return types.SetValueMust(segmentType, []attr.Value{})
	}
	if inNSX {
		physical = n.Zone
	}
	kind, on, vlan := types.StringNull(), types.StringNull(), types.Int64Value(n.VLAN)
	if physical != "" {
		kind, on = types.StringValue(openstack.SegmentVLAN), types.StringValue(physical)
	}
	switch {
	case n.Kind == openstack.NetworkExternal:
		kind, vlan = types.StringValue(openstack.SegmentL3Ext), types.Int64Null()
	case n.Overlay:
		kind, vlan = types.StringValue(openstack.SegmentGeneve), types.Int64Null()
	case n.Trunk:
		kind, vlan = types.StringNull(), types.Int64Null()
	case n.VLAN == 0:
		kind, vlan = types.StringValue(openstack.SegmentFlat), types.Int64Null()
	}
	return types.SetValueMust(segmentType, []attr.Value{types.ObjectValueMust(segmentType.AttrTypes, map[string]attr.Value{
		"network_type": kind, "physical_network": on, "segmentation_id": vlan})})
}

// warnShared warns of other networks of this provider that have the VLAN of a network which leaves its VLAN to the ranges. A process that
// is ended before it reads the switch once more leaves such a portgroup behind.
func warnShared(ctx context.Context, backend sdn.Backend, n openstack.Network) {
	all, err := backend.Networks(ctx)
	if err != nil || n.VLAN == 0 {
		return
	}
	for _, other := range all {
		if other.ID != n.ID && other.SwitchUUID == n.SwitchUUID && other.VLAN == n.VLAN && other.Mark != nil {
			crud.WarnAt(ctx, path.Root("segmentation_id"), "Two networks have one VLAN", fmt.Sprintf("The networks %s and %s (%s%s) have the VLAN "+
				"%d on the switch %s, so they are one wire: %[2]s names that VLAN, or the process that made it was ended before it could see %[1]s. "+
				"Delete its portgroup where no configuration has it, or write segments with another segmentation_id for one of the two", n.Name,
				other.Name, other.ID, other.Mark.Clause(), n.VLAN, n.SwitchName))
		}
	}
}
