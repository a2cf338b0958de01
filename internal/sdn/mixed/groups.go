// SPDX-License-Identifier: MPL-2.0

package mixed

import (
	"cmp"
	"context"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/groups"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// All security groups of a configuration have one home: NSX, where the provider's security_groups says so, else the records alone or the
// switch. Without that, nothing of NSX's firewall is ever called.

// lawOf returns what security groups may ask for.
func lawOf(c *vcenter.Client) recorded.Law {
	if c.Config.SecurityGroups == sdn.EnforceNSX {
		return groups.Law{}
	}
	return dvs.LawOf(c)
}

// firewall is what changes security groups, their rules and address groups.
type firewall interface {
	CreateGroup(ctx context.Context, g openstack.SecurityGroup) (openstack.SecurityGroup, error)
	UpdateGroup(ctx context.Context, g openstack.SecurityGroup) (openstack.SecurityGroup, error)
	DeleteGroup(ctx context.Context, id string) error
	RemoveGroup(ctx context.Context, g openstack.SecurityGroup) error
	CreateRule(ctx context.Context, r openstack.SecurityGroupRule) (openstack.SecurityGroupRule, error)
	DeleteRule(ctx context.Context, id string) error
	CheckAddressGroup(ctx context.Context, g openstack.AddressGroup) error
	CreateAddressGroup(ctx context.Context, g openstack.AddressGroup) (openstack.AddressGroup, error)
	UpdateAddressGroup(ctx context.Context, g openstack.AddressGroup) (openstack.AddressGroup, error)
	DeleteAddressGroup(ctx context.Context, id string) error
}

// firewall returns the home of security groups.
func (b *Backend) firewall() firewall {
	if b.groups != nil {
		return b.groups
	}
	return b.Backend
}

// DefaultGroups returns the default groups of a port on a network: none where groups are NSX's and the network is no segment of it, because
// nothing would enforce them there.
func (b *Backend) DefaultGroups(n openstack.Network) []string {
	if b.groups != nil && !b.PortFirst(n) {
		return nil
	}
	return b.Backend.DefaultGroups(n)
}

// CreateGroup makes a security group.
func (b *Backend) CreateGroup(ctx context.Context, g openstack.SecurityGroup) (openstack.SecurityGroup, error) {
	return b.firewall().CreateGroup(ctx, g)
}

// UpdateGroup changes a security group.
func (b *Backend) UpdateGroup(ctx context.Context, g openstack.SecurityGroup) (openstack.SecurityGroup, error) {
	return b.firewall().UpdateGroup(ctx, g)
}

// DeleteGroup removes a security group.
func (b *Backend) DeleteGroup(ctx context.Context, id string) error {
	return b.firewall().DeleteGroup(ctx, id)
}

// RemoveGroup removes what the network itself has of a security group.
func (b *Backend) RemoveGroup(ctx context.Context, g openstack.SecurityGroup) error {
	return b.firewall().RemoveGroup(ctx, g)
}

// CreateRule adds a rule to a security group.
func (b *Backend) CreateRule(ctx context.Context, r openstack.SecurityGroupRule) (openstack.SecurityGroupRule, error) {
	return b.firewall().CreateRule(ctx, r)
}

// DeleteRule removes a rule.
func (b *Backend) DeleteRule(ctx context.Context, id string) error {
	return b.firewall().DeleteRule(ctx, id)
}

// CheckAddressGroup refuses an address group that rules could not name.
func (b *Backend) CheckAddressGroup(ctx context.Context, g openstack.AddressGroup) error {
	return b.firewall().CheckAddressGroup(ctx, g)
}

// CreateAddressGroup makes an address group.
func (b *Backend) CreateAddressGroup(ctx context.Context, g openstack.AddressGroup) (openstack.AddressGroup, error) {
	return b.firewall().CreateAddressGroup(ctx, g)
}

// UpdateAddressGroup changes an address group.
func (b *Backend) UpdateAddressGroup(ctx context.Context, g openstack.AddressGroup) (openstack.AddressGroup, error) {
	return b.firewall().UpdateAddressGroup(ctx, g)
}

// DeleteAddressGroup removes an address group.
func (b *Backend) DeleteAddressGroup(ctx context.Context, id string) error {
	return b.firewall().DeleteAddressGroup(ctx, id)
}

// checkFiltered refuses security groups of NSX at a port that NSX does not filter.
func (b *Backend) checkFiltered(ctx context.Context, p openstack.Port) error {
	named := b.OnNSX(p.Groups)
	if len(named) == 0 {
		return nil
	}
	n, err := b.Network(ctx, p.NetworkID, "")
	if err != nil {
		return err
	}
	return sdn.CheckFiltered(b.Enforcer(), n.Name, "security_group_ids", b.PortFirst(n), named)
}

// left deletes what NSX has of security groups for a port alone, after that has changed or gone.
func (b *Backend) left(ctx context.Context, before, now []string) error {
	if b.groups == nil {
		return nil
	}
	return b.groups.Left(ctx, slices.DeleteFunc(slices.Clone(before), func(id string) bool { return slices.Contains(now, id) }))
}

// DeletePort removes a port, and then what NSX has for it alone.
func (b *Backend) DeletePort(ctx context.Context, network, id string) error {
	var had []string
	if b.groups != nil {
		p, _ := b.Port(ctx, network, id) // the deletion tells what is wrong
		had = p.Groups
	}
	err := b.Backend.DeletePort(ctx, network, id)
	if err != nil && !openstack.IsPartialEnforcement(err) {
		return err
	}
	return cmp.Or(b.left(ctx, had, nil), err)
}

// inForce returns what NSX enforces of a port's security groups, and the limits of its QoS policy.
func (b *Backend) inForce(ctx context.Context, p openstack.Port, want []string) ([]string, error) {
	if b.groups == nil || len(b.OnNSX(p.Groups)) == 0 {
		return want, nil
	}
	now, err := b.CurrentPolicy(ctx)
	if err != nil {
		return nil, err
	}
	lines, err := b.groups.InForce(ctx, now, p)
	if limits, failed := now.ShapingOf(p); failed == nil && limits != nil { // where NSX has others, that is told besides
		lines = append(lines, limits.Lines()...)
	}
	return lines, err
}
