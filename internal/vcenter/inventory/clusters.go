// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"context"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// ClusterKind is the type of a cluster in vSphere's references.
const ClusterKind = "ClusterComputeResource"

// ClusterRef returns a cluster's reference.
func ClusterRef(id string) ref { return ref{Type: ClusterKind, Value: id} }

// ClusterNames returns the clusters of the datacenter by name.
func (c *Inventory) ClusterNames(ctx context.Context) (map[string]ref, error) {
	return c.Places.ByNameOnce.Get(func() (map[string]ref, error) {
		dc, err := c.Places.Datacenter(ctx)
		if err != nil {
			return nil, err
		}
		all, err := wire.ListReadable[mo.ClusterComputeResource](ctx, c.wire, property.Below(dc.HostFolder),
			map[string][]string{ClusterKind: {"name"}})
		out := map[string]ref{}
		for _, cluster := range all {
			out[cluster.Name] = cluster.Self
		}
		return out, faults.Explain("listing the clusters", err)
	})
}

// ClusterNamed finds a cluster by its id or name. An empty text means the provider's own cluster, which must not be a standalone host.
func (c *Inventory) ClusterNamed(ctx context.Context, idOrName string) (ref, error) {
	if idOrName == "" {
		own, err := c.Places.Cluster(ctx)
		if err == nil && own.Self.Type != ClusterKind {
			err = openstack.ProviderErrorf("cluster", "%s is a host that stands alone: nothing can be added to it", own.Name)
		}
		return own.Self, err
	}
	all, err := c.ClusterNames(ctx)
	if err != nil {
		return ref{}, err
	}
	if self, ok := all[idOrName]; ok {
		return self, nil
	}
	var names []string
	for name, self := range all {
		if self.Value == idOrName {
			return self, nil
		}
		names = append(names, name)
	}
	return ref{}, faults.NoSuch("cluster", idOrName, "datacenter "+c.Places.DatacenterPath(), names)
}
