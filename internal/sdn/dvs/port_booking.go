package dvs

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// Book reserves a port of the switch. On a network whose ports cannot be reserved it accepts only a port without settings of its own.
func (b *Backend) Book(ctx context.Context, p openstack.Port) (openstack.Port, error) {
	n, err := b.c.Networks.Network(ctx, p.NetworkID, "")
	if err != nil {
		return p, err
	}
	if err := bookable(n, p); err != nil {
		return p, err
	}
	place := network.SwitchPortSpec{Port: p}
	if len(recorded.Enforced(p.Groups)) > 0 {
		now, err := b.CurrentPolicy(ctx)
		if err != nil {
			return p, err
		}
		if place.Filter, err = filterFor(now, p); err != nil {
			return p, err
		}
	}
	if p.SwitchPort, err = b.c.Networks.BookPort(ctx, n, place); err == nil && p.SwitchPort != "" {
		logging.Network.Info(ctx, "a port of the switch is booked", "port", p.ID, "network", n.Name, "object", n.ID, "switch", n.SwitchName,
			"switch_port", p.SwitchPort)
	}
	return p, err
}

// CheckPort refuses a port with settings of its own on a network that does not allow them.
func (b *Backend) CheckPort(ctx context.Context, p openstack.Port) error {
	n, err := b.c.Networks.Network(ctx, p.NetworkID, "")
	if err != nil {
		return openstack.AttributeErrorf("network_id", "%w", err)
	}
	if err := b.CheckGroups(ctx, n, p); err != nil {
		return err
	}
	if n.Filtered && len(recorded.Enforced(p.Groups)) > 0 {
		return openstack.AttributeErrorf("security_group_ids", "the portgroup %s has traffic rules of its own, which this provider did not "+
			"write, and they would be asked beside the groups': remove them from the portgroup, or use another network", n.Name)
	}
	return bookable(n, p)
}

// bookable refuses a port with settings of its own on a network that does not allow them.
func bookable(n openstack.Network, p openstack.Port) error {
	if n.Bookable() || !p.Down && p.Insecure == nil && !p.ForeignMAC() && len(recorded.Enforced(p.Groups)) == 0 {
		return nil
	}
	if n.NamesOwn {
		return openstack.AttributeErrorf("network_id", "the portgroup %s names its ports itself (portNameFormat), so that none can be booked "+
			"for a port with a state, security or groups of its own: take the format away, or use a network that this provider made", n.Name)
	}
	return openstack.AttributeErrorf("network_id", "the portgroup %s does not let a port have a state, security or filter of its own, or "+
		"keeps them for the next: allow the overrides and the reset at disconnect in its settings, or use a network that this provider "+
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
