// SPDX-License-Identifier: MPL-2.0

package network

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

// vlanClaim is a VLAN that a network is getting. The portgroup with the VLAN is the claim, and no record beside it can be left behind. It
// holds once a read after the change shows no other portgroup with that VLAN: of two processes that choose the same, the one that changed
// later sees the other.
type vlanClaim struct {
	c       *Networks
	on      mo.DistributedVirtualSwitch
	vlans   *switchVLANs
	choice  VLANChoice
	planned []openstack.Network // with VLANs that they name
	vlan    int64               // 0: none
}

// CreateInRange makes a portgroup with a free VLAN, on the first of the switches that has one. planned are networks that are to be made,
// and whose VLANs are passed over. A network that is returned with an id exists, even with an error.
func (c *Networks) CreateInRange(ctx context.Context, n openstack.Network, choices []VLANChoice, planned []openstack.Network) (
	openstack.Network, error) {
	claim, err := c.claimVLAN(ctx, n, choices, planned)
	if err != nil {
		return n, err
	}
	defer claim.release()
	n = c.marked(n, claim.on)
	n.VLAN = claim.vlan
	err = c.addPortgroup(ctx, claim.on, n)
	if faults.Is[*types.DuplicateName](err) {
		taken, failed := c.portgroupNamed(ctx, claim.on, n.Name)
		if failed != nil {
			return n, failed
		}
		return n, portgroupTaken(n, taken)
	}
	if err != nil && !faults.OutcomeUnknown(err) {
		return n, faults.Explain("making the portgroup "+n.Name, err)
	}
	made, err := claim.settle(ctx, n)
	if err == nil || made.ID == "" {
		return made, err
	}
	return c.takeBack(ctx, made, err)
}

// takeBack deletes a portgroup that got no VLAN of its own. Where that fails too, the network is returned with its id.
func (c *Networks) takeBack(ctx context.Context, n openstack.Network, cause error) (openstack.Network, error) {
	ctx, stop := openstack.Uninterrupted(ctx)
	defer stop()
	if _, err := c.DeletePortgroup(ctx, n.ID); err != nil && !errors.Is(err, openstack.ErrNotFound) {
		return n, errors.Join(cause, err)
	}
	n.ID = ""
	return n, cause
}

// UpdateInRange changes a portgroup, as UpdatePortgroup does, and gives it a free VLAN of the ranges. Where none is free it stays without.
func (c *Networks) UpdateInRange(ctx context.Context, n openstack.Network, choice VLANChoice, planned []openstack.Network) (
	openstack.Network, error) {
	claim, err := c.claimVLAN(ctx, n, []VLANChoice{choice}, planned)
	if err != nil {
		return n, err
	}
	defer claim.release()
	bare := n
	n.VLAN = claim.vlan
	if n, err = c.UpdatePortgroup(ctx, n); err != nil {
		return n, err
	}
	made, err := claim.settle(ctx, n)
	if err == nil {
		return made, nil
	}
	ctx, stop := openstack.Uninterrupted(ctx)
	defer stop()
	now, failed := c.UpdatePortgroup(ctx, bare)
	return now, errors.Join(err, failed)
}

// claimVLAN chooses a free VLAN on the first switch that has one, from what was read before, and where that holds them all, from what is
// read then.
func (c *Networks) claimVLAN(ctx context.Context, n openstack.Network, choices []VLANChoice, planned []openstack.Network) (*vlanClaim,
	error) {
	held := make([]map[int64]string, len(choices))
	for _, fresh := range []bool{false, true} {
		for i, choice := range choices {
			on, err := c.FindSwitch(ctx, choice.SwitchUUID)
			if err != nil {
				return nil, err
			}
			claim := &vlanClaim{c: c, on: on, vlans: c.vlansOf(on), choice: choice, planned: planned}
			if fresh {
				if _, err := claim.vlans.reads.Ask(ctx, struct{}{}); err != nil {
					return nil, err
				}
			}
			if claim.take(n) {
				return claim, nil
			}
			held[i] = claim.held("")
		}
	}
	return nil, VLANsExhausted(choices, held, 0)
}

// held returns what holds the VLANs of the switch, except a network.
func (v *vlanClaim) held(except string) map[int64]string {
	all, _ := v.c.networks.all.Known()
	others := slices.DeleteFunc(slices.Clone(all), func(n openstack.Network) bool { return n.ID == except && except != "" })
	return v.c.VLANHolders(v.on.Uuid, append(others, v.planned...))
}

// take chooses another VLAN for a network than the claim has. It reports whether one is free, and keeps the claim's where none is.
func (v *vlanClaim) take(n openstack.Network) bool {
	next := v.vlans.take(n.Name, v.choice.Ranges, func() map[int64]string { return v.held(n.ID) })
	if next == 0 {
		return false
	}
	v.release()
	v.vlan = next
	return true
}

// release ends the claim: its network is known to have the VLAN, or does without.
func (v *vlanClaim) release() {
	if v.vlan != 0 {
		v.vlans.release(v.vlan)
		v.vlan = 0
	}
}

// The waits for a portgroup with the same VLAN to take another one. The later portgroup waits once, the earlier one longer, and both
// longer still where no other VLAN is free.
const (
	laterWaits   = 1
	earlierWaits = 3
	fullWaits    = 3 // times as many
)

// settle reads the portgroups of the switch until no other has the VLAN of a network that was made or changed. It moves the network to
// the next free VLAN where another portgroup keeps it. A network that is returned with an id exists, even with an error.
func (v *vlanClaim) settle(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	pause := retry.Backoff{Longest: retry.LongestRace}
	pause.Wait(ctx) // the first lasts no time
	for waits, moves := 0, 0; ; waits++ {
		groups, err := v.vlans.reads.Ask(ctx, struct{}{})
		if err != nil {
			return n, err
		}
		made, there := find(groups, n)
		if !there {
			taken, err := v.c.portgroupNamed(ctx, v.on, n.Name)
			if err != nil {
				return n, err
			}
			return n, portgroupTaken(n, taken)
		}
		n = made // so that it is known to exist, whatever fails from now on
		others := rivals(groups, made)
		if len(others) == 0 {
			v.c.networks.keep(made.ID, &made)
			return made, nil
		}
		most := patience(made, others)
		if waits < most && pause.Wait(ctx) {
			continue
		}
		moved, err := v.move(ctx, made)
		switch moves++; {
		case err != nil:
			return made, err
		case moved && moves < retry.WriteAttempts:
			waits = -1
		case moved || waits >= most*fullWaits || !pause.Wait(ctx):
			return made, VLANsExhausted([]VLANChoice{v.choice}, []map[int64]string{v.held(made.ID)}, 0)
		}
	}
}

// move gives a portgroup the next free VLAN. It reports whether there was one.
func (v *vlanClaim) move(ctx context.Context, n openstack.Network) (bool, error) {
	if !v.take(n) {
		return false, nil
	}
	n.VLAN = v.vlan
	_, err := v.c.UpdatePortgroup(ctx, n)
	return true, err
}

// find returns the network among those that were read: by its id, or before it is known by its name and mark.
func find(groups []openstack.Network, n openstack.Network) (openstack.Network, bool) {
	i := slices.IndexFunc(groups, func(g openstack.Network) bool {
		return g.ID == n.ID || n.ID == "" && g.Name == n.Name && sameMark(g, n)
	})
	if i < 0 {
		return n, false
	}
	return groups[i], true
}

// rivals returns the other portgroups that have the VLAN of a network.
func rivals(groups []openstack.Network, n openstack.Network) (out []openstack.Network) {
	for _, g := range groups {
		if g.ID != n.ID && slices.ContainsFunc(g.VLANs(), func(r openstack.VLANRange) bool { return r.Has(n.VLAN) }) {
			out = append(out, g)
		}
	}
	return out
}

// patience returns how often a network waits for others to take another VLAN: not at all for one that this provider did not make, because
// nobody moves that.
func patience(n openstack.Network, others []openstack.Network) int {
	earlier := true
	for _, other := range others {
		if other.Mark == nil {
			return 0
		}
		earlier = earlier && (len(n.ID) < len(other.ID) || len(n.ID) == len(other.ID) && strings.Compare(n.ID, other.ID) < 0)
	}
	if earlier {
		return earlierWaits
	}
	return laterWaits
}
