// SPDX-License-Identifier: MPL-2.0

package dvs

import (
	"context"
	"fmt"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// CheckNetwork finds the switch and refuses what it cannot carry. A VLAN that another network uses is no error where the configuration
// names it: Neutron allows it too, and both are the same segment. For a network that names none, there must be a free one.
func (b *Backend) CheckNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	if openstack.Overlay(n.Type) {
		return n, openstack.AttributeErrorf("segments", "a network of the type %s is a segment of NSX, and the provider has no block nsx: write "+
			"one, or network_type = \"vlan\" with a segmentation_id", n.Type)
	}
	if n.Type == openstack.SegmentL3Ext {
		return n, openstack.AttributeErrorf("segments", "a network of the type %s is a tier-0 gateway of NSX: write the provider's routers = %q "+
			"and its block nsx, or network_type = \"vlan\" with a segmentation_id", n.Type, vcenter.RoutersNSX)
	}
	if n.AnyVLAN && n.VLAN == 0 {
		return b.checkAnyVLAN(ctx, n)
	}
	at, err := b.switchOf(n)
	if err != nil {
		return n, err
	}
	on, err := b.c.Networks.Switch(ctx, at.on)
	if err != nil {
		return n, at.errorf("%w", err)
	}
	if err := b.checkReached(ctx, on, n, at); err != nil {
		return n, err
	}
	n.SwitchName, n.SwitchUUID = on.SwitchName, on.SwitchUUID
	if on.MTU > 0 && n.MTU > on.MTU {
		return n, largeFrames(on)
	}
	n.MTU, n.Kind = on.MTU, openstack.NetworkDistributed
	return n, b.nameFree(ctx, n)
}

func largeFrames(on openstack.Network) error {
	return openstack.AttributeErrorf("mtu", "the switch %s carries frames of %d bytes: write no more, or raise the switch's MTU first",
		on.SwitchName, on.MTU)
}

// nameFree refuses the name of another portgroup of the switch, existing or planned.
func (b *Backend) nameFree(ctx context.Context, n openstack.Network) error {
	all, err := b.c.Networks.ListNetworks(ctx)
	if err != nil {
		return err
	}
	for _, other := range b.Planned().Networks.Overlay(ctx, n, all) {
		switch {
		case other.Name != n.Name || other.SwitchUUID != n.SwitchUUID || n.Name == "" || other.ID == n.ID && n.ID != "":
		case other.ID == "":
			return openstack.AttributeErrorf("name", "another network of this configuration is to be called %q on the switch %s, and a portgroup's "+
				"name is unique there: choose another name for one of them", n.Name, n.SwitchName)
		default:
			return network.PortgroupTaken(n, other)
		}
	}
	return nil
}

// CreateNetwork makes a portgroup. A network that is returned with an id exists, even with an error.
func (b *Backend) CreateNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	return b.underLimits(ctx, n, b.createNetwork)
}

func (b *Backend) createNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	if n.AnyVLAN {
		choices, err := b.choices(ctx, n)
		if err != nil {
			return n, err
		}
		return b.c.Networks.CreateInRange(ctx, n, choices, b.planned())
	}
	at, err := b.switchOf(n)
	if err != nil {
		return n, err
	}
	n.SwitchName = at.on
	return b.c.Networks.CreatePortgroup(ctx, n)
}

// Network finds any network of the datacenter.
func (b *Backend) Network(ctx context.Context, id, name string) (openstack.Network, error) {
	return b.c.Networks.Network(ctx, id, name)
}

// NetworkOfOpenStack looks for OpenStack's id in the names of portgroups, where Neutron's drivers for distributed switches put it (alone,
// after the network's name, or after the switch's), and then for a portgroup with the network's own name, as Nova's driver does. It
// remembers a match by name, because subnets and ports know only the id.
func (b *Backend) NetworkOfOpenStack(ctx context.Context, id, name string) (openstack.Network, error) {
	seen, _ := b.origins.Load(id)
	if here, known := seen.(string); known {
		return b.place.Network(ctx, here, "")
	}
	all, err := b.place.Networks(ctx)
	if err != nil {
		return openstack.Network{}, err
	}
	var holding []openstack.Network
	var names []string
	for _, n := range all {
		if strings.Contains(strings.ToLower(n.Name), strings.ToLower(id)) {
			holding, names = append(holding, n), append(names, n.Name)
		}
	}
	switch {
	case len(holding) == 1:
		return holding[0], b.noteOrigin(id, holding[0])
	case len(holding) > 1:
		return openstack.Network{}, fmt.Errorf("%d networks of this datacenter have OpenStack's id %s in their names: %s", len(holding), id,
			strings.Join(names, ", "))
	case name == "":
		return openstack.Network{}, openstack.NotFound("no network of this datacenter has OpenStack's id %s in its name", id)
	}
	n, err := b.place.Network(ctx, "", name)
	if err != nil {
		return n, fmt.Errorf("no network of this datacenter has OpenStack's id %s in its name, and %w", id, err)
	}
	return n, b.noteOrigin(id, n)
}

// noteOrigin remembers which network was one of OpenStack's. Two of OpenStack's never map to one, though they may have had the same name.
func (b *Backend) noteOrigin(id string, n openstack.Network) error {
	if other, taken := b.origins.LoadOrStore(n.ID, id); taken && other != id {
		return fmt.Errorf("the network %s is what OpenStack's network %s has become already, and OpenStack's id %s is in no name", n.Name, other,
			id)
	}
	b.origins.Store(id, n.ID)
	return nil
}

// Networks returns all networks of the datacenter.
func (b *Backend) Networks(ctx context.Context) ([]openstack.Network, error) {
	return b.c.Networks.ListNetworks(ctx)
}

// UpdateNetwork reconfigures the portgroup, and gives it a VLAN where it is to have any and has none.
func (b *Backend) UpdateNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	return b.underLimits(ctx, n, b.updateNetwork)
}

func (b *Backend) updateNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	if !n.AnyVLAN || n.VLAN != 0 || n.Trunk {
		return b.c.Networks.UpdatePortgroup(ctx, n)
	}
	choices, err := b.choices(ctx, n)
	if err != nil {
		return n, err
	}
	return b.c.Networks.UpdateInRange(ctx, n, choices[0], b.planned())
}

// DeleteNetwork removes a portgroup without ports, subnets and routers.
func (b *Backend) DeleteNetwork(ctx context.Context, id string) (ours bool, err error) {
	err = b.WhenFree(ctx, func() (err error) {
		ours, err = b.deleteNetwork(ctx, id)
		return err
	})
	return ours, err
}

func (b *Backend) deleteNetwork(ctx context.Context, id string) (ours bool, err error) {
	b.c.Records.OfNetwork(id).Forget()
	used, err := b.InUse(ctx, id)
	if err != nil {
		return true, err
	}
	n, err := b.c.Networks.Network(ctx, id, "")
	switch {
	case used != nil && (err != nil || n.Mark == nil):
		return err != nil, err
	case used != nil:
		return true, used(n.Name)
	case err == nil && n.Mark != nil:
		if err := b.c.Records.OfNetwork(id).Retire(ctx); err != nil {
			return true, err
		}
	}
	return b.c.Networks.DeletePortgroup(ctx, id)
}
