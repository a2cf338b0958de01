// SPDX-License-Identifier: MPL-2.0

package affinity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

const groupKind = "servergroup"

// groupSpace is the UUID namespace of server groups' ids.
var groupSpace = uuid.MustParse("0c5c4b0e-6f0b-5f3e-8c1d-2a7a4d6d2f44")

// ServerGroupID returns a server group's id. It follows from what can only change by replacing the group, so that it is known at plan
// time, and a group whose record was lost comes back as the same one to its members.
func ServerGroupID(project, name, policy string) string {
	return uuid.NewSHA1(groupSpace, []byte(project+"\x00"+name+"\x00"+policy)).String()
}

// ServerGroups are the server groups of the catalogue.
type ServerGroups struct {
	inventory *inventory.Inventory
	records   *records.Stores
	planned   *planned.Memory
	rules     *Rules
	project   string // the provider's own; empty: none

	former sync.Map // the *wire.Lookup of the cluster where a group's members last ran, by the group's id
}

// NewServerGroups returns the ServerGroups of a datacenter without reading any.
func NewServerGroups(rules *Rules, memory *planned.Memory) *ServerGroups {
	return &ServerGroups{inventory: rules.inventory, records: rules.records, planned: memory, rules: rules,
		project: rules.inventory.Config.Project}
}

// Holding returns the id of the project's server group of a name; empty if none has it.
func (c *ServerGroups) Holding(all records.Set, name string) string {
	for _, id := range all.IDs(groupKind) {
		g, err := records.Peek[openstack.ServerGroup](all, groupKind, id)
		if err == nil && g.Name == name && g.Project == c.project {
			return id
		}
	}
	return ""
}

// Find finds a server group by its id, without its members.
func (c *ServerGroups) Find(ctx context.Context, id string) (openstack.ServerGroup, error) {
	all, err := c.List(ctx)
	if err != nil {
		return openstack.ServerGroup{}, err
	}
	var ids []string
	for _, g := range all {
		if g.ID == id {
			return g, nil
		}
		ids = append(ids, g.ID)
	}
	return openstack.ServerGroup{}, faults.NoSuch("server group", id, "the catalogue", ids)
}

// Named finds a server group by its id, or by its name in the provider's project, with its members.
func (c *ServerGroups) Named(ctx context.Context, text string) (openstack.ServerGroup, error) {
	all, err := c.List(ctx)
	if err != nil {
		return openstack.ServerGroup{}, err
	}
	var names []string
	for _, g := range all {
		if g.ID == text || g.Name == text && g.Project == c.project {
			return c.withMembers(ctx, g)
		}
		if g.Project == c.project {
			names = append(names, g.Name)
		}
	}
	return openstack.ServerGroup{}, faults.NoSuch("server group", text, fmt.Sprintf("the project %q", c.project), names)
}

// List returns the server groups of the catalogue, without their members.
func (c *ServerGroups) List(ctx context.Context) ([]openstack.ServerGroup, error) {
	all, err := c.records.Catalogue.View(ctx)
	if errors.Is(err, records.ErrNoStore) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return records.All[openstack.ServerGroup](all, groupKind)
}

// Read reads a group that must exist, with its members.
func (c *ServerGroups) Read(ctx context.Context, id string) (openstack.ServerGroup, error) {
	var g openstack.ServerGroup
	all, err := c.records.Catalogue.View(ctx)
	if err != nil {
		return g, records.Known("server group", id, err)
	}
	if err := all.Get(groupKind, id, &g); err != nil {
		return g, err
	}
	return c.withMembers(ctx, g)
}

// withMembers reads a group's members and rule from its cluster. A group that never had members costs no call.
func (c *ServerGroups) withMembers(ctx context.Context, g openstack.ServerGroup) (openstack.ServerGroup, error) {
	if g.InForce = true; g.Cluster == "" {
		return g, nil
	}
	v, err := c.rules.view(ctx, clusterNamed(g.Cluster))
	if err != nil {
		return g, err
	}
	for _, m := range v.members(g.ID) {
		g.Members = append(g.Members, m.id)
	}
	g.InForce = v.inForce(ruleOfGroup(g.ID), v.wantedRules(nil))
	return g, nil
}

// Create writes a group's record, unless its project has one of that name.
func (c *ServerGroups) Create(ctx context.Context, g openstack.ServerGroup) (openstack.ServerGroup, error) {
	mark := c.records.Mark("")
	g.Project, g.Mark, g.InForce = c.project, &mark, true
	g.ID = ServerGroupID(g.Project, g.Name, g.Policy)
	err := c.records.Catalogue.Claim(ctx, func(all records.Set) error {
		others, err := records.All[openstack.ServerGroup](all, groupKind)
		if err != nil {
			return err
		}
		for _, other := range others {
			if other.Name == g.Name && other.Project == g.Project {
				return openstack.AttributeErrorf("name", "the server group %q is there already (%s%s): choose another name. %s", g.Name, other.ID,
					other.Mark.Clause(), openstack.ImportHint("novasphere_compute_servergroup", other.ID))
			}
		}
		return all.Put(groupKind, g.ID, g)
	})
	return g, err
}

// Enforce brings the cluster's rule in line with the group's members.
func (c *ServerGroups) Enforce(ctx context.Context, id string) (openstack.ServerGroup, error) {
	g, err := c.Find(ctx, id)
	if err == nil && g.Cluster != "" {
		err = c.rules.Settle(ctx, clusterNamed(g.Cluster), Unsettled{Names: []string{ruleOfGroup(id)}})
	}
	if err != nil {
		return g, err
	}
	return c.withMembers(ctx, g)
}

// Delete removes a group without members, its rule first.
func (c *ServerGroups) Delete(ctx context.Context, id string) error {
	c.records.Catalogue.Forget()
	g, err := c.Read(ctx, id)
	if err != nil {
		return err
	}
	if len(g.Members) > 0 {
		v, err := c.rules.view(ctx, clusterNamed(g.Cluster))
		if err != nil {
			return err
		}
		return fmt.Errorf("the server group %s has members: %s. Their rule would bind them without it, so destroy them first", g.Name,
			tiedNames(v.members(id)))
	}
	if g.Cluster != "" {
		if err := c.rules.Settle(ctx, clusterNamed(g.Cluster), Unsettled{Names: []string{ruleOfGroup(id)}}); err != nil {
			return err
		}
	}
	err = c.records.Catalogue.Update(ctx, func(all records.Set) error {
		if err := all.Get(groupKind, id, &openstack.ServerGroup{}); err != nil {
			return err
		}
		all.Drop(groupKind, id)
		return nil
	})
	return records.Known("server group", id, err)
}

func tiedNames(vms []drsMember) string {
	names := make([]string, len(vms))
	for i, vm := range vms {
		names[i] = fmt.Sprintf("%s (%s)", vm.name, vm.id)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
