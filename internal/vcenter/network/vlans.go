// SPDX-License-Identifier: MPL-2.0

package network

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// VLANChoice is a switch, and the ranges from which a network on it may get a VLAN.
type VLANChoice struct {
	SwitchName, SwitchUUID string
	MTU                    int64 // bytes, the switch's
	Ranges                 []openstack.VLANRange
}

// VLANHolders returns what holds the VLANs of a switch, in words: private VLANs, and those networks among the given that are on it.
func (c *Networks) VLANHolders(switchUUID string, networks []openstack.Network) map[int64]string {
	held := map[int64]string{}
	for _, on := range c.Inventory.SwitchesOf(openstack.Network{SwitchUUID: switchUUID}) {
		holdPrivate(held, on)
	}
	for _, n := range networks {
		if !n.OnSwitch(switchUUID) {
			continue
		}
		for _, r := range n.VLANs() {
			for vlan := max(r.First, 1); vlan <= min(r.Last, openstack.MaxVLAN); vlan++ {
				held[vlan] = holderText(n)
			}
		}
	}
	return held
}

// holdPrivate adds the private VLANs of a switch, primary and secondary.
func holdPrivate(held map[int64]string, on mo.DistributedVirtualSwitch) {
	config, ok := on.Config.(*types.VMwareDVSConfigInfo)
	if !ok {
		return
	}
	for _, private := range config.PvlanConfig {
		held[int64(private.PrimaryVlanId)], held[int64(private.SecondaryVlanId)] = "a private VLAN of the switch", "a private VLAN of the switch"
	}
}

// holderText names a network that holds a VLAN, and its maker.
func holderText(n openstack.Network) string {
	switch {
	case n.ID == "":
		return "another network of this configuration, " + n.Name
	case n.Mark == nil:
		return n.Name
	}
	return n.Name + " (" + n.Mark.By + ")"
}

// VLANsExhausted returns the error for ranges without a free VLAN, with what holds the VLANs of each switch, and how many networks of the
// plan are to get one.
func VLANsExhausted(choices []VLANChoice, held []map[int64]string, coming int) error {
	var ranges, holders []string
	for i, choice := range choices {
		for _, r := range choice.Ranges {
			ranges = append(ranges, fmt.Sprintf("%s:%d:%d", r.PhysicalNetwork, r.First, r.Last))
		}
		for _, vlan := range slices.Sorted(maps.Keys(held[i])) {
			if slices.ContainsFunc(choice.Ranges, func(r openstack.VLANRange) bool { return r.Has(vlan) }) {
				holders = append(holders, fmt.Sprintf("%d is held by %s", vlan, held[i][vlan]))
			}
		}
	}
	if n := len(holders) - faults.MostNamed; n > 0 {
		holders = append(holders[:faults.MostNamed], fmt.Sprintf("%d more are held", n))
	}
	if coming > 0 {
		holders = append(holders, fmt.Sprintf("%d other networks of this configuration are to get one", coming))
	}
	return openstack.ProviderErrorf("network_vlan_ranges", "no VLAN of %s is free: %s. Delete what is not needed, widen the range, or write "+
		"segments with another segmentation_id", strings.Join(ranges, ", "), strings.Join(holders, ", "))
}

// switchVLANs are the VLANs of a switch that this process gives to networks.
type switchVLANs struct {
	reads *wire.Batch[struct{}, []openstack.Network]

	mu     sync.Mutex
	chosen map[int64]string // the name of the network that is getting a VLAN, and is not known to have it yet
}

func (c *Networks) vlansOf(on mo.DistributedVirtualSwitch) *switchVLANs {
	found, known := c.vlans.Load(on.Uuid)
	if !known {
		found, _ = c.vlans.LoadOrStore(on.Uuid, &switchVLANs{chosen: map[int64]string{},
			reads: &wire.Batch[struct{}, []openstack.Network]{
				Do: func(ctx context.Context, asked []struct{}) []wire.Outcome[[]openstack.Network] {
					groups, err := c.readPortgroups(ctx, on)
					out := wire.AllFailed[[]openstack.Network](len(asked), err)
					for i := range out {
						out[i].Value = groups
					}
					return out
				}}})
	}
	s, _ := found.(*switchVLANs)
	return s
}

// readPortgroups reads the portgroups of a switch, in one call.
func (c *Networks) readPortgroups(ctx context.Context, on mo.DistributedVirtualSwitch) ([]openstack.Network, error) {
	began := c.networks.now()
	found, err := c.wire.Collect(ctx, property.PortgroupsOf(on.Self), map[string][]string{"DistributedVirtualPortgroup": portgroupPaths})
	if err != nil {
		return nil, faults.Explain("reading the portgroups of the switch "+on.Name, err)
	}
	read, err := property.Readable[mo.DistributedVirtualPortgroup](found, func(kind string) bool { return kind != "" })
	if err != nil {
		return nil, faults.Explain("reading the portgroups of the switch "+on.Name, err)
	}
	var groups []openstack.Network
	for _, g := range read {
		if n := portgroup(g, c.networks.known()); !n.Uplink && n.Kind == openstack.NetworkDistributed {
			groups = append(groups, n)
		}
	}
	c.networks.refresh(on.Uuid, groups, began)
	return groups, nil
}

// take chooses a VLAN of the ranges that nothing holds, for a network. held is what holds the others, and is asked while no other network
// takes one. It returns 0 where none is free. The search begins at a place that depends on the network's name, so that processes seldom
// choose the same.
func (s *switchVLANs) take(name string, ranges []openstack.VLANRange, held func() map[int64]string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken, hash := held(), fnv.New32a()
	_, _ = hash.Write([]byte(name))
	for _, r := range ranges {
		size := r.Last - r.First + 1
		for i := range size {
			vlan := r.First + (int64(hash.Sum32())+i)%size
			_, holds := taken[vlan]
			_, coming := s.chosen[vlan]
			if !holds && !coming {
				s.chosen[vlan] = name
				return vlan
			}
		}
	}
	return 0
}

// release notes that a chosen VLAN is not used, or that its network is known to have it.
func (s *switchVLANs) release(vlan int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.chosen, vlan)
}
