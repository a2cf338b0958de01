// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// planWayOut plans the external addresses: those that are written, those that the router keeps, or unknown ones.
func (m *routerModel) planWayOut(config, state *routerModel) {
	open := config.ExternalIPs.IsNull()
	if config.SNAT.IsNull() {
		m.SNAT = translates(nil, m.ExternalNetworkID)
	}
	switch {
	case crud.Known(m.ExternalNetworkID) && m.ExternalNetworkID.ValueString() == "":
		m.Addresses = textList(nil)
		if open {
			m.ExternalIPs = fixedIPList(nil)
		}
	case state != nil && state.ExternalNetworkID.Equal(m.ExternalNetworkID) && state.ExternalSubnetIDs.Equal(m.ExternalSubnetIDs) &&
		(open || state.ExternalIPs.Equal(config.ExternalIPs)) && !state.Addresses.IsNull():
		if m.Addresses = state.Addresses; open {
			m.ExternalIPs = state.wholeIPs()
		}
	default:
		m.Addresses = types.ListUnknown(types.StringType)
		if open {
			m.ExternalIPs = types.ListUnknown(fixedIPType)
		} else if all, known := m.writtenAddresses(); known {
			m.Addresses = textList(all)
		}
	}
}

// planFirstAddresses lets a router whose external network had no subnet get its addresses once there is one.
func (m *routerModel) planFirstAddresses(ctx context.Context, config *routerModel, backend sdn.Backend) error {
	network := m.ExternalNetworkID.ValueString()
	if network == "" || m.Addresses.IsUnknown() || len(m.Addresses.Elements()) > 0 {
		return nil
	}
	subnets, err := backend.Subnets(ctx, network)
	if coming, _ := backend.Planned().Subnets.New(network); len(coming)+len(subnets) == 0 {
		return err
	}
	if m.Addresses = types.ListUnknown(types.StringType); config.ExternalIPs.IsNull() {
		m.ExternalIPs = types.ListUnknown(fixedIPType)
	}
	return err
}

// wholeIPs returns the addresses on the external network. They are unknown where one was written in part, and its block is gone: what was
// chosen for the rest stands there then.
func (m routerModel) wholeIPs() types.List {
	for _, ip := range m.externalIPs() {
		if ip.SubnetID.ValueString() == "" || ip.Address.ValueString() == "" {
			return types.ListUnknown(fixedIPType)
		}
	}
	return m.ExternalIPs
}

// translates is what enable_snat amounts to: true where it is not written and there is an external network, as in Neutron.
func translates(written *bool, external types.String) types.Bool {
	switch {
	case written != nil:
		return types.BoolValue(*written)
	case external.IsUnknown():
		return types.BoolUnknown()
	case external.ValueString() == "":
		return types.BoolNull()
	}
	return types.BoolValue(true)
}

// writtenAddresses returns the addresses of the blocks. They are known if each block has one.
func (m routerModel) writtenAddresses() (all []string, known bool) {
	if m.ExternalIPs.IsUnknown() {
		return nil, false
	}
	for _, ip := range m.externalIPs() {
		if ip.Address.IsUnknown() || ip.Address.ValueString() == "" {
			return nil, false
		}
		all = append(all, ip.Address.ValueString())
	}
	return all, len(all) > 0
}

// gateway returns the planned addresses as the port of the external network that they amount to.
func (m routerModel) gateway(r openstack.Router) openstack.Port {
	g := openstack.RouterGateway{RouterID: r.ID, NetworkID: r.ExternalNetworkID}
	for _, address := range texts(m.Addresses) {
		g.FixedIPs = append(g.FixedIPs, openstack.FixedIP{Address: address})
	}
	return sdn.GatewayPort(g)
}

// checkWayOut refuses contradictions about the external network.
func (m routerModel) checkWayOut() error {
	ips, subnets := len(m.ExternalIPs.Elements()) > 0, len(m.ExternalSubnetIDs.Elements()) > 0
	if ips && subnets {
		return openstack.AttributeErrorf("external_subnet_ids", "external_fixed_ip names subnets too: write only one of them")
	}
	for _, one := range []struct {
		name    string
		written bool
	}{{"external_fixed_ip", ips}, {"external_subnet_ids", subnets}, {"enable_snat", m.SNAT.ValueBool()},
		{"external_qos_policy_id", m.QoSPolicyID.ValueString() != ""}} {
		if one.written && crud.Known(m.ExternalNetworkID) && m.ExternalNetworkID.ValueString() == "" {
			return openstack.AttributeErrorf(one.name, "it is about the external network, and there is none: write external_network_id")
		}
	}
	for i, ip := range m.externalIPs() {
		at := fmt.Sprintf("external_fixed_ip[%d]", i)
		if crud.Known(ip.SubnetID, ip.Address) && ip.SubnetID.ValueString()+ip.Address.ValueString() == "" {
			return openstack.AttributeErrorf(at, "it asks for nothing: write subnet_id or ip_address, or leave the block out")
		}
		if err := checkFixedIP(ip); err != nil {
			return openstack.AttributeErrorf(at, "%w", err)
		}
	}
	return nil
}
