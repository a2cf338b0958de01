// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// This file holds a network's QoS policy.

func networkQoSAttribute() schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: "The id of the network's QoS policy: the traffic shaping of the portgroup, or " +
		"the QoS profile of the segment, for every port without a policy of its own. Unset or empty: none of its own, and shaping that was set " +
		"otherwise stays; as in OpenStack, taking the argument out changes nothing. Changed in place.", Optional: true, Computed: true,
		PlanModifiers: []planmodifier.String{stringplanmodifier.UseNonNullStateForUnknown()}} // states of before have null
}

// planQoS plans no policy where none is written, and refuses one that does not exist.
func (m *networkModel) planQoS(ctx context.Context, backend sdn.Backend, config, state *networkModel) error {
	if m.QoSPolicyID.IsUnknown() && config.QoSPolicyID.IsNull() {
		m.QoSPolicyID = types.StringNull()
	}
	id := m.QoSPolicyID.ValueString()
	if backend == nil || id == "" || state != nil && state.QoSPolicyID.Equal(m.QoSPolicyID) {
		return nil
	}
	if _, err := policyNamed(ctx, backend, id); err != nil {
		return openstack.AttributeErrorf("qos_policy_id", "%w: write the id of one, or \"\" for none", err)
	}
	return nil
}

// policyNamed finds a QoS policy by its id. A catalogue that does not exist has none.
func policyNamed(ctx context.Context, backend sdn.Backend, id string) (openstack.QoSPolicy, error) {
	all, err := backend.QoSPolicies(ctx)
	if err != nil {
		return openstack.QoSPolicy{}, err
	}
	return only(all, func(p openstack.QoSPolicy) bool { return p.ID == id }, "QoS policy", id,
		func(p openstack.QoSPolicy) string { return p.ID })
}

// limited takes the policy out of the state where the portgroup is not shaped as the policy says, so that a plan has it set right.
func (m networkModel) limited(ctx context.Context, backend sdn.Backend, n openstack.Network) (networkModel, error) {
	if n.QoSPolicyID == "" {
		return m, nil
	}
	p, err := policyNamed(ctx, backend, n.QoSPolicyID)
	if errors.Is(err, openstack.ErrNotFound) {
		m.QoSPolicyID = types.StringValue("")
		return m, nil
	}
	if err != nil || p.Shaping() == n.Shaping {
		return m, err
	}
	m.QoSPolicyID = types.StringValue("")
	is := strings.Join(n.Shaping.Lines(), ", ")
	if is == "" {
		is = "nothing is limited"
	}
	what := "portgroup"
	if n.Kind == openstack.NetworkSegment {
		what = "segment"
	}
	crud.WarnAt(ctx, path.Root("qos_policy_id"), "The "+what+" has other limits than its QoS policy", "Of the network "+n.Name+" "+is+
		", and its QoS policy "+p.ID+" says: "+strings.Join(p.Shaping().Lines(), ", ")+". The plan sets the policy anew")
	return m, nil
}
