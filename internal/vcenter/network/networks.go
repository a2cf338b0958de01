// SPDX-License-Identifier: MPL-2.0

package network

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// networkCache holds the datacenter's networks and switches, read once.
type networkCache struct {
	c        *Networks
	all      wire.Lookup[[]openstack.Network]
	switches []mo.DistributedVirtualSwitch // known once all is, and guarded by it
	unread   map[string]error              // why a network cannot be used, by its id: guarded by all too
	turn     int                           // how often this process has changed a network: guarded by all too
	changed  map[string]int                // the turn of each network that it has changed, by its id: guarded by all too
}

// ListNetworks returns every network of the datacenter that an instance can be plugged into. It takes two calls, however many networks
// there are: a portgroup is a subtype of Network, and would come back with only the name if one call asked for both.
func (c *Networks) ListNetworks(ctx context.Context) ([]openstack.Network, error) {
	return c.networks.all.Get(func() ([]openstack.Network, error) {
		dc, err := c.Inventory.Places.Datacenter(ctx)
		if err != nil {
			return nil, err
		}
		from := property.Below(dc.NetworkFolder)
		plain, err := c.wire.Collect(ctx, from, map[string][]string{"Network": {"name"}})
		if err != nil {
			return nil, faults.Explain("listing the networks", err)
		}
		special, err := c.wire.Collect(ctx, from, map[string][]string{
			"DistributedVirtualPortgroup": {"name", "key", "config", "tag", "parent"},
			"Folder":                      {"name", "parent"},
			"DistributedVirtualSwitch":    {"name", "uuid", "parent", "config", "summary.hostMember"},
			"OpaqueNetwork":               {"name", "summary"},
		})
		if err != nil {
			return nil, faults.Explain("listing the networks", err)
		}
		networks, switches, err := decodeNetworks(plain, special)
		shelve(networks, special, "/"+c.Inventory.Places.DatacenterPath())
		c.networks.switches, c.networks.unread = switches, c.unreadNetworks(special)
		return networks, err
	})
}

// shelve sets the inventory paths of portgroups, as far as the folders above them are shown, to tell networks of one name apart.
func shelve(networks []openstack.Network, special []types.ObjectContent, root string) {
	type place struct {
		name   string
		parent ref
	}
	at := map[string]place{}
	for _, o := range special {
		var p place
		for _, property := range o.PropSet {
			switch v := property.Val.(type) {
			case string:
				if property.Name == "name" {
					p.name = v
				}
			case ref:
				p.parent = v
			}
		}
		at[o.Obj.Value] = p
	}
	for i := range networks {
		path, here := networks[i].Name, at[objectOf(networks[i])].parent
		if _, shown := at[here.Value]; !shown { // a standard switch's network, or below a folder that is not shown
			path = "network/" + path
		}
		for deep := 0; deep < len(at); deep++ { // bounded, in case the folders shown form a loop
			up, shown := at[here.Value]
			if !shown {
				break
			}
			path, here = up.name+"/"+path, up.parent
		}
		networks[i].Path = root + "/" + path
	}
}

// unreadNetworks returns the networks that cannot be read, or whose switch cannot. They are listed with what is shown of them, and using
// them is an error.
func (c *Networks) unreadNetworks(special []types.ObjectContent) map[string]error {
	out := map[string]error{}
	for _, o := range special {
		err := c.wire.Gaps.About(o.Obj, "key", "config", "summary")
		for _, p := range o.PropSet {
			if config, ok := p.Val.(types.DVPortgroupConfigInfo); ok && err == nil {
				err = c.wire.Gaps.About(property.Deref(config.DistributedVirtualSwitch), "name", "uuid")
			}
		}
		if err != nil {
			out[o.Obj.Value] = err
		}
	}
	return out
}

// usable returns why a network that was listed cannot be used; nil if it can.
func (s *networkCache) usable(n openstack.Network) error {
	var unread error
	s.all.Locked(func(*[]openstack.Network, bool) { unread = s.unread[objectOf(n)] })
	return faults.Explain("reading the network "+n.Name, unread)
}

// keep replaces what is cached of a network; nil: it is gone.
func (s *networkCache) keep(id string, now *openstack.Network) {
	s.all.Locked(func(all *[]openstack.Network, found bool) {
		if !found {
			return
		}
		*all = slices.DeleteFunc(slices.Clone(*all), func(n openstack.Network) bool { return n.ID == id })
		delete(s.unread, id)
		s.turn++
		s.changed[id] = s.turn
		if now != nil {
			*all = append(*all, *now)
		}
	})
}

// now returns the turn of a read that begins.
func (s *networkCache) now() (turn int) {
	s.all.Locked(func(*[]openstack.Network, bool) { turn = s.turn })
	return turn
}

// refresh replaces what is cached of the networks of a switch with what a read has returned that began at a turn. What this process has
// changed since stays.
func (s *networkCache) refresh(uuid string, read []openstack.Network, began int) {
	s.all.Locked(func(all *[]openstack.Network, found bool) {
		if !found {
			return
		}
		paths := map[string]string{}
		kept := slices.DeleteFunc(slices.Clone(*all), func(n openstack.Network) bool {
			paths[n.ID] = n.Path
			return n.SwitchUUID == uuid && s.changed[n.ID] <= began
		})
		for _, n := range read {
			if n.SwitchUUID == uuid && s.changed[n.ID] <= began {
				n.Path = paths[n.ID]
				kept = append(kept, n)
			}
		}
		*all = kept
	})
}

// known returns the switches if the networks have been listed.
func (s *networkCache) known() (switches []mo.DistributedVirtualSwitch) {
	s.all.Locked(func(*[]openstack.Network, bool) { switches = s.switches })
	return switches
}

// joined notes that a host has become a member of a switch, or has left it.
func (s *networkCache) joined(uuid string, host ref, member bool) {
	s.all.Locked(func(*[]openstack.Network, bool) {
		s.switches = slices.Clone(s.switches)
		for i, on := range s.switches {
			if on.Uuid != uuid {
				continue
			}
			members := slices.DeleteFunc(slices.Clone(on.Summary.HostMember), func(r ref) bool { return r == host })
			if member {
				members = append(members, host)
			}
			s.switches[i].Summary.HostMember = members
		}
	})
}

// Network finds a network by id, by name, or by both; id may be a managed object id or a portgroup's key, and of a segment also its id,
// its policy path or its logical switch. If several networks have the name, the error lists them.
func (c *Networks) Network(ctx context.Context, id, name string) (openstack.Network, error) {
	all, err := c.ListNetworks(ctx)
	if err != nil {
		return openstack.Network{}, err
	}
	var matches []openstack.Network
	for i := range all { // each instance looks here: only what is found is copied
		if n := &all[i]; (id == "" || n.Called(id)) && (name == "" || n.Name == name) {
			matches = append(matches, *n)
		}
	}
	if len(matches) == 1 {
		return matches[0], c.networks.usable(matches[0])
	}
	return openstack.Network{}, c.wire.Gaps.Nameless(c.noNetwork(all, matches, id, name), "Network", "DistributedVirtualPortgroup",
		"OpaqueNetwork")
}

// PortgroupTaken returns the error for a network whose name another portgroup of its switch has.
func PortgroupTaken(want, found openstack.Network) error { return portgroupTaken(want, found) }

// noNetwork explains why a network is not found.
func (c *Networks) noNetwork(all, matches []openstack.Network, id, name string) error {
	var names, ids []string
	for _, n := range all {
		names, ids = append(names, n.Name), append(ids, n.ID)
	}
	where := "datacenter " + c.Inventory.Places.DatacenterPath()
	switch {
	case len(matches) > 1:
		return &severalNetworks{name, matches}
	case id != "" && slices.Contains(ids, id):
		return openstack.NotFound("network %s is not called %q", id, name)
	case id != "" && len(all) > 0:
		return noNetworkID(all, id, where, ids)
	}
	return faults.NoSuch("network", id+name, where, names)
}

// noNetworkID returns the error for an id that no network has. It offers ids with their names, since an id alone tells people nothing.
func noNetworkID(all []openstack.Network, id, where string, ids []string) error {
	if i := slices.IndexFunc(all, func(n openstack.Network) bool { return n.Name == id }); i >= 0 {
		return openstack.NotFound("no network with the id %q in %s; the network of that name has the id %q", id, where, all[i].ID)
	}
	offers := faults.Nearest(id, ids)
	for i, near := range offers {
		offers[i] = fmt.Sprintf("%q (%q)", near, all[slices.Index(ids, near)].Name)
	}
	return openstack.NotFound("no network with the id %q in %s; the nearest are %s", id, where, strings.Join(offers, ", "))
}

// severalNetworks is the error for a name that several networks have.
type severalNetworks struct {
	name string
	all  []openstack.Network
}

// Error lists the networks with what tells them apart.
func (s *severalNetworks) Error() string {
	lines := make([]string, len(s.all))
	for i, n := range s.all {
		lines[i] = n.ID + " (" + networkText(n) + ")"
	}
	return fmt.Sprintf("%d networks are called %q: %s. Write the id of one of them; the data source novasphere_networking_network finds it "+
		"where its argument switch names the distributed switch",
		len(s.all), s.name, strings.Join(lines, ", "))
}

// networkText describes for people where a network is: its switch, its path and its VLAN.
func networkText(n openstack.Network) string {
	switch vlan := fmt.Sprintf("VLAN %d", n.VLAN); {
	case n.Kind != openstack.NetworkDistributed:
		return n.Kind + ", " + n.Path
	case n.Trunk:
		return fmt.Sprintf("switch %s, %s, every VLAN", n.SwitchName, n.Path)
	case n.VLAN == 0:
		return fmt.Sprintf("switch %s, %s, no VLAN", n.SwitchName, n.Path)
	default:
		return fmt.Sprintf("switch %s, %s, %s", n.SwitchName, n.Path, vlan)
	}
}

// NetworkFor is Network for an instance of a zone. Of several networks of one name it chooses the only one whose switch has a host of
// the zone's cluster as a member.
func (c *Networks) NetworkFor(ctx context.Context, zone, id, name string) (openstack.Network, error) {
	n, err := c.Network(ctx, id, name)
	var several *severalNetworks
	if !errors.As(err, &several) {
		return n, err
	}
	reached := c.Reached(ctx, zone, several.all)
	if len(reached) != 1 {
		return n, err
	}
	return reached[0], c.networks.usable(reached[0])
}

// Reached returns the networks of which a switch has a host of the zone's cluster as a member; all of them if the cluster is not known.
func (c *Networks) Reached(ctx context.Context, zone string, all []openstack.Network) []openstack.Network {
	at, err := c.Inventory.Places.In(zone)
	if err != nil {
		return all
	}
	cluster, err := at.Cluster(ctx)
	if err != nil {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(n openstack.Network) bool {
		on := c.Inventory.SwitchesOf(n)
		return len(on) > 0 && !slices.ContainsFunc(cluster.Host, func(host ref) bool { return inventory.AnyMember(on, host) })
	})
}
