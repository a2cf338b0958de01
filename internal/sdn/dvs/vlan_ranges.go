// SPDX-License-Identifier: MPL-2.0

package dvs

import (
	"context"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// choices returns the switches that a network without a VLAN may be made on, with their ranges: those of its physical network, of its
// switch, or all, in the order in which the provider's configuration has them.
func (b *Backend) choices(ctx context.Context, n openstack.Network) (out []network.VLANChoice, err error) {
	at, err := b.switchOf(n)
	if err != nil {
		return nil, err
	}
	on := openstack.Network{}
	if at.on != "" {
		if on, err = b.c.Networks.Switch(ctx, at.on); err != nil {
			return nil, at.errorf("%w", err)
		}
	}
	ranges, named := b.c.Config.VLANRanges, func(r openstack.VLANRange) bool { return r.PhysicalNetwork == n.PhysicalNetwork }
	if slices.ContainsFunc(ranges, named) {
		ranges = slices.DeleteFunc(slices.Clone(ranges), func(r openstack.VLANRange) bool { return !named(r) })
	}
	for _, r := range ranges {
		if r.First == 0 {
			continue
		}
		where := b.physical(r.PhysicalNetwork, of("", "network_vlan_ranges", true))
		has, err := b.c.Networks.Switch(ctx, where.on)
		if err != nil {
			return nil, where.errorf("%w", err)
		}
		if at.on != "" && has.SwitchUUID != on.SwitchUUID {
			continue
		}
		if err := b.checkReached(ctx, has, n, where); err != nil {
			return nil, err
		}
		out = withRange(out, has, r)
	}
	if len(out) == 0 {
		return nil, b.noRange(n, on)
	}
	return fitting(out, n)
}

// withRange adds a range to those of its switch.
func withRange(all []network.VLANChoice, on openstack.Network, r openstack.VLANRange) []network.VLANChoice {
	i := slices.IndexFunc(all, func(c network.VLANChoice) bool { return c.SwitchUUID == on.SwitchUUID })
	if i < 0 {
		i, all = len(all), append(all, network.VLANChoice{SwitchName: on.SwitchName, SwitchUUID: on.SwitchUUID, MTU: on.MTU})
	}
	all[i].Ranges = append(all[i].Ranges, r)
	return all
}

// noRange returns the error for a network without a VLAN, where there is no range for it.
func (b *Backend) noRange(n, on openstack.Network) error {
	const remedies = "Write segments with a segmentation_id or with network_type = \"flat\", or the provider's network_vlan_ranges"
	switch {
	case len(b.c.Config.VLANRanges) == 0:
		return openstack.AttributeErrorf("segments", "it is not said what lies under the network: two networks without a VLAN of their own "+
			"would be one wire. "+remedies+", of which each such network gets a free VLAN")
	case n.PhysicalNetwork != "":
		return openstack.AttributeErrorf("segments", "the network needs a VLAN, and network_vlan_ranges has none of the physical network %s. "+
			remedies+" with a range of it", n.PhysicalNetwork)
	case on.SwitchName == "":
		return openstack.AttributeErrorf("segments", "the network needs a VLAN, and network_vlan_ranges names physical networks without a "+
			"range. "+remedies+" with a range")
	}
	return openstack.AttributeErrorf("segments", "the network needs a VLAN, and network_vlan_ranges has none of the switch %s. "+remedies+
		" with a range of it", on.SwitchName)
}

// fitting returns the choices whose switch carries the frames of a network.
func fitting(all []network.VLANChoice, n openstack.Network) ([]network.VLANChoice, error) {
	var out []network.VLANChoice
	for _, c := range all {
		if c.MTU == 0 || n.MTU <= c.MTU {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return nil, largeFrames(openstack.Network{SwitchName: all[0].SwitchName, MTU: all[0].MTU})
	}
	return out, nil
}

// checkAnyVLAN plans a network that gets a VLAN of a range, on the first switch that is likely to have a free one. It refuses the network
// where certainly none is free: what exists and stays holds VLANs, and each network that was planned before takes one.
func (b *Backend) checkAnyVLAN(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	choices, err := b.choices(ctx, n)
	if err != nil {
		return n, err
	}
	all, err := b.c.Networks.ListNetworks(ctx)
	if err != nil {
		return n, err
	}
	stay, coming := b.beside(ctx, n, all)
	held, free, first := make([]map[int64]string, len(choices)), 0, -1
	for i, c := range choices {
		held[i] = b.c.Networks.VLANHolders(c.SwitchUUID, stay)
		here := freeOf(c, held[i])
		free += here
		if first < 0 && here > likely(coming, c.SwitchUUID) {
			first = i
		}
	}
	if others := b.rivals(ctx, n, coming, choices); others >= free {
		return n, network.VLANsExhausted(choices, held, others)
	}
	on := choices[max(first, 0)]
	n.SwitchName, n.SwitchUUID, n.Kind, n.MTU = on.SwitchName, on.SwitchUUID, openstack.NetworkDistributed, on.MTU
	if slices.ContainsFunc(choices, func(c network.VLANChoice) bool { return c.MTU != on.MTU }) {
		n.MTU = 0 // the creation decides
	}
	return n, b.nameFree(ctx, n)
}

// freeOf counts the VLANs of a choice that nothing holds.
func freeOf(c network.VLANChoice, held map[int64]string) int {
	free := map[int64]bool{}
	for _, r := range c.Ranges {
		for vlan := r.First; vlan <= r.Last; vlan++ {
			if _, holds := held[vlan]; !holds {
				free[vlan] = true
			}
		}
	}
	return len(free)
}

// beside returns the networks that will be there beside a planned one, as far as that is certain: those that stay, as they are planned, and
// those that are to get a VLAN.
func (b *Backend) beside(ctx context.Context, n openstack.Network, all []openstack.Network) (stay, coming []openstack.Network) {
	made := map[[2]string]bool{} // also by this process, before it has noted that they are no longer planned
	for _, other := range all {
		made[[2]string{other.Name, other.SwitchUUID}] = true
	}
	stay = b.Planned().Networks.Overlay(ctx, n, all)
	for _, other := range b.Planned().Networks.At(planned.EveryNetwork) {
		switch {
		case other.AnyVLAN && other.VLAN == 0 && other.ID == "":
			if !made[[2]string{other.Name, other.SwitchUUID}] {
				coming = append(coming, other)
			}
		case other.ID == "" || other.Name != n.Name: // one of its name may be what it replaces
			stay = append(stay, other)
		}
	}
	return stay, coming
}

// likely counts the networks that were planned on a switch.
func likely(coming []openstack.Network, switchUUID string) (count int) {
	for _, n := range coming {
		if n.SwitchUUID == switchUUID {
			count++
		}
	}
	return count
}

// rivals counts the networks among others that can get a VLAN only of the choices of a network.
func (b *Backend) rivals(ctx context.Context, n openstack.Network, others []openstack.Network, choices []network.VLANChoice) (count int) {
	for _, other := range others {
		if other.PhysicalNetwork == n.PhysicalNetwork && slices.Equal(other.ZoneHints, n.ZoneHints) {
			count++
			continue
		}
		other.SwitchName = "" // which was only likely
		if its, err := b.choices(ctx, other); err == nil && within(its, choices) {
			count++
		}
	}
	return count
}

// within reports whether all ranges of some choices are among those of others.
func within(some, others []network.VLANChoice) bool {
	return !slices.ContainsFunc(some, func(c network.VLANChoice) bool {
		i := slices.IndexFunc(others, func(o network.VLANChoice) bool { return o.SwitchUUID == c.SwitchUUID })
		return i < 0 || slices.ContainsFunc(c.Ranges, func(r openstack.VLANRange) bool { return !slices.Contains(others[i].Ranges, r) })
	})
}

// planned returns the planned networks with the VLANs that they are to have, for networks that get one to pass over.
func (b *Backend) planned() (out []openstack.Network) {
	for _, n := range b.Planned().Networks.At(planned.EveryNetwork) {
		if n.VLAN != 0 && n.SwitchUUID != "" {
			out = append(out, n)
		}
	}
	return out
}
