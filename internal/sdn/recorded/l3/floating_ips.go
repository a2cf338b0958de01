// SPDX-License-Identifier: MPL-2.0

package l3

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded/l3/law"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// CheckFloatingIPs refuses floating IPs unless the provider has routers: nothing else translates addresses.
func (b *Backend) CheckFloatingIPs() error {
	if b.c.Config.Routers != "" {
		return nil
	}
	return openstack.ProviderErrorf("routers", "it is not set, and a vCenter translates no addresses: set the provider's routers = %q, if "+
		"the gateways of an NSX do (block nsx), or %q, if a physical gateway does and floating IPs are to be recorded only", vcenter.RoutersNSX,
		vcenter.RoutersPhysical)
}

// CheckFloatingIP refuses a network that is not external, an address that it does not have or that is taken, and a port that the floating
// IP cannot lead to. It sets the address of the port, where it is known.
func (b *Backend) CheckFloatingIP(ctx context.Context, f openstack.FloatingIP) (openstack.FloatingIP, error) {
	if err := b.CheckFloatingIPs(); err != nil {
		return f, err
	}
	if f.NetworkID != "" {
		if err := b.checkPool(ctx, f); err != nil {
			return f, err
		}
	}
	if f.PortID == "" {
		return f, nil
	}
	return b.checkTarget(ctx, f)
}

// checkPool refuses a network that is not external and, for a new floating IP, what it cannot have there.
func (b *Backend) checkPool(ctx context.Context, f openstack.FloatingIP) error {
	n, err := b.place.Network(ctx, f.NetworkID, "")
	if err != nil {
		return openstack.AttributeErrorf("pool", "%w", err)
	}
	if n = b.willBe(n); b.c.Config.Routers == vcenter.RoutersNSX && n.Kind != openstack.NetworkExternal {
		return openstack.AttributeErrorf("pool", "the network %s is no tier-0 gateway of NSX, and routers are NSX's: name a "+
			"novasphere_networking_network with external = true whose physical_network is a tier-0, or the tier-0 itself", n.Name)
	}
	if !n.External {
		return openstack.AttributeErrorf("pool", "the network %s is not marked as a way out: write external = true in its "+
			"novasphere_networking_network, or name another", n.Name)
	}
	if f.ID != "" {
		return nil
	}
	w := recorded.FloatingRequest(f)
	return b.whenPlanned(ctx, func() error {
		there, err := b.Subnets(ctx, n.ID)
		if err != nil {
			return err
		}
		if err := inPool(f, n, append(b.Planned().Subnets.At(n.ID), there...)); err != nil || f.Address == "" {
			return err
		}
		holders, err1 := b.HoldersOn(ctx, n.ID)
		foreign, err2 := b.foreign(ctx, n.ID, false)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		subnets := b.Planned().Subnets.Overlay(ctx, openstack.Subnet{ID: "none of them", NetworkID: n.ID}, there)
		return law.AtPlace(f, sdn.Foresee(w, subnets, append(b.Planned().Ports.Overlay(ctx, w.Port, holders), foreign...)))
	})
}

// inPool refuses subnets and an address that an external network does not have. Where a subnet of the same plan may have the address, the
// error is an unready.
func inPool(f openstack.FloatingIP, n openstack.Network, subnets []openstack.Subnet) error {
	has := func(id string) bool {
		return slices.ContainsFunc(subnets, func(s openstack.Subnet) bool { return s.ID == id })
	}
	list := recorded.Inventory(subnets, nil)
	switch {
	case len(subnets) == 0:
		return unready{law.NoSubnet(n.Name)}
	case f.SubnetID != "" && !has(f.SubnetID):
		return openstack.AttributeErrorf("subnet_id", "the external network %s has no subnet %s: it has %s", n.Name, f.SubnetID, list)
	case len(f.SubnetIDs) > 0 && !slices.ContainsFunc(f.SubnetIDs, has):
		return openstack.AttributeErrorf("subnet_ids", "none of these is a subnet of the external network %s: it has %s", n.Name, list)
	case f.Address != "" && !slices.ContainsFunc(subnets, func(s openstack.Subnet) bool { return sdn.In(s, f.Address) }):
		return unready{openstack.AttributeErrorf("address", "no subnet of the external network %s has the address %s: it has %s", n.Name,
			f.Address, list)}
	}
	return nil
}

// checkTarget sets the address of the port that a floating IP is to lead to, and refuses one that no router reaches, or that has a
// floating IP of the network already. What an existing one leads to already is not asked for again.
func (b *Backend) checkTarget(ctx context.Context, f openstack.FloatingIP) (openstack.FloatingIP, error) {
	p, err := b.portOf(ctx, f.PortID, ofFloatingIP)
	if err != nil {
		return f, err
	}
	p, known, err := b.portToBe(ctx, p)
	if err != nil || !known {
		return f, err
	}
	ip, err := addressOf(p, f.FixedIP, ofFloatingIP)
	if err != nil {
		return f, err
	}
	if f.FixedIP = ip.Address; f.NetworkID == "" {
		return f, nil
	}
	others, err := b.FloatingIPs(ctx, f.NetworkID)
	if err != nil {
		return f, err
	}
	if slices.ContainsFunc(others, func(o openstack.FloatingIP) bool { return o.ID == f.ID && law.SameTarget(o, f) }) {
		return f, law.OneEach(b.rivals(ctx, f, nil), f)
	}
	if err := b.foreseen(ctx, way{f.NetworkID, p, ip, ofFloatingIP}); err != nil {
		return f, err
	}
	if err := law.OneEach(b.rivals(ctx, f, nil), f); err != nil {
		return f, err
	}
	if err := b.whenGone(ctx, func() error { return law.OneEach(b.rivals(ctx, f, others), f) }); err != nil || f.ID == "" {
		return f, err
	}
	stay := slices.DeleteFunc(b.Planned().Forwardings.All(), func(w openstack.Forwarding) bool { return w.FloatingIPID != f.ID })
	return f, law.Unforwarded(f, stay) // others may go in the same apply: Terraform plans what depends on the floating IP after it
}

// rivals returns the floating IPs that will be beside a planned one, of which some exist. Another one that is planned to lead to the same
// address is among them, unless the planned one may be its successor.
func (b *Backend) rivals(ctx context.Context, f openstack.FloatingIP, there []openstack.FloatingIP) []openstack.FloatingIP {
	planned := b.Planned().FloatingIPs
	all := planned.Overlay(ctx, f, there)
	if !openstack.Succeeds(ctx) {
		for _, key := range planned.Keys(f) {
			all = append(all, planned.At(key)...)
		}
	}
	return all
}

// CreateFloatingIP claims the address and writes the record, in one write. One that is returned with an id exists, even with an error.
func (b *Backend) CreateFloatingIP(ctx context.Context, f openstack.FloatingIP) (openstack.FloatingIP, error) {
	if err := b.CheckFloatingIPs(); err != nil {
		return openstack.FloatingIP{}, err
	}
	mark := b.c.Records.Mark("")
	f.ID, f.Mark = cmp.Or(f.ID, uuid.NewString()), &mark
	b.Makes(f.ID)
	var made openstack.FloatingIP
	err := b.whenReady(ctx, func() error {
		want, err := b.aimed(ctx, f)
		if err != nil {
			return err
		}
		if made, err = b.claimFloatingIP(ctx, want); err != nil {
			return err
		}
		return b.confirm(ctx, made, nil)
	})
	if err == nil && made.RouterID != "" {
		err = b.carryNew(ctx, made.ID, made.RouterID, func(end context.Context) error { return b.dropFloatingIP(end, made) })
	}
	if err != nil && made.ID != "" {
		if _, failed := b.recordedFloatingIP(ctx, made.ID); errors.Is(failed, openstack.ErrNotFound) {
			made.ID = ""
		}
	}
	return made, err
}

// claimFloatingIP writes the record of a new floating IP with the address that it gets. Its id is empty if there is an error.
func (b *Backend) claimFloatingIP(ctx context.Context, f openstack.FloatingIP) (made openstack.FloatingIP, err error) {
	n, err := b.place.Network(ctx, f.NetworkID, "")
	if err != nil {
		return made, openstack.AttributeErrorf("pool", "%w", err)
	}
	if !b.willBe(n).External {
		return made, b.checkPool(ctx, f)
	}
	err = b.Claiming(ctx, f.NetworkID, func() error {
		foreign, err := b.foreign(ctx, f.NetworkID, true)
		if err != nil {
			return err
		}
		return b.c.Records.OfNetwork(f.NetworkID).Claim(ctx, func(all records.Set) (err error) {
			if made, err = claimIn(all, f, n, foreign); err != nil {
				return err
			}
			return all.Put(recorded.FloatingIPKind, made.ID, made)
		})
	})
	if err != nil {
		made = openstack.FloatingIP{}
	}
	return made, err
}

// claimIn gives a floating IP the first address that is free, and refuses what its network's records and others exclude.
func claimIn(all records.Set, f openstack.FloatingIP, n openstack.Network, foreign []openstack.Port) (openstack.FloatingIP, error) {
	subnets, err1 := records.All[openstack.Subnet](all, recorded.SubnetKind)
	holders, err2 := recorded.Holders(all)
	others, err3 := records.All[openstack.FloatingIP](all, recorded.FloatingIPKind)
	if err := errors.Join(err1, err2, err3); err != nil {
		return f, err
	}
	if f.PortID != "" {
		if err := law.OneEach(others, f); err != nil {
			return f, unready{err}
		}
	}
	wanted, err := places(f, n, subnets)
	for _, ip := range wanted {
		var p openstack.Port
		w := recorded.FloatingRequest(f)
		w.FixedIPs = []openstack.FixedIP{ip}
		if p, err = sdn.Claim(w, subnets, append(holders, foreign...)); err == nil {
			f.SubnetID, f.Address = p.FixedIPs[0].SubnetID, p.FixedIPs[0].Address
			return f, nil
		}
		if !sdn.IsTaken(err) {
			return f, law.AtPlace(f, err)
		}
	}
	if sdn.IsTaken(err) {
		err = law.AtPlace(f, law.Idle(law.ClaimError(err), f, others))
	}
	return f, err
}

// places returns where a floating IP may have its address, in the order in which they are tried: on the subnets that are named, or on any
// with IPv4, the oldest first.
func places(f openstack.FloatingIP, n openstack.Network, subnets []openstack.Subnet) (out []openstack.FixedIP, err error) {
	if err := inPool(f, n, subnets); err != nil {
		return nil, err
	}
	if f.Address != "" || f.SubnetID != "" {
		return []openstack.FixedIP{{SubnetID: f.SubnetID, Address: f.Address}}, nil
	}
	age := func(s openstack.Subnet) int64 {
		if s.Mark == nil {
			return 0
		}
		return s.Mark.At.UnixNano()
	}
	sorted := slices.SortedFunc(slices.Values(subnets), func(a, b openstack.Subnet) int {
		if i, j := slices.Index(f.SubnetIDs, a.ID), slices.Index(f.SubnetIDs, b.ID); i != j {
			return cmp.Compare(i, j)
		}
		return cmp.Or(cmp.Compare(age(a), age(b)), cmp.Compare(a.ID, b.ID))
	})
	for _, s := range sorted {
		if sdn.IPVersion(s) == 4 && (len(f.SubnetIDs) == 0 || slices.Contains(f.SubnetIDs, s.ID)) {
			out = append(out, openstack.FixedIP{SubnetID: s.ID})
		}
	}
	if len(out) == 0 {
		return nil, law.NoSubnet(n.Name)
	}
	return out, nil
}
