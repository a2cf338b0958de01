// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// The DHCP server of a network gives each port the address that its record has, by a static binding, and nobody else one. Its own address
// is claimed like a port's, as Neutron does.

// ownerDHCP is the device_owner of a DHCP server's port in Neutron.
const ownerDHCP = "network:dhcp"

// edgeCluster is what a DHCP server can run on (NSX API, PolicyEdgeCluster).
type edgeCluster struct {
	ID   string `json:"id"`
	Path string `json:"path"`
	Name string `json:"display_name"`
}

// edgeCluster returns the path of the edge cluster on which DHCP servers run.
func (b *Backend) edgeCluster(ctx context.Context) (string, error) {
	all, err := b.clusters.Get(func() ([]edgeCluster, error) {
		return api.List[edgeCluster](ctx, b.api, b.api.EnforcementPath("edge-clusters"), nil)
	})
	if err != nil {
		return "", err
	}
	wanted := b.cfg.EdgeCluster
	found := slices.DeleteFunc(slices.Clone(all), func(e edgeCluster) bool {
		return wanted != "" && e.ID != wanted && e.Path != wanted && e.Name != wanted
	})
	switch {
	case len(found) == 1:
		return found[0].Path, nil
	case len(found) > 1 && wanted == "":
		return "", openstack.ProviderErrorf("nsx.edge_cluster", "NSX has %d edge clusters, and a DHCP server runs on one: write the name or id "+
			"of that", len(found))
	case len(found) > 1:
		return "", openstack.ProviderErrorf("nsx.edge_cluster", "%d edge clusters of NSX are called %q: write the id of one", len(found), wanted)
	case wanted == "":
		return "", openstack.AttributeErrorf("enable_dhcp", "NSX has no edge cluster, on which its DHCP server would run, or does not show it "+
			"to this user: write enable_dhcp = false, or have one made")
	}
	return "", openstack.ProviderErrorf("nsx.edge_cluster", "NSX has no edge cluster %q, or does not show it to this user", wanted)
}

// serverPortID returns the id of the port that has the address of a subnet's DHCP server.
func serverPortID(subnet string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(ownerDHCP+" "+subnet)).String()
}

// serverAddress claims the address of a subnet's DHCP server.
func (b *Backend) serverAddress(ctx context.Context, s openstack.Subnet) (string, error) {
	p, err := b.records.CreatePort(ctx, sdn.PortRequest{Port: openstack.Port{ID: serverPortID(s.ID), NetworkID: s.NetworkID,
		Owner: ownerDHCP, FixedIPs: []openstack.FixedIP{{SubnetID: s.ID}}}})
	if errors.Is(err, sdn.ErrPortExists) {
		p, err = b.records.Port(ctx, s.NetworkID, serverPortID(s.ID))
	}
	if err != nil && !openstack.IsPartialEnforcement(err) {
		return "", err
	}
	if len(p.FixedIPs) == 0 {
		return "", fmt.Errorf("the record of the DHCP server of the subnet %s has lost its address: delete the port %s, and apply again", s.ID,
			p.ID)
	}
	return p.FixedIPs[0].Address, nil
}

// serve has NSX serve DHCP on a subnet, or what it serves there follow the subnet. A segment that somebody else made is left as it is.
func (b *Backend) serve(ctx context.Context, s openstack.Subnet) error {
	if len(s.DNS) == 0 {
		s.DNS = b.resolvers(s)
	}
	n, err := b.Network(ctx, s.NetworkID, "")
	if err != nil || n.Mark == nil {
		return err
	}
	owner, err := b.owner(ctx)
	if err != nil {
		return err
	}
	cluster, err := b.edgeCluster(ctx)
	if err != nil {
		return err
	}
	address, err := b.serverAddress(ctx, s)
	if err != nil {
		return err
	}
	entry, err := policy.SegmentSubnetOf(s, address)
	if err != nil {
		return err
	}
	server := b.root.DHCPServerConfig(n.ID)
	if err := b.api.Create(ctx, server, owner.DHCPServerConfig(n, cluster), nil); err != nil && !errors.Is(err, api.ErrExists) {
		return err
	}
	if err := b.changeSegment(ctx, n, func(o policy.Object) (bool, error) { return owner.MergeSubnet(o, entry, server) }); err != nil {
		return err
	}
	ports, err := b.records.Ports(ctx, n.ID)
	for _, p := range ports {
		err = errors.Join(err, b.putBindings(ctx, owner, p))
	}
	return err
}

// resolvers returns the provider's name servers of a subnet's IP version.
func (b *Backend) resolvers(s openstack.Subnet) []string {
	return slices.DeleteFunc(slices.Clone(b.records.Resolvers()), func(address string) bool {
		return sdn.IPVersion(openstack.Subnet{CIDR: address + "/0"}) != sdn.IPVersion(s)
	})
}

// changeSegment changes a segment, and waits until NSX has realized it.
func (b *Backend) changeSegment(ctx context.Context, n openstack.Network, change func(policy.Object) (bool, error)) error {
	now, err := b.api.Update(ctx, n.SegmentPath, func(is map[string]any) (bool, error) { return change(is) })
	if err != nil {
		return err
	}
	b.keep(n.ID, now)
	_, err = b.awaitSegment(ctx, n)
	return err
}

// unserve ends DHCP on a subnet, and the network's DHCP server with the last one. Where somebody has deleted the segment, only the rest
// goes.
func (b *Backend) unserve(ctx context.Context, s openstack.Subnet) error {
	owner, err := b.owner(ctx)
	if err != nil {
		return err
	}
	n, err := b.Network(ctx, s.NetworkID, "")
	if err == nil {
		err = b.unbind(ctx, owner, n, s)
	}
	if err != nil && !isNotFound(err) {
		return err
	}
	subnets, err := b.records.Subnets(ctx, s.NetworkID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(subnets, func(o openstack.Subnet) bool { return o.DHCP && o.ID != s.ID }) {
		if err := b.deleteServer(ctx, owner, s.NetworkID); err != nil {
			return err
		}
	}
	err = b.records.DeletePort(ctx, s.NetworkID, serverPortID(s.ID))
	if isNotFound(err) || openstack.IsPartialEnforcement(err) {
		return nil
	}
	return err
}

// unbind takes a subnet with DHCP out of its segment, after the static bindings of its ports.
func (b *Backend) unbind(ctx context.Context, owner policy.Owner, n openstack.Network, s openstack.Subnet) error {
	ports, err := b.records.Ports(ctx, n.ID)
	if err != nil {
		return err
	}
	s.DHCP = true // as it had when they were made
	for _, p := range ports {
		for _, binding := range owner.StaticBindings(p, []openstack.Subnet{s}) {
			if err := b.api.Delete(ctx, b.root.StaticBinding(n.ID, binding.ID)); err != nil {
				return err
			}
		}
	}
	return b.changeSegment(ctx, n, func(o policy.Object) (bool, error) { return b.withoutDHCP(ctx, owner, o, s) })
}

// deleteServer deletes the DHCP server of a network. Neutron's plugin calls those of its networks likewise: they are left.
func (b *Backend) deleteServer(ctx context.Context, owner policy.Owner, network string) error {
	path, is := b.root.DHCPServerConfig(network), policy.Object{}
	err := b.api.Get(ctx, path, &is)
	switch {
	case isNotFound(err):
		return nil
	case err != nil || !owner.Owns(is):
		return err
	}
	return b.api.Delete(ctx, path)
}

// bindings returns the static bindings of a port, by which DHCP gives it its addresses.
func (b *Backend) bindings(ctx context.Context, owner policy.Owner, p openstack.Port) ([]policy.StaticBinding, error) {
	if p.Owner == ownerDHCP {
		return nil, nil
	}
	if ours, err := b.servesItself(ctx, p.NetworkID); err != nil || !ours {
		return nil, err
	}
	subnets, err := b.records.Subnets(ctx, p.NetworkID)
	return owner.StaticBindings(p, subnets), err
}

// putBindings makes the static bindings of a port, or brings them in line.
func (b *Backend) putBindings(ctx context.Context, owner policy.Owner, p openstack.Port) error {
	all, err := b.bindings(ctx, owner, p)
	if err != nil {
		return err
	}
	for _, binding := range all {
		path := b.root.StaticBinding(p.NetworkID, binding.ID)
		err := b.api.Create(ctx, path, binding, nil)
		if errors.Is(err, api.ErrExists) {
			_, err = b.api.Update(ctx, path, func(is map[string]any) (bool, error) { return owner.MergeStaticBinding(is, binding) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}
