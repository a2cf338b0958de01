// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
)

// clusterToBe returns the cluster that a planned host will be in, or a zero reference if that is only known after apply.
func (c *Inventory) clusterToBe(ctx context.Context, n planned.Node) (ref, error) {
	if n.Cluster == "" {
		return ref{}, nil
	}
	self, err := c.ClusterNamed(ctx, n.Cluster)
	if errors.Is(err, openstack.ErrNotFound) {
		return ref{}, nil
	}
	return self, err
}

// comes reports whether a host is planned, and whether it will or may be in a cluster. It may be in any if its own is only known after
// apply.
func (c *Inventory) comes(ctx context.Context, hostname string, to ref) (planned, there bool, err error) {
	n, planned := c.Planned.Nodes.Lookup(hostname)
	if !planned {
		return false, false, nil
	}
	home, err := c.clusterToBe(ctx, n)
	return true, home == ref{} || home == to, err
}

// willJoin reports whether a plan of this process adds a host of a cluster to a switch.
func (c *Inventory) willJoin(ctx context.Context, on mo.DistributedVirtualSwitch, cluster ref) (bool, error) {
	for _, n := range c.Planned.Nodes.All() {
		joins := slices.ContainsFunc(n.Switches, func(text string) bool { return text == on.Name || strings.EqualFold(text, on.Uuid) })
		if home, err := c.clusterToBe(ctx, n); err != nil || joins && (home == ref{} || home == cluster) {
			return err == nil, err
		}
	}
	return false, nil
}

// PlannedHypervisors returns the compute nodes as planned: with new hosts, and with moved hosts in their new clusters. The Node of a host
// is empty if its cluster is only known after apply.
func (c *Inventory) PlannedHypervisors(ctx context.Context) ([]openstack.Hypervisor, error) {
	all, err := c.Hypervisors(ctx)
	if err != nil {
		return nil, err
	}
	for _, n := range c.Planned.Nodes.All() {
		home, err := c.clusterToBe(ctx, n)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(h openstack.Hypervisor) bool { return h.IsHost && strings.EqualFold(h.Hostname, n.Hostname) })
		if i < 0 {
			i, all = len(all), append(all, openstack.Hypervisor{IsHost: true, Hostname: n.Hostname})
		}
		if ClusterPart(all[i].Node) == home.Value {
			continue
		}
		all[i].Node, all[i].Cluster = "", ""
		if at := slices.IndexFunc(all, func(h openstack.Hypervisor) bool { return !h.IsHost && h.ID == home.Value }); at >= 0 {
			all[i].Node, all[i].Cluster = all[at].Node, all[at].Cluster
		}
	}
	return all, nil
}

// PlannedHosts returns hosts as planned: one that a plan enables is no longer in maintenance. One that a plan disables still takes VMs
// until then.
func (c *Inventory) PlannedHosts(hosts map[ref]mo.HostSystem) map[ref]mo.HostSystem {
	out := maps.Clone(hosts)
	for r, host := range out {
		if n, planned := c.Planned.Nodes.Lookup(host.Name); planned && !n.Disabled {
			host.Runtime.InMaintenanceMode = false
			out[r] = host
		}
	}
	return out
}
