// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"net/netip"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// planCut plans a subnet that is cut from a pool when it is made, or was: its prefix is unknown to the plan.
func planCut(ctx context.Context, req subnetRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	if err := req.Config.checkUnranged(); err != nil {
		return err
	}
	stays := state != nil && req.Config.span().stays(state.span()) && state.NetworkID.Equal(plan.NetworkID)
	switch {
	case plan.NoGateway.ValueBool():
		plan.Gateway = types.StringValue("")
	case stays && state.Gateway.ValueString() == "" && req.Config.Gateway.ValueString() == "":
		plan.Gateway = types.StringUnknown() // it had none
	}
	if stays || backend == nil || !crud.Known(plan.PoolID, plan.PrefixLength) {
		return nil
	}
	if state != nil {
		backend.Planned().Subnets.Replace(state.ID.ValueString())
	}
	s := plan.wish()
	s.ID = ""
	if crud.Known(plan.NetworkID) {
		if _, err := backend.Network(ctx, s.NetworkID, ""); err != nil {
			return openstack.AttributeErrorf("network_id", "%w", err)
		}
	}
	p, err := backend.CheckCut(ctx, s)
	if err != nil {
		return err
	}
	if err := plan.checkSample(p, s); err != nil {
		return err
	}
	plan.IPVersion = types.Int64Value(sdn.PoolVersion(p))
	plan.warnUnresolved(ctx, backend, state, s, "from the pool "+p.Name)
	if crud.Known(plan.NetworkID) {
		backend.Planned().Subnets.Expect(s)
	}
	return nil
}

// checkUnranged refuses arguments that need the range of a subnet that has none yet.
func (m subnetModel) checkUnranged() error {
	for _, one := range []struct {
		name    string
		written bool
	}{{"allocation_pool", len(m.Pools.Elements()) > 0}, {"host_route", len(m.Routes.Elements()) > 0},
		{"gateway_ip", m.Gateway.ValueString() != "" && !linkLocal(m.Gateway.ValueString())}} {
		if one.written {
			return openstack.AttributeErrorf(one.name, "it lies in a range that is only known when the subnet is made: write cidr, with a range "+
				"of the pool, beside it")
		}
	}
	return nil
}

// linkLocal reports whether a text is a link-local address, which a router has in every range.
func linkLocal(text string) bool {
	at, err := netip.ParseAddr(text)
	return err == nil && at.Is6() && at.IsLinkLocalUnicast()
}

// checkSample refuses what no prefix of the pool could have, with one of them.
func (m subnetModel) checkSample(p openstack.SubnetPool, s openstack.Subnet) error {
	if v := m.IPVersion.ValueInt64(); v != 0 && v != sdn.PoolVersion(p) {
		return openstack.AttributeErrorf("ip_version", "it is %d, and the subnet pool %s is of IPv%d: leave ip_version out, or write the id "+
			"of a "+
			"pool of IPv%d", v, p.Name, sdn.PoolVersion(p), v)
	}
	length, err := sdn.CutLength(p, s)
	if err != nil || !crud.Known(m.DNS, m.NoGateway, m.AddressMode, m.RAMode) {
		return err
	}
	s.CIDR, _ = sdn.Cut(p, nil, length, s.Name, 0)
	_, err = m.complete(s)
	return err
}
