// SPDX-License-Identifier: MPL-2.0

package dvs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// A trunk is a VLAN trunk on the switch port of its parent. The switch translates no tags, so a guest sends a sub port's packets under the
// VLAN of that port's network. On a trunk the switch tags nothing either: a parent on a network with a VLAN is tagged by the guest, too.

// trunkVLANs returns the VLANs of a port that is the parent of a trunk; nil where it has its portgroup's. A trunk that is down carries what
// is the parent's own, and one without sub ports changes nothing.
func trunkVLANs(now *traffic.Policy, n openstack.Network, p openstack.Port) []int64 {
	t, there := now.Trunks[p.TrunkID]
	if !there || p.SubPort || n.Trunk || len(t.SubPorts) == 0 {
		return nil
	}
	vlans := []int64{n.VLAN} // 0: frames without a tag
	if !t.Down {
		for _, s := range t.SubPorts {
			vlans = append(vlans, s.VLAN)
		}
	}
	slices.Sort(vlans)
	return slices.Compact(vlans)
}

// CheckTrunkPorts refuses a trunk whose sub ports' VLANs cannot reach the parent. ports are those that are known.
func (b *Backend) CheckTrunkPorts(ctx context.Context, t openstack.Trunk, ports []openstack.Port) (caveat string, err error) {
	for _, p := range ports {
		if len(b.Filtering(p.Groups)) > 0 {
			return "", openstack.AttributeErrorf("port_id", "the port %s has security groups, and the switch would filter all ports of the trunk "+
				"at one place, by the addresses of its parent: write no_security_groups = true for the ports of a trunk", p.ID)
		}
	}
	at := func(id string) (openstack.Network, bool) {
		i := slices.IndexFunc(ports, func(p openstack.Port) bool { return p.ID == id && id != "" })
		if i < 0 {
			return openstack.Network{}, false
		}
		n, failed := b.Network(ctx, ports[i].NetworkID, "")
		err = errors.Join(err, failed)
		for _, changed := range b.Planned().Networks.At(n.ID) {
			n.VLAN = cmp.Or(changed.VLAN, n.VLAN)
		}
		return n, true
	}
	parent, known := at(t.PortID)
	if err != nil {
		return "", err
	}
	if known {
		if err := b.trunkable(parent, ports[0]); err != nil {
			return "", err
		}
	}
	for _, s := range t.SubPorts {
		on, there := at(s.PortID)
		switch {
		case err != nil:
			return "", err
		case !there:
		case known:
			err = checkSubPort(s, on, parent)
		default:
			err = checkSubPort(s, on, openstack.Network{SwitchUUID: on.SwitchUUID})
		}
		if err != nil {
			return "", err
		}
	}
	return trunkCaveat(t, parent, ports), nil
}

// trunkable refuses a parent whose switch port cannot be a trunk.
func (b *Backend) trunkable(n openstack.Network, parent openstack.Port) error {
	if parent.PluggedElsewhere() {
		return openstack.AttributeErrorf("port_id", "the port %s is plugged into the instance %s, and has no port of the switch that can be "+
			"made a trunk: choose another port, or plug it in anew", parent.ID, parent.DeviceID)
	}
	if err := b.bookable(n, openstack.Port{TrunkID: "this"}); err != nil {
		return err
	}
	if n.Mark == nil && !n.OwnVLANs && !n.Trunk {
		return openstack.AttributeErrorf("port_id", "the portgroup %s does not let a port have VLANs of its own: allow the override of VLANs in "+
			"its settings (it was not made by this provider, which leaves it alone), or choose a port of another network", n.Name)
	}
	return nil
}

// checkSubPort refuses a sub port whose network is not a VLAN of the parent's switch, or another one than is written.
func checkSubPort(s openstack.SubPort, on, parent openstack.Network) error {
	switch {
	case on.Kind != openstack.NetworkDistributed || on.SwitchUUID != parent.SwitchUUID:
		return openstack.AttributeErrorf("sub_port", "the port %s is on the network %s, on another switch than the trunk's port (%s): a trunk "+
			"carries VLANs of one switch", s.PortID, on.Name, parent.SwitchName)
	case on.Trunk || on.VLAN == 0:
		return openstack.AttributeErrorf("sub_port", "the port %s is on the network %s, which has no VLAN, and a trunk tells its sub ports "+
			"apart by theirs: choose a port of a network with a segmentation_id", s.PortID, on.Name)
	case s.Type == openstack.SegmentVLAN && s.VLAN != 0 && s.VLAN != on.VLAN:
		return openstack.AttributeErrorf("sub_port", "segmentation_id is %d, and the network %s of the port %s is the VLAN %d. The switch does "+
			"not translate VLANs, so the guest must use the network's: write segmentation_id = %d", s.VLAN, on.Name, s.PortID, on.VLAN, on.VLAN)
	case on.VLAN == parent.VLAN:
		return openstack.AttributeErrorf("sub_port", "the port %s is on the VLAN %d, which is the VLAN of the trunk's own port too: it needs no "+
			"sub port", s.PortID, on.VLAN)
	}
	return nil
}

// trunkCaveat tells what the guest must do that it need not do in OpenStack; empty: nothing.
func trunkCaveat(t openstack.Trunk, parent openstack.Network, ports []openstack.Port) (text string) {
	if len(t.SubPorts) == 0 || len(ports) == 0 || ports[0].ID != t.PortID {
		return ""
	}
	if parent.VLAN != 0 && !parent.Trunk {
		text = fmt.Sprintf("The network %s of the trunk's port is the VLAN %d, and on a trunk the switch tags nothing: the guest must tag what "+
			"it sends there, too. Where its port is to be untagged, use a network with network_type = \"flat\". ", parent.Name, parent.VLAN)
	}
	for _, p := range ports[1:] {
		if p.MAC != ports[0].MAC {
			text += fmt.Sprintf("The port %s has another MAC address than the trunk's port, and the switch hands a NIC its own frames only: give "+
				"the guest's VLAN interface the address %s, and write it as the sub port's mac_address.", p.ID, ports[0].MAC)
			break
		}
	}
	return text
}

// AllowTrunk lets ports of the parent's network carry VLANs of their own.
func (b *Backend) AllowTrunk(ctx context.Context, t openstack.Trunk) error {
	n, err := b.Network(ctx, t.NetworkID, "")
	if err != nil || n.Trunk || len(t.SubPorts) == 0 {
		return err
	}
	return b.c.Networks.AllowVLANs(ctx, n)
}

// Carried returns the sub ports whose VLANs the parent's switch port carries; none, where it carries others besides.
func (b *Backend) Carried(ctx context.Context, t openstack.Trunk) ([]openstack.SubPort, error) {
	parent, err := b.Port(ctx, t.NetworkID, t.PortID)
	if err != nil || parent.SwitchPort == "" {
		if errors.Is(err, openstack.ErrNotFound) || errors.Is(err, openstack.ErrNoRecords) {
			err = nil
		}
		return t.SubPorts, err
	}
	n, err := b.Network(ctx, t.NetworkID, "")
	if err != nil {
		return t.SubPorts, err
	}
	at, there, err := b.switchPortOf(ctx, parent)
	if err != nil || !there {
		return t.SubPorts, err
	}
	now := &traffic.Policy{Trunks: map[string]openstack.Trunk{t.ID: t}}
	parent.TrunkID, parent.SubPort = t.ID, false
	want, is := trunkVLANs(now, n, parent), network.VLANsOf(at)
	if slices.Equal(want, is) {
		return t.SubPorts, nil
	}
	carried := slices.DeleteFunc(slices.Clone(t.SubPorts), func(s openstack.SubPort) bool { return !slices.Contains(is, s.VLAN) })
	if len(carried) == len(t.SubPorts) {
		carried = nil
	}
	return carried, nil
}
