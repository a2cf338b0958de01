package inventory

import (
	"context"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// CheckHosts refuses a place where no host can take a new machine with some networks, or where the named host cannot: a creation is held to
// what a move is held to. An error about networks alone sits at "network".
func (c *Inventory) CheckHosts(ctx context.Context, zone, node string, networks []openstack.Network) error {
	at, err := c.PlannedTarget(ctx, zone, node)
	if err != nil || at.Comes { // what a host has that is yet to come is seen once it is there
		return err
	}
	plain := slices.ContainsFunc(networks, func(n openstack.Network) bool { return n.Kind != openstack.NetworkDistributed })
	if at.Host == nil && !plain { // who is a member of a switch is known already: no host is asked
		return at.reached(ctx, networks)
	}
	hosts, err := c.Places.Hosts(ctx)
	if err != nil {
		return err
	}
	return at.taken(c.PlannedHosts(hosts), networks)
}

// taken refuses a place that cannot take a machine with some networks.
func (at Target) taken(hosts map[ref]mo.HostSystem, networks []openstack.Network) error {
	_, err := at.EligibleHosts(hosts, networks, nil)
	switch {
	case err == nil:
		return nil
	case at.Host != nil:
		return openstack.AttributeErrorf(at.named, "no instance can be made there: %w. Choose another host, or leave it to vCenter", err)
	}
	return openstack.AttributeErrorf("network", "no host of the cluster %s can take an instance with these networks: %w", at.Cluster.Name, err)
}

// reached refuses networks of switches that no host of the cluster is a member of, or no host of all together. A switch whose members are
// not shown is taken at its word, and so is one that a host of this plan joins.
func (at Target) reached(ctx context.Context, networks []openstack.Network) error {
	left, on := slices.Clone(at.Cluster.Host), []string{}
	for _, n := range networks {
		s, known := at.c.SwitchOf(n)
		if !known || at.c.wire.Gaps.About(s.Self, "summary.hostMember") != nil || slices.Contains(on, n.SwitchName) {
			continue
		}
		if joins, err := at.c.willJoin(ctx, s, at.Cluster.Self); err != nil || joins {
			return err
		}
		isMember := func(host ref) bool { return slices.Contains(s.Summary.HostMember, host) }
		if !slices.ContainsFunc(at.Cluster.Host, isMember) {
			return openstack.AttributeErrorf("network", "no host of the cluster %s is a member of the distributed switch %s, which the network "+
				"%s is on: "+
				"choose a network that the cluster reaches, or another zone, or add hosts to the switch (compute_node)", at.Cluster.Name, n.SwitchName,
				n.Name)
		}
		on, left = append(on, n.SwitchName), slices.DeleteFunc(left, func(host ref) bool { return !isMember(host) })
	}
	if len(left) == 0 && len(on) > 0 {
		return openstack.AttributeErrorf("network", "no host of the cluster %s is a member of all the distributed switches that its networks "+
			"are on (%s)",
			at.Cluster.Name, strings.Join(on, ", "))
	}
	return nil
}

// SwitchOf is the distributed switch of a network, as known when the networks were listed.
func (c *Inventory) SwitchOf(n openstack.Network) (mo.DistributedVirtualSwitch, bool) {
	all := c.switches.Known()
	if i := slices.IndexFunc(all, func(s mo.DistributedVirtualSwitch) bool { return n.SwitchUUID != "" && s.Uuid == n.SwitchUUID }); i >= 0 {
		return all[i], true
	}
	return mo.DistributedVirtualSwitch{}, false
}

// CheckHost refuses a named host that cannot take a machine, before anything is sent: its own refusal names neither the host nor why.
func (at Target) CheckHost(networks []openstack.Network) error {
	if at.Host == nil {
		return nil
	}
	if why := at.rejection(*at.Host, networks, nil); why != "" {
		return openstack.AttributeErrorf(at.named, "%s: choose another host, or leave it to vCenter", why)
	}
	return nil
}
