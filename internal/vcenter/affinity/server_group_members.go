// SPDX-License-Identifier: MPL-2.0

package affinity

import (
	"context"
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// CheckMember refuses an instance of a zone in a server group that does not exist, or whose members run on another cluster.
func (c *ServerGroups) CheckMember(ctx context.Context, zone, id string) (openstack.ServerGroup, error) {
	cluster, err := c.inventory.ClusterOf(ctx, zone)
	if err != nil {
		return openstack.ServerGroup{}, err
	}
	g, err := c.plannedGroup(ctx, id)
	if err != nil {
		return g, err
	}
	if g.Cluster != "" && g.Cluster != cluster.Self.Value {
		if v, err := c.formerCluster(ctx, g); err == nil && len(v.members(id)) > 0 {
			return g, elsewhere(g, v.name, cluster.Name)
		}
	}
	if other := c.planned.ServerGroups.Join(id, cluster.Self.Value); other != "" {
		return g, elsewhere(g, other, cluster.Name)
	}
	return g, nil
}

// plannedGroup returns a server group that exists or is planned.
func (c *ServerGroups) plannedGroup(ctx context.Context, id string) (openstack.ServerGroup, error) {
	is, err := c.Find(ctx, id)
	if err == nil {
		return is, nil
	}
	if g, planned := c.planned.ServerGroups.Find(id); planned {
		return g, nil
	}
	return is, err
}

// formerCluster reads the cluster where a group's members last ran. It does so once, however many instances are planned elsewhere: a
// member made meanwhile is noticed when the next one joins.
func (c *ServerGroups) formerCluster(ctx context.Context, g openstack.ServerGroup) (*clusterView, error) {
	found, _ := c.former.LoadOrStore(g.ID, &wire.Lookup[*clusterView]{})
	asked, _ := found.(*wire.Lookup[*clusterView])
	return asked.Get(func() (*clusterView, error) { return c.rules.view(ctx, clusterNamed(g.Cluster)) })
}

func elsewhere(g openstack.ServerGroup, there, here string) error {
	return fmt.Errorf("the members of the server group %s (%s) run on the cluster %s, and this instance would run on %s: a rule holds "+
		"within one cluster, so make a group for each", g.Name, g.ID, there, here)
}

// Join records on which cluster a group's members run, and refuses a member on another one.
func (c *ServerGroups) Join(ctx context.Context, id string, cluster ref, name string) error {
	g, err := c.Find(ctx, id)
	if err != nil || g.Cluster == cluster.Value {
		return err
	}
	if g.Cluster != "" {
		v, err := c.rules.view(ctx, clusterNamed(g.Cluster))
		if err == nil && len(v.members(id)) > 0 {
			return elsewhere(g, v.name, name)
		}
	}
	was := g.Cluster
	return c.records.Catalogue.Update(ctx, func(all records.Set) error {
		var now openstack.ServerGroup
		if err := all.Get(groupKind, id, &now); err != nil {
			return err
		}
		if now.Cluster != was && now.Cluster != cluster.Value {
			return elsewhere(now, now.Cluster, name)
		}
		now.Cluster = cluster.Value
		return all.Put(groupKind, id, now)
	})
}
