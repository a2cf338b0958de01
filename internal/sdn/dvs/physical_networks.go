// SPDX-License-Identifier: MPL-2.0

package dvs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// place is the switch that a network is to be made on, and where the configuration names it.
type place struct {
	on     string                                      // the name or UUID; empty: the only one
	errorf func(format string, arguments ...any) error // makes an error at the argument that names it
}

// of returns a place that an argument names: one of the provider, or of the network.
func of(on, argument string, provider bool) place {
	return place{on, func(format string, arguments ...any) error {
		if provider {
			return openstack.ProviderErrorf(argument, format, arguments...)
		}
		return openstack.AttributeErrorf(argument, format, arguments...)
	}}
}

// physical returns the switch of a physical network: the provider's map says it, or else the name is the switch's.
func (b *Backend) physical(name string, otherwise place) place {
	if on := b.c.Config.Physical[name]; on != "" {
		return of(on, "physical_networks", true)
	}
	otherwise.on = name
	return otherwise
}

// HasPhysical reports whether a physical network is one of the provider's or a switch.
func (b *Backend) HasPhysical(ctx context.Context, name string) (bool, error) {
	if b.c.Config.Physical[name] != "" {
		return true, nil
	}
	_, err := b.c.Networks.Switch(ctx, name)
	if errors.Is(err, openstack.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// switchOf returns the switch that a network is on or names, else the one switch of its zones, else the provider's.
func (b *Backend) switchOf(n openstack.Network) (place, error) {
	zones, err := b.zonesSwitch(n)
	switch {
	case err != nil:
		return place{}, err
	case n.PhysicalNetwork != "":
		return b.physical(n.PhysicalNetwork, of("", "segments", false)), nil
	case n.SwitchName != "":
		return of(n.SwitchName, "segments", false), nil
	case zones != "":
		return of(zones, "availability_zone_hints", false), nil
	case b.c.Config.Switch != "":
		return of(b.c.Config.Switch, "switch", true), nil
	}
	return of("", "segments", false), nil
}

// zonesSwitch returns the one switch of a network's zones, empty where they name none.
func (b *Backend) zonesSwitch(n openstack.Network) (name string, err error) {
	for _, zone := range n.ZoneHints {
		on, err := b.c.Inventory.ZoneSwitch(zone)
		switch {
		case err != nil:
			return "", openstack.AttributeErrorf("availability_zone_hints", "%w", err)
		case name == "" || on == "":
			name = cmp.Or(name, on)
		case name != on && n.PhysicalNetwork == "" && n.SwitchName == "":
			return "", openstack.AttributeErrorf("availability_zone_hints",
				"the zones %s have different switches (%s and %s), and a network is on one: make one network for each, or name the switch in "+
					"segments.physical_network", strings.Join(n.ZoneHints, ", "), name, on)
		}
	}
	return name, nil
}

// checkReached refuses a switch that no host of the network's zones is a member of, or of any zone where the network names none.
func (b *Backend) checkReached(ctx context.Context, on, n openstack.Network, at place) error {
	key := fmt.Sprint(on.SwitchUUID, n.ZoneHints)
	if _, known := b.reached.Load(key); known {
		return nil
	}
	zones := n.ZoneHints
	if len(zones) == 0 {
		zones = b.c.Inventory.Zones()
	}
	clusters := b.c.Inventory.UnreachedClusters(ctx, on.SwitchUUID, zones)
	if len(clusters) == 0 {
		b.reached.Store(key, true)
		return nil
	}
	slices.Sort(clusters)
	return at.errorf("no host of the cluster %s is a member of the distributed switch %s: no instance could be plugged into a network there. "+
		"Add hosts to the switch, or name another; where this configuration adds them (compute_node), let the network depend on that",
		strings.Join(clusters, ", "), on.SwitchName)
}
