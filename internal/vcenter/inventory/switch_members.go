// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// SwitchesOf returns the distributed switches on which a network has portgroups, from the last listing of networks.
func (c *Inventory) SwitchesOf(n openstack.Network) []mo.DistributedVirtualSwitch {
	return slices.DeleteFunc(slices.Clone(c.switches.Known()), func(s mo.DistributedVirtualSwitch) bool { return !n.OnSwitch(s.Uuid) })
}

// AnyMember reports whether a host is a member of one of some switches, as known when the networks were listed.
func AnyMember(switches []mo.DistributedVirtualSwitch, host ref) bool {
	return slices.ContainsFunc(switches, func(s mo.DistributedVirtualSwitch) bool { return slices.Contains(s.Summary.HostMember, host) })
}

// unreached returns why a host does not reach a network that distributed switches carry; empty if it does, or if vCenter does not show the
// network yet.
func (c *Inventory) unreached(n openstack.Network, host mo.HostSystem) string {
	on := c.SwitchesOf(n)
	if AnyMember(on, host.Self) || n.Kind == openstack.NetworkSegment && len(n.Portgroups) == 0 {
		return ""
	}
	if err := c.unreadMembers(on); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("the network %s is on the distributed switch %s, of which the host %s is no member", n.Name, n.SwitchNames(), host.Name)
}

// unreadMembers returns why the members of some switches are not known; nil if they are.
func (c *Inventory) unreadMembers(switches []mo.DistributedVirtualSwitch) error {
	for _, s := range switches {
		if err := c.wire.Gaps.About(s.Self, "summary.hostMember"); err != nil {
			return err
		}
	}
	return nil
}

// reached refuses a network of whose switches no host of the cluster is a member, and networks on several switches that have no host in
// common. A network passes if the members of its switches are not shown, or if a planned host joins one of them.
func (at Target) reached(ctx context.Context, networks []openstack.Network) error {
	left, on := slices.Clone(at.Cluster.Host), []string{}
	for _, n := range networks {
		switches, names := at.c.SwitchesOf(n), n.SwitchNames()
		if len(switches) == 0 || at.c.unreadMembers(switches) != nil || slices.Contains(on, names) {
			continue
		}
		for _, s := range switches {
			if joins, err := at.c.willJoin(ctx, s, at.Cluster.Self); err != nil || joins {
				return err
			}
		}
		if !slices.ContainsFunc(at.Cluster.Host, func(host ref) bool { return AnyMember(switches, host) }) {
			return openstack.AttributeErrorf("network", "no host of the cluster %s is a member of the distributed switch %s, which the network %s "+
				"is on: choose a network that the cluster reaches, or another zone, or add hosts to the switch (compute_node)", at.Cluster.Name,
				names, n.Name)
		}
		on, left = append(on, names), slices.DeleteFunc(left, func(host ref) bool { return !AnyMember(switches, host) })
	}
	if len(left) == 0 && len(on) > 0 {
		return openstack.AttributeErrorf("network", "no host of the cluster %s is a member of all the distributed switches that its networks "+
			"are on (%s)", at.Cluster.Name, strings.Join(on, ", "))
	}
	return nil
}
