// SPDX-License-Identifier: MPL-2.0

package dvs

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// Book reserves a port of the switch. On a network whose ports cannot be reserved it accepts only a port without settings of its own.
func (b *Backend) Book(ctx context.Context, p openstack.Port) (openstack.Port, error) {
	n, err := b.c.Networks.Network(ctx, p.NetworkID, "")
	if err != nil {
		return p, err
	}
	if err := b.bookable(n, p); err != nil {
		return p, err
	}
	place := network.SwitchPortSpec{Port: p}
	if b.hasOwn(p) {
		now, err := b.CurrentPolicy(ctx)
		if err != nil {
			return p, err
		}
		if place, err = placed(now, n, p); err != nil {
			return p, err
		}
	}
	if p.SwitchPort, err = b.c.Networks.BookPort(ctx, n, place); err == nil && p.SwitchPort != "" {
		logging.Network.Info(ctx, "a port of the switch is booked", "port", p.ID, "network", n.Name, "object", n.ID, "switch", n.SwitchName,
			"switch_port", p.SwitchPort)
	}
	return p, err
}

// PortFirst is false: a port of the switch is booked under an id that is chosen before the port's record is written.
func (b *Backend) PortFirst(openstack.Network) bool { return false }

// Socket returns the port's network: a portgroup reaches every host that is a member of its switch.
func (b *Backend) Socket(ctx context.Context, p openstack.Port, _ string) (openstack.Network, error) {
	return b.c.Networks.Network(ctx, p.NetworkID, "")
}

// Released returns at once: a port of the switch is free as soon as its NIC is gone.
func (b *Backend) Released(context.Context, openstack.Port) error { return nil }

// Answers implements sdn.PortBackend: what destroys a machine speaks to the same vCenter.
func (b *Backend) Answers(context.Context, string) error { return nil }

// ForeignPorts returns none but those that were recorded on a segment's portgroups: a switch does not know the addresses of its ports.
func (b *Backend) ForeignPorts(ctx context.Context, network string, _ bool) ([]openstack.Port, error) {
	n, err := b.c.Networks.Network(ctx, network, "")
	if errors.Is(err, openstack.ErrNotFound) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return b.OlderPorts(ctx, n)
}

// RemovePort does nothing: a port of the switch is free as soon as its NIC is gone.
func (b *Backend) RemovePort(context.Context, openstack.Port) error { return nil }

// CheckPort refuses a port with settings of its own on a network that does not allow them.
func (b *Backend) CheckPort(ctx context.Context, p openstack.Port) error {
	n, err := b.c.Networks.Network(ctx, p.NetworkID, "")
	if err != nil {
		return openstack.AttributeErrorf("network_id", "%w", err)
	}
	if err := b.CheckGroups(ctx, n, p); err != nil {
		return err
	}
	if n.Filtered && len(b.Filtering(p.Groups)) > 0 {
		return openstack.AttributeErrorf("security_group_ids", "the portgroup %s has traffic rules of its own, which this provider did not "+
			"write, and they would be asked beside the groups': remove them from the portgroup, or use another network", n.Name)
	}
	if _, err := b.HasQoSPolicy(ctx, p.QoSPolicyID); err != nil {
		return err
	}
	return b.bookable(n, p)
}

// bookable refuses a port with settings of its own on a network that does not allow them.
func (b *Backend) bookable(n openstack.Network, p openstack.Port) error {
	switch {
	case p.SubPort:
		return openstack.AttributeErrorf("port_id", "the port %s is a sub port of the trunk %s, and an instance gets it through the trunk's "+
			"parent: plug that in", p.ID, p.TrunkID)
	case p.QoSPolicyID != "" && n.Bookable() && !n.OwnShaping:
		return openstack.AttributeErrorf("qos_policy_id", "the portgroup %s does not let a port have limits of its own: allow the override of "+
			"traffic shaping in its settings, or use a network that this provider made", n.Name)
	case n.Bookable(), !p.Down && p.Insecure == nil && !p.ForeignMAC() && !b.hasOwn(p):
		return nil
	}
	if n.NamesOwn {
		return openstack.AttributeErrorf("network_id", "the portgroup %s names its ports itself (portNameFormat), so that none can be booked "+
			"for a port with a state, security, groups, limits or VLANs of its own: take the format away, or use a network that this provider made",
			n.Name)
	}
	return openstack.AttributeErrorf("network_id", "the portgroup %s does not let a port have a state, security, filter, limits or VLANs of "+
		"its own, or keeps them for the next: allow the overrides and the reset at disconnect in its settings, or use a network that this "+
		"provider "+
		"made", n.Name)
}

// Unbook frees the switch port.
func (b *Backend) Unbook(ctx context.Context, p openstack.Port) error {
	if p.SwitchPort == "" {
		return nil
	}
	n, err := b.c.Networks.Network(ctx, p.NetworkID, "")
	if err != nil {
		return err
	}
	logging.Network.Info(ctx, "a port of the switch is freed", "port", p.ID, "network", n.Name, "object", n.ID, "switch", n.SwitchName,
		"switch_port", p.SwitchPort, "reason", "it is not plugged in any more")
	return b.c.Networks.FreePort(ctx, n, p)
}
