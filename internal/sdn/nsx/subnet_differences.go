// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// Subnet returns a subnet. One whose record says DHCP has none where NSX does not serve what the record says, and one whose record says
// none has it where a DHCP server still has an address, because somebody has changed that or a process ended in between: enable_dhcp is a
// difference then, and the change brings NSX in line.
func (b *Backend) Subnet(ctx context.Context, network, id string) (openstack.Subnet, error) {
	s, err := b.records.Subnet(ctx, network, id)
	switch {
	case err != nil:
		return s, err
	case s.DHCP:
		s.DHCP, err = b.serves(ctx, s)
	default:
		s.DHCP, err = b.hasServer(ctx, s)
	}
	return s, err
}

// hasServer reports whether a DHCP server has an address of a subnet. Its claim is the first that is made of a server, and the last that
// goes.
func (b *Backend) hasServer(ctx context.Context, s openstack.Subnet) (bool, error) {
	_, err := b.records.Port(ctx, s.NetworkID, serverPortID(s.ID))
	if isNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// serves reports whether NSX serves DHCP on a subnet as its record says, to all ports on it.
func (b *Backend) serves(ctx context.Context, s openstack.Subnet) (bool, error) {
	n, err := b.Network(ctx, s.NetworkID, "")
	if isNotFound(err) {
		return false, nil
	}
	if err != nil || n.Mark == nil { // of a segment that somebody else made, DHCP is theirs
		return true, err
	}
	owner, err := b.owner(ctx)
	if err != nil {
		return false, err
	}
	entry, there, err := b.entryOf(ctx, s)
	if err != nil || !there {
		return false, err
	}
	segments, err := b.segments(ctx)
	if err != nil {
		return false, err
	}
	for _, is := range segments {
		if is.ID() != n.ID {
			continue
		}
		changes, err := owner.MergeSubnet(is.Copy(), entry, b.root.DHCPServerConfig(n.ID))
		if err != nil || changes {
			return false, nil //nolint:nilerr // what cannot be merged is somebody else's, and not what the record says
		}
		return b.allBound(ctx, owner, s)
	}
	return false, nil
}

// entryOf returns what the segment says of a subnet where NSX serves DHCP on it. There is none without an address of the DHCP server.
func (b *Backend) entryOf(ctx context.Context, s openstack.Subnet) (entry policy.SegmentSubnet, there bool, err error) {
	server, err := b.records.Port(ctx, s.NetworkID, serverPortID(s.ID))
	if isNotFound(err) || err == nil && len(server.FixedIPs) == 0 {
		return entry, false, nil
	}
	if err != nil {
		return entry, false, err
	}
	if len(s.DNS) == 0 {
		s.DNS = b.resolvers(s)
	}
	entry, err = policy.SegmentSubnetOf(s, server.FixedIPs[0].Address)
	return entry, err == nil, err
}

// allBound reports whether each port of a subnet has the static bindings of its record.
func (b *Backend) allBound(ctx context.Context, owner policy.Owner, s openstack.Subnet) (bool, error) {
	all, err := api.List[policy.Object](ctx, b.api, b.api.Path("segments", s.NetworkID, "dhcp-static-binding-configs"), nil)
	if err != nil {
		return false, err
	}
	there := map[string]policy.Object{}
	for _, o := range all {
		there[o.ID()] = o
	}
	ports, err := b.records.Ports(ctx, s.NetworkID)
	if err != nil {
		return false, err
	}
	for _, p := range ports {
		if p.Owner == ownerDHCP {
			continue
		}
		for _, binding := range owner.StaticBindings(p, []openstack.Subnet{s}) {
			is, found := there[binding.ID]
			if !found {
				return false, nil
			}
			if changes, err := owner.MergeStaticBinding(is.Copy(), binding); err != nil || changes {
				return false, nil //nolint:nilerr // what cannot be merged is somebody else's, and not what the record says
			}
		}
	}
	return true, nil
}
