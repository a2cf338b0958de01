// SPDX-License-Identifier: MPL-2.0

package esx

import (
	"context"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// ClusteredHosts returns the ESX hosts of the datacenter's clusters, with id, name and the cluster's id only. A host that stands alone is
// in no cluster, and not among them.
func (c *Nodes) ClusteredHosts(ctx context.Context) ([]openstack.ComputeNode, error) {
	all, err := c.hostNames(ctx)
	var out []openstack.ComputeNode
	for _, host := range all {
		if parent := property.Deref(host.Parent); parent.Type == inventory.ClusterKind {
			out = append(out, openstack.ComputeNode{ID: host.Self.Value, Hostname: host.Name, ClusterID: parent.Value})
		}
	}
	return out, err
}

// hostNames returns the ESX hosts of the datacenter, with their names and parents only.
func (c *Nodes) hostNames(ctx context.Context) ([]mo.HostSystem, error) {
	return c.nodeBook.hosts.Get(func() ([]mo.HostSystem, error) {
		dc, err := c.Inventory.Places.Datacenter(ctx)
		if err != nil {
			return nil, err
		}
		from := property.Below(dc.HostFolder)
		if walk, ok := from.SelectSet[0].(*types.TraversalSpec); ok {
			walk.SelectSet = append(walk.SelectSet, &types.TraversalSpec{Type: "ComputeResource", Path: "host"})
		}
		all, err := wire.ListReadable[mo.HostSystem](ctx, c.wire, from, map[string][]string{inventory.HostKind: {"name", "parent"}})
		return all, faults.Explain("listing the ESX hosts", err)
	})
}

// hostNamed returns the ESX host with a name, ignoring case, or a zero reference if there is none.
func (c *Nodes) hostNamed(ctx context.Context, name string) (ref, error) {
	all, err := c.hostNames(ctx)
	for _, host := range all {
		if strings.EqualFold(host.Name, name) {
			return host.Self, nil
		}
	}
	return ref{}, err
}
