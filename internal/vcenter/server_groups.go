package vcenter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

const groupKind = "servergroup"

// groupSpace is the name space of the ids of server groups.
var groupSpace = uuid.MustParse("0c5c4b0e-6f0b-5f3e-8c1d-2a7a4d6d2f44")

// ServerGroupID is a server group's id: it follows from what can only change by replacing the group, so that it is known at plan, and
// a group whose record somebody lost comes back as the same one to its members.
func ServerGroupID(project, name, policy string) string {
	return uuid.NewSHA1(groupSpace, []byte(project+"\x00"+name+"\x00"+policy)).String()
}

// ServerGroup finds a server group by its id, without its members.
func (c *Client) ServerGroup(ctx context.Context, id string) (openstack.ServerGroup, error) {
	all, err := c.serverGroups(ctx)
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
	return openstack.ServerGroup{}, wire.NoSuch("server group", id, "the catalogue", ids)
}

// ServerGroupNamed finds a server group by its id, or by its name in the provider's project, with its members.
func (c *Client) ServerGroupNamed(ctx context.Context, text string) (openstack.ServerGroup, error) {
	all, err := c.serverGroups(ctx)
	if err != nil {
		return openstack.ServerGroup{}, err
	}
	var names []string
	for _, g := range all {
		if g.ID == text || g.Name == text && g.Project == c.Config.Project {
			return c.withMembers(ctx, g)
		}
		if g.Project == c.Config.Project {
			names = append(names, g.Name)
		}
	}
	return openstack.ServerGroup{}, wire.NoSuch("server group", text, fmt.Sprintf("the project %q", c.Config.Project), names)
}

func (c *Client) serverGroups(ctx context.Context) ([]openstack.ServerGroup, error) {
	all, err := c.Records.Catalogue.View(ctx)
	if errors.Is(err, records.ErrNoStore) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return records.All[openstack.ServerGroup](all, groupKind)
}

// ReadServerGroup reads a group that is known to exist, and its members.
func (c *Client) ReadServerGroup(ctx context.Context, id string) (openstack.ServerGroup, error) {
	var g openstack.ServerGroup
	all, err := c.Records.Catalogue.View(ctx)
	if err != nil {
		return g, records.Known("server group", id, err)
	}
	if err := all.Get(groupKind, id, &g); err != nil {
		return g, err
	}
	return c.withMembers(ctx, g)
}

// withMembers asks the cluster for a group's members and rule. A group that nobody was ever in costs no call.
func (c *Client) withMembers(ctx context.Context, g openstack.ServerGroup) (openstack.ServerGroup, error) {
	if g.InForce = true; g.Cluster == "" {
		return g, nil
	}
	v, err := c.view(ctx, clusterNamed(g.Cluster))
	if err != nil {
		return g, err
	}
	for _, m := range v.members(g.ID) {
		g.Members = append(g.Members, m.id)
	}
	g.InForce = v.inForce(ruleOfGroup(g.ID), v.wantedRules(nil))
	return g, nil
}

// CreateServerGroup writes a group's record, where its project has none of its name.
func (c *Client) CreateServerGroup(ctx context.Context, g openstack.ServerGroup) (openstack.ServerGroup, error) {
	mark := c.Records.Mark("")
	g.Project, g.Mark, g.InForce = c.Config.Project, &mark, true
	g.ID = ServerGroupID(g.Project, g.Name, g.Policy)
	err := c.Records.Catalogue.Claim(ctx, func(all records.Set) error {
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

// EnforceServerGroup brings the cluster's rule in line with the group's members.
func (c *Client) EnforceServerGroup(ctx context.Context, id string) (openstack.ServerGroup, error) {
	g, err := c.ServerGroup(ctx, id)
	if err == nil && g.Cluster != "" {
		err = c.settleRules(ctx, clusterNamed(g.Cluster), unsettled{names: []string{ruleOfGroup(id)}})
	}
	if err != nil {
		return g, err
	}
	return c.withMembers(ctx, g)
}

// DeleteServerGroup removes a group that has no members, its rule first.
func (c *Client) DeleteServerGroup(ctx context.Context, id string) error {
	c.Records.Catalogue.Forget()
	g, err := c.ReadServerGroup(ctx, id)
	if err != nil {
		return err
	}
	if len(g.Members) > 0 {
		v, err := c.view(ctx, clusterNamed(g.Cluster))
		if err != nil {
			return err
		}
		return fmt.Errorf("the server group %s has members: %s. Their rule would bind them without it, so destroy them first", g.Name,
			tiedNames(v.members(id)))
	}
	if g.Cluster != "" {
		if err := c.settleRules(ctx, clusterNamed(g.Cluster), unsettled{names: []string{ruleOfGroup(id)}}); err != nil {
			return err
		}
	}
	err = c.Records.Catalogue.Update(ctx, func(all records.Set) error {
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
