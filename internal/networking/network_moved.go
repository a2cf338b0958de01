// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// networkMoves converts networks of other providers. OpenStack's network is the portgroup that its driver made, or that Nova plugs
// instances into. The vSphere provider's portgroup has the same id here, and is read as after an import.
var networkMoves = []crud.StateMove[networkModel]{
	{From: "openstack_networking_network_v2", There: true, Convert: networkFromPriorState},
	{From: "vsphere_distributed_port_group", AsFound: true, There: true, Convert: portgroupFromPriorState},
}

// commonFromPriorState converts the arguments that every noun of the network service has. Values that may be defaults are left out.
func commonFromPriorState(old crud.PriorState) commonModel {
	return commonModel{describedModel: describedFromPriorState(old), Tenant: old.Text("tenant_id")}
}

func describedFromPriorState(old crud.PriorState) describedModel {
	return describedModel{Name: old.Text("name"), labelledModel: labelledModel{ID: old.Text("id"), Description: old.Text("description"),
		Tags: old.Set("tags"), AllTags: crud.SetOf(old.Texts("all_tags")), Region: old.Text("region"), ValueSpecs: old.Map("value_specs")}}
}

// limitsFromPriorState converts a timeouts block.
func limitsFromPriorState(old crud.PriorState, limits ...string) timeouts.Value {
	return timeouts.Value{Object: old.Timeouts(limits...)}
}

// networkFromPriorState leaves segments out: OpenStack returns a network's segments to administrators even if they did not write them.
func networkFromPriorState(old crud.PriorState) (networkModel, error) {
	return networkModel{commonModel: commonFromPriorState(old), AdminUp: old.Or("admin_state_up", true),
		PortSecurity: old.Or("port_security_enabled", true), Shared: old.Or("shared", false),
		External: old.Or("external", false), Transparent: old.Or("transparent_vlan", false), MTU: types.Int64Value(old.Int("mtu").ValueInt64()),
		DNSDomain: old.Text("dns_domain"), QoSPolicyID: old.Text("qos_policy_id"),
		ZoneHints: old.Set("availability_zone_hints"), Segments: types.SetValueMust(segmentType, []attr.Value{}),
		Timeouts: limitsFromPriorState(old, "create", "delete")}, nil
}

// portgroupFromPriorState identifies a portgroup by its managed object id, or by its key if the vSphere provider had imported it.
func portgroupFromPriorState(old crud.PriorState) (networkModel, error) {
	described := describedModel{Name: old.Text("name"), labelledModel: labelledModel{ID: old.Text("id"),
		Tags: types.SetNull(types.StringType), AllTags: crud.SetOf(nil), ValueSpecs: types.MapNull(types.StringType)}}
	m := networkModel{commonModel: commonModel{describedModel: described},
		AdminUp: types.BoolValue(!old.Bool("block_all_ports").ValueBool()), PortSecurity: types.BoolValue(true),
		Shared: types.BoolValue(false), External: types.BoolValue(false), Transparent: types.BoolValue(len(old.Blocks("vlan_range")) > 0),
		ZoneHints: types.SetNull(types.StringType),
		Timeouts:  noTimeouts()}
	m.Segments = segmentsOf(openstack.Network{Trunk: m.Transparent.ValueBool(), VLAN: old.Int("vlan_id").ValueInt64()}, "")
	return m, nil
}

// locateNetwork finds the portgroup of a network that was OpenStack's. The state keeps OpenStack's values until this provider has written
// to the portgroup, because a configuration that was written for OpenStack does not mention Neutron's settings. A portgroup with this
// provider's mark belongs to another state, because this one has made none.
func locateNetwork(ctx context.Context, req networkRequest) (networkModel, bool, error) {
	backend, m := req.Client, *req.State
	n, err := backend.Network(ctx, m.ID.ValueString(), "")
	if errors.Is(err, openstack.ErrNotFound) {
		n, err = backend.NetworkOfOpenStack(ctx, m.ID.ValueString(), m.Name.ValueString())
	}
	switch {
	case err != nil:
		return m, false, openstack.AttributeErrorf("id", "the network %s (%s) was moved from OpenStack, and its portgroup is not found: %w. "+
			"Rename the portgroup to %q, or import it (an import block instead of the moved block)",
			m.Name.ValueString(), m.ID.ValueString(), err, m.Name.ValueString())
	case n.Manageable() != nil:
		return m, false, openstack.AttributeErrorf("id", "it was moved from OpenStack, and %w. Or take it out of the state (a removed block "+
			"with destroy = false)", n.Manageable())
	}
	if n.Mark != nil {
		crud.Warn(ctx, "Found as another state's network", fmt.Sprintf("The network %s was moved from OpenStack, and its portgroup %s was "+
			"made by %s at %s. This state writes to it what its plans show, and never deletes it",
			m.Name.ValueString(), n.Name, n.Mark.By, n.Mark.At.Format(time.RFC3339)))
	}
	m.ID = types.StringValue(n.ID)
	return m, false, nil
}

// adoptIntoNetwork writes to the portgroup only what is planned to differ from OpenStack. Everything else stays as it was set, so that
// running VMs see no change that the plan has not shown; if the portgroup differs from the state, the next plan shows it.
func adoptIntoNetwork(ctx context.Context, req networkRequest) (*networkModel, error) {
	backend, plan, state := req.Client, *req.Plan, *req.State
	if !plan.ID.Equal(state.ID) {
		return nil, openstack.AttributeErrorf("id", "the network %s was moved from OpenStack, and the state has not seen its portgroup %s yet: "+
			"apply with a refresh (without -refresh=false)", plan.Name.ValueString(), state.ID.ValueString())
	}
	have, err := backend.Network(ctx, state.ID.ValueString(), "")
	if err != nil {
		return nil, err
	}
	n := plan.over(have, *req.Config)
	if plan.Name.Equal(state.Name) && n.Name != have.Name {
		n.Name, n.Alias = have.Name, n.Name
	}
	if plan.AdminUp.Equal(state.AdminUp) {
		n.AdminUp = have.AdminUp
	}
	if plan.PortSecurity.Equal(state.PortSecurity) {
		n.Insecure = have.Insecure
	}
	if plan.Description.Equal(state.Description) && plan.Description.IsNull() {
		n.Description = have.Description
	}
	n, err = backend.UpdateNetwork(ctx, n)
	now := plan.with(n)
	now.AdminUp, now.PortSecurity, now.Transparent, now.Description = plan.AdminUp, plan.PortSecurity, plan.Transparent, plan.Description
	return crud.Result(now, err)
}

// neutronID reports whether an id has the form of Neutron's ids, which no id of a vCenter has, but those of most segments in NSX.
func neutronID(id string) bool { return neutronForm.MatchString(id) }

var neutronForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// otherNetwork replaces a resource that is to be on another network. In a state that was moved from OpenStack, another id in place of
// Neutron's is no change: the configuration names the network by its new id.
func otherNetwork(ctx context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = !neutronID(req.StateValue.ValueString()) || crud.OriginOf(ctx, req.Private) == nil
}

// networkOf returns the id here of a moved subnet's or port's network. If no such network is found, it keeps Neutron's id until a
// configuration names a network.
func networkOf(ctx context.Context, backend sdn.Backend, id types.String) (here types.String, found bool, err error) {
	if !neutronID(id.ValueString()) {
		return id, true, nil
	}
	n, err := backend.NetworkOfOpenStack(ctx, id.ValueString(), "")
	if errors.Is(err, openstack.ErrNotFound) {
		return id, false, nil
	}
	return types.StringValue(n.ID), err == nil, err
}
