// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"context"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// CheckHosts refuses a place where no host, or not the named host, can take a new VM with some networks. It makes the same checks as for
// a move. An error about networks alone is one about the attribute network.
func (c *Inventory) CheckHosts(ctx context.Context, zone, node string, networks []openstack.Network) error {
	at, err := c.PlannedTarget(ctx, zone, node)
	if err != nil || at.Comes { // what a planned host offers is seen once it exists
		return err
	}
	plain := slices.ContainsFunc(networks, func(n openstack.Network) bool { return !n.Switched() })
	if at.Host == nil && !plain { // members of switches are known already, without reading hosts
		return at.reached(ctx, networks)
	}
	hosts, err := c.Places.Hosts(ctx)
	if err != nil {
		return err
	}
	return at.taken(c.PlannedHosts(hosts), networks)
}

// taken refuses a place that cannot take a VM with some networks.
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

// CheckHost refuses a named host that cannot take a VM, before any request: vCenter's own error names neither the host nor the reason.
func (at Target) CheckHost(networks []openstack.Network) error {
	if at.Host == nil {
		return nil
	}
	if why := at.rejection(*at.Host, networks, nil); why != "" {
		return openstack.AttributeErrorf(at.named, "%s: choose another host, or leave it to vCenter", why)
	}
	return nil
}

// CheckReads refuses a file on a datastore that a new instance's host may not read: that of its own, or any of the cluster, on which it may
// be started later.
func (at Target) CheckReads(ctx context.Context, store ref, what string) error {
	found, err := wire.Read[mo.Datastore](ctx, at.c.wire, store, []string{"name", "host"})
	if err != nil {
		return faults.Explain("looking which hosts reach "+what, err)
	}
	hosts, err := at.c.Places.Hosts(ctx)
	if err != nil {
		return err
	}
	members := at.Cluster.Host
	if at.Host != nil {
		members = []ref{at.Host.Self}
	}
	for _, member := range members {
		host, known := hosts[member]
		if !known || host.Runtime.ConnectionState != types.HostSystemConnectionStateConnected {
			continue
		}
		if !slices.ContainsFunc(found.Host, func(m types.DatastoreHostMount) bool { return m.Key == member && !Lost(m) }) {
			return openstack.AttributeErrorf("image_id", "%s lies on the datastore %s, which the host %s does not mount: keep the image in a "+
				"content library on a datastore that every host of the zone mounts", what, property.UnescapeName(found.Name), host.Name)
		}
	}
	return nil
}
