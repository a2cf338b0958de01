// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// This file holds a port's security groups, and their effects on the network.

type pairModel struct {
	Address types.String `tfsdk:"ip_address"`
	MAC     types.String `tfsdk:"mac_address"`
}

var pairType = types.ObjectType{AttrTypes: map[string]attr.Type{"ip_address": types.StringType, "mac_address": types.StringType}}

func (m portModel) pairModels() (out []pairModel) {
	if crud.Known(m.Pairs) {
		out = crud.Elements[pairModel](m.Pairs)
	}
	return out
}

// pairs returns the allowed address pairs, sorted, because a set has no order.
func (m portModel) pairs() (out []openstack.AddressPair) {
	for _, pair := range m.pairModels() {
		out = append(out, openstack.AddressPair{Address: pair.Address.ValueString(), MAC: pair.MAC.ValueString()})
	}
	slices.SortFunc(out, func(a, b openstack.AddressPair) int { return strings.Compare(a.Address+a.MAC, b.Address+b.MAC) })
	return out
}

func pairSet(pairs []openstack.AddressPair) types.Set {
	out := make([]attr.Value, len(pairs))
	for i, pair := range pairs {
		out[i] = types.ObjectValueMust(pairType.AttrTypes, map[string]attr.Value{"ip_address": types.StringValue(pair.Address),
			"mac_address": crud.KeepEmpty(types.StringNull(), pair.MAC)})
	}
	return types.SetValueMust(pairType, out)
}

// checkPairs refuses invalid addresses, and pairs on a port without port security.
func (m portModel) checkPairs() error {
	for _, pair := range m.pairModels() {
		if !crud.Known(pair.Address, pair.MAC) {
			continue
		}
		if _, err := sdn.NormalPrefix(pair.Address.ValueString()); err != nil {
			return openstack.AttributeErrorf("allowed_address_pairs", "%w", err)
		}
		mac := pair.MAC.ValueString()
		if mac == "" {
			continue
		}
		switch normal, err := sdn.NormalMAC(mac); {
		case err != nil:
			return openstack.AttributeErrorf("allowed_address_pairs", "%w", err)
		case normal != mac:
			return openstack.AttributeErrorf("allowed_address_pairs", "%s is written as %s", mac, normal)
		}
	}
	if m.PortSecurity.Equal(types.BoolValue(false)) && len(m.Pairs.Elements()) > 0 {
		return openstack.AttributeErrorf("allowed_address_pairs", "a port without port security may use every address: write "+
			"port_security_enabled = true, or leave the pairs out")
	}
	return nil
}

// planGroups plans all groups of the port.
func (m *portModel) planGroups(ctx context.Context, backend sdn.Backend, config portModel, state *portModel) error {
	if m.NoGroups.ValueBool() && len(m.GroupIDs.Elements()) > 0 {
		return openstack.AttributeErrorf("no_security_groups", "it contradicts security_group_ids: write only one of them")
	}
	switch {
	case m.NoGroups.IsUnknown(), state == nil && config.PortSecurity.IsUnknown() && hasDefaults(backend):
		m.AllGroups = types.SetUnknown(types.StringType)
	case state != nil && !m.writesGroups(backend, *state):
		m.AllGroups = state.AllGroups
	case m.GroupIDs.IsUnknown() || !crud.Known(m.GroupIDs):
		m.AllGroups = types.SetUnknown(types.StringType)
	case state == nil:
		m.AllGroups = m.firstGroups(ctx, backend)
	default:
		m.AllGroups = crud.SetOf(crud.Strings(m.GroupIDs))
	}
	if backend == nil {
		return nil
	}
	once := func(summary, detail string) { crud.WarnOnce(ctx, backend.Planned(), summary, detail) }
	switch names := crud.Strings(m.AllGroups); {
	case backend.Enforcer() == sdn.EnforcePhysical && (len(names) > 0 || m.AllGroups.IsUnknown()):
		sdn.WarnPhysical(once)
	case slices.Contains(names, sdn.DefaultGroupID):
		sdn.WarnDefault(once)
	}
	return nil
}

// planEffective plans the rules in force: unchanged if they are what the groups amount to, else unknown with a warning about the
// difference.
func (m *portModel) planEffective(ctx context.Context, backend sdn.Backend, state *portModel) error {
	free := crud.Known(m.AllGroups, m.QoSPolicyID) && len(m.AllGroups.Elements()) == 0 && m.QoSPolicyID.ValueString() == ""
	switch { // NSX may still filter a port of which a process was to take the groups that was killed
	case free && (state == nil || backend == nil || backend.Enforcer() != sdn.EnforceNSX || m.refiltered(*state)):
		m.Effective = textList(nil)
		return nil
	case state == nil || backend == nil || m.refiltered(*state):
		m.Effective = types.ListUnknown(types.StringType)
		return nil
	}
	p, err := backend.Port(ctx, state.NetworkID.ValueString(), state.ID.ValueString())
	if errors.Is(err, openstack.ErrNotFound) || errors.Is(err, openstack.ErrNoRecords) { // moved from OpenStack, not recorded yet
		m.Effective = types.ListUnknown(types.StringType)
		return nil
	}
	if err != nil {
		return err
	}
	is, want, err := backend.EffectiveRules(ctx, p)
	err = crud.WarnPartial(ctx, err)
	if m.Effective = state.Effective; free {
		m.Effective = textList(nil)
	}
	if err != nil || slices.Equal(is, want) {
		return err
	}
	m.Effective = types.ListUnknown(types.StringType)
	switch backend.Enforcer() {
	case sdn.EnforceNSX:
		crud.WarnAt(ctx, path.Root("effective_rules"), "NSX does not do what the groups and the policy say", "The port "+p.ID+
			" is brought up to its groups and its QoS policy by this apply:\n"+ruleDifference(is, want))
	case sdn.EnforcePhysical:
		crud.WarnAt(ctx, path.Root("effective_rules"), "The switch still filters", "The port "+p.ID+" has traffic rules on the switch from when "+
			"the provider's security_groups was \""+sdn.EnforceDVS+"\": this apply removes them, because its groups are enforced elsewhere now")
	default:
		crud.WarnAt(ctx, path.Root("effective_rules"), "The switch does not do what the groups and the policy say", "The port "+p.ID+
			" is brought up to its groups and its QoS policy by this apply:\n"+ruleDifference(is, want))
	}
	return nil
}

// firstGroups returns the groups of a new port: those that it names, else the default groups if it has port security. They are unknown
// while its network does not exist, which decides whether it has them.
func (m portModel) firstGroups(ctx context.Context, backend sdn.Backend) types.Set {
	named := crud.Strings(m.GroupIDs)
	if !hasDefaults(backend) || len(named) > 0 || m.NoGroups.ValueBool() {
		return crud.SetOf(named)
	}
	written := crud.Known(m.PortSecurity) && !m.PortSecurity.IsNull()
	if written && !m.PortSecurity.ValueBool() {
		return crud.SetOf(nil)
	}
	switch {
	case written && backend.Enforcer() == sdn.EnforcePhysical: // on whatever network
		return crud.SetOf(backend.DefaultGroups(openstack.Network{}))
	case m.NetworkID.IsUnknown():
		return types.SetUnknown(types.StringType)
	}
	n, err := backend.Network(ctx, m.NetworkID.ValueString(), "")
	switch {
	case err != nil: // CheckPort returns the error
		return types.SetUnknown(types.StringType)
	case n.Insecure && !written:
		return crud.SetOf(nil)
	}
	return crud.SetOf(backend.DefaultGroups(n))
}

// hasDefaults reports whether ports for which no groups are named can have default groups.
func hasDefaults(backend sdn.Backend) bool {
	return backend != nil && sdn.AsInOpenStack(backend.Enforcer())
}

// writesGroups reports whether the configuration decides the groups of an existing port. If it names none and named none before, others may
// set them. Where ports have default groups, an empty set names none either.
func (m portModel) writesGroups(backend sdn.Backend, state portModel) bool {
	if hasDefaults(backend) {
		return m.NoGroups.ValueBool() || len(m.GroupIDs.Elements())+len(state.GroupIDs.Elements()) > 0
	}
	return !m.GroupIDs.IsNull() || m.NoGroups.ValueBool() || !state.GroupIDs.IsNull()
}

// defaultsAmong returns the groups that are default groups.
func defaultsAmong(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !sdn.IsDefaultGroup(id) })
}

// mostShown is the number of lines of a difference that are shown.
const mostShown = 12

func ruleDifference(is, want []string) string {
	var lines []string
	for _, line := range want {
		if !slices.Contains(is, line) {
			lines = append(lines, "  + "+line)
		}
	}
	for _, line := range is {
		if !slices.Contains(want, line) {
			lines = append(lines, "  - "+line)
		}
	}
	if len(lines) == 0 {
		lines = []string{"  the same rules in another order"}
	}
	if more := len(lines) - mostShown; more > 0 {
		lines = append(lines[:mostShown:mostShown], fmt.Sprintf("  and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// refiltered reports whether the plan leads to another filter.
func (m portModel) refiltered(state portModel) bool {
	return !m.AllGroups.Equal(state.AllGroups) || !m.AllFixedIPs.Equal(state.AllFixedIPs) || !slices.Equal(m.pairs(), state.pairs()) ||
		!crud.Known(m.Pairs, m.QoSPolicyID) || m.QoSPolicyID.ValueString() != state.QoSPolicyID.ValueString()
}

// filtered sets the rules that are in force.
func (m portModel) filtered(ctx context.Context, backend sdn.Backend, p openstack.Port) (portModel, error) {
	is, _, err := backend.EffectiveRules(ctx, p)
	m.Effective = textList(is)
	enforced := backend.Enforcer() != sdn.EnforcePhysical && len(p.Groups) > len(defaultsAmong(p.Groups))
	if p.PluggedElsewhere() && enforced {
		crud.WarnAt(ctx, path.Root("effective_rules"), "Its groups are not enforced", "The port "+p.ID+" is plugged into the instance "+
			p.DeviceID+", and this provider did not plug it in: nothing of what its security groups say is set at that NIC by this provider")
	}
	return m, crud.WarnPartial(ctx, err)
}

// refilter is filtered after an update. If the plan announced it, it updates the switch. Otherwise the planned rules stay in the state,
// because an apply must return what was planned; the next plan reads what others changed meanwhile.
func (m portModel) refilter(ctx context.Context, backend sdn.Backend, state portModel, p openstack.Port) (portModel, error) {
	now := m.with(p)
	if now.PortSecurity.IsUnknown() {
		now = now.securedBy(ctx, backend, p)
	}
	if !m.Effective.IsUnknown() {
		return now, nil
	}
	outdated := !m.refiltered(state)
	if !outdated && hasDefaults(backend) { // nothing else removes a filter that is left on the switch, or makes good what NSX has lost
		is, want, err := backend.EffectiveRules(ctx, p)
		outdated = err == nil && !slices.Equal(is, want)
	}
	if outdated {
		if err := backend.Enforce(ctx, p); err != nil {
			return now, err
		}
	}
	return now.filtered(ctx, backend, p)
}

// withGroups sets the port's groups and pairs. If the configured groups differ from the port's, it sets those of the port.
func (m portModel) withGroups(p openstack.Port) portModel {
	m.AllGroups = crud.SetOf(p.Groups)
	if !m.GroupIDs.IsNull() && (len(m.GroupIDs.Elements()) > 0 || !slices.Equal(p.Groups, defaultsAmong(p.Groups))) {
		m.GroupIDs = crud.SetOf(p.Groups)
	}
	if m.NoGroups.ValueBool() && len(p.Groups) > 0 {
		m.NoGroups = types.BoolValue(false)
	}
	written := m.pairs()
	if m.Pairs.IsNull() || m.Pairs.IsUnknown() || !slices.Equal(written, p.AllowedPairs) {
		m.Pairs = pairSet(p.AllowedPairs)
	}
	return m
}
