// SPDX-License-Identifier: MPL-2.0

package dvs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// filterFor returns the filter that a port's groups amount to, or nil if nothing is filtered.
func filterFor(now *traffic.Policy, p openstack.Port) (*types.DvsFilterPolicy, error) {
	groups, err := now.Filtering(p)
	if err != nil {
		return nil, err
	}
	rules, err := Effective(p, groups, now.Members)
	return FilterPolicy(rules), err
}

// CarryOut updates the ports that a change concerns. Simultaneous changes are carried out together.
func (b *Backend) CarryOut(ctx context.Context, c traffic.Change) error {
	return b.enforceGathered(ctx, c)
}

func (b *Backend) enforceChanges(ctx context.Context, changes []traffic.Change) []error {
	out := make([]error, len(changes))
	now, err := b.FreshPolicy(ctx)
	if err != nil {
		for i, c := range changes {
			out[i] = &openstack.PartialEnforcementError{Err: err}
			if c.Port != "" {
				out[i] = fmt.Errorf("the port %s is recorded anew, but its place on the switch could not be set: %w", c.Port, err)
			}
		}
		return out
	}
	failed := map[string]error{}
	for uuid, ids := range b.touched(ctx, now, changes, failed) {
		b.enforceOnSwitch(ctx, uuid, ids, changes, failed)
	}
	b.dropVanished(ctx, now, failed)
	networks := b.limitNetworks(ctx, now, changes)
	for i, c := range changes {
		out[i] = verdict(c, now, failed, networks)
	}
	return out
}

// errMoved means that a switch port no longer belongs to the port.
var errMoved = errors.New("does not belong to the port any more")

// dropVanished drops the failures of ports whose instance has gone meanwhile: their records will show it a moment later.
func (b *Backend) dropVanished(ctx context.Context, now *traffic.Policy, failed map[string]error) {
	for id, err := range failed {
		if !errors.Is(err, errMoved) {
			continue
		}
		if err := b.CheckUnplugged(ctx, now.Ports[id].NetworkID, id); err == nil || errors.Is(err, openstack.ErrNotFound) {
			delete(failed, id)
		}
	}
}

// touched returns the plugged-in ports that the changes may concern, by the UUID of their switch.
func (b *Backend) touched(ctx context.Context, now *traffic.Policy, changes []traffic.Change, failed map[string]error) map[string][]string {
	out := map[string][]string{}
	for id, p := range now.Ports {
		if p.SwitchPort == "" || !slices.ContainsFunc(changes, func(c traffic.Change) bool { return c.Port == id || now.Concerns(c, p) }) {
			continue
		}
		n, err := b.c.Networks.Network(ctx, p.NetworkID, "")
		if err != nil {
			failed[id] = err
			continue
		}
		out[n.SwitchUUID] = append(out[n.SwitchUUID], id)
	}
	return out
}

// enforceOnSwitch sets ports of one switch in one task. If the switch refuses that, it sets them one by one, because only one may be
// wrong.
func (b *Backend) enforceOnSwitch(ctx context.Context, uuid string, ids []string, changes []traffic.Change, failed map[string]error) {
	var now *traffic.Policy
	keys := func(ids []string) (keys []string) {
		for _, id := range ids {
			keys = append(keys, now.Ports[id].SwitchPort)
		}
		return keys
	}
	now, err := b.CurrentPolicy(ctx)
	if err != nil {
		for _, id := range ids {
			failed[id] = err
		}
		return
	}
	err = b.c.Networks.SetPorts(ctx, uuid, keys(ids), func(is map[string]types.DistributedVirtualPort) (places []network.SwitchPortSpec,
		err error) {
		if now, err = b.FreshPolicy(ctx); err != nil {
			return nil, err
		}
		for _, id := range ids {
			place, wanted, err := b.placeOf(ctx, now, id, is, slices.ContainsFunc(changes, func(c traffic.Change) bool { return c.Port == id }))
			if failed[id] = err; err == nil && wanted {
				logPlace(ctx, uuid, place, is[place.SwitchPort], changes)
				places = append(places, place)
			}
		}
		return places, nil
	})
	switch {
	case err == nil:
	case len(ids) == 1:
		failed[ids[0]] = cmp.Or(failed[ids[0]], err)
	default:
		for _, id := range ids {
			b.enforceOnSwitch(ctx, uuid, []string{id}, changes, failed)
		}
	}
}

// placeOf returns how a port's switch port is to be set, and whether it needs to be.
func (b *Backend) placeOf(ctx context.Context, s *traffic.Policy, id string, is map[string]types.DistributedVirtualPort,
	own bool) (place network.SwitchPortSpec, wanted bool, err error) {
	p, there := s.Ports[id]
	at, known := is[p.SwitchPort]
	switch {
	case !there || p.SwitchPort == "": // unplugged meanwhile
		return place, false, nil
	case (!known || at.Config.Name != id) && own:
		return place, false, fmt.Errorf("the port %s of the switch %w (%s): plug the instance in anew (change its network block, or replace it)",
			p.SwitchPort, errMoved, id)
	case !known || at.Config.Name != id: // its VM is being removed
		return place, false, nil
	}
	n, err := b.Network(ctx, p.NetworkID, "")
	if err != nil {
		return place, false, err
	}
	place, err = placed(s, n, p)
	place.Keeps = !own
	return place, err == nil && (own || differs(place, at)), err
}

// verdict returns the error of a change: that of its own port, or else the list of other ports that did not follow, and why networks of
// its QoS policies did not.
func verdict(c traffic.Change, now *traffic.Policy, failed, networks map[string]error) error {
	if err := failed[c.Port]; err != nil {
		return err
	}
	lag := &openstack.PartialEnforcementError{}
	for id, err := range failed {
		if err != nil && now.Concerns(c, now.Ports[id]) {
			lag.Ports, lag.Err = append(lag.Ports, id), errors.Join(lag.Err, err)
		}
	}
	for _, id := range c.QoS {
		lag.Err = errors.Join(lag.Err, networks[id])
	}
	if lag.Err == nil {
		return nil
	}
	slices.Sort(lag.Ports)
	return lag
}

// EffectiveRules compares the filter and the limits of a port's switch port with those that its groups and its QoS policy amount to.
func (b *Backend) EffectiveRules(ctx context.Context, p openstack.Port) (is, want []string, err error) {
	if b.AsInOpenStack() {
		return b.recordedRules(ctx, p)
	}
	if len(recorded.Enforced(p.Groups)) == 0 && p.QoSPolicyID == "" || p.PluggedElsewhere() {
		return nil, nil, nil
	}
	now, err := b.CurrentPolicy(ctx)
	if err != nil {
		return nil, nil, err
	}
	place, wrong := placed(now, openstack.Network{}, p)
	if wrong != nil {
		// hide ErrNotFound: it is a group's record that is gone, not the port
		wrong = &openstack.PartialEnforcementError{Ports: []string{p.ID}, Err: fmt.Errorf("%s", wrong)}
	}
	want = wantedLines(place)
	if p.SwitchPort == "" {
		return want, want, wrong
	}
	at, there, err := b.switchPortOf(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	if there {
		is = linesOf(at, p)
	}
	if wrong != nil {
		return is, is, wrong
	}
	return is, want, nil
}

// switchPortOf reads the switch port of a port that is plugged in. there is false where its NIC is connected elsewhere, or gone.
func (b *Backend) switchPortOf(ctx context.Context, p openstack.Port) (at types.DistributedVirtualPort, there bool, err error) {
	n, err := b.c.Networks.Network(ctx, p.NetworkID, "")
	if err != nil {
		return at, false, errors.New(err.Error()) // hide ErrNotFound: the port's record is there
	}
	at, err = b.c.Networks.SwitchPort(ctx, n.SwitchUUID, p.SwitchPort)
	if errors.Is(err, openstack.ErrNotFound) {
		return at, false, nil
	}
	return at, err == nil && at.Config.Name == p.ID, err
}

// Enforce updates the switch port of a port that is plugged in.
func (b *Backend) Enforce(ctx context.Context, p openstack.Port) error {
	if p.SwitchPort == "" {
		return nil
	}
	return b.CarryOut(ctx, traffic.Change{Port: p.ID})
}

// Follow updates the switch after a port was changed: its own switch port, and the ports that admit the members of its groups.
func (b *Backend) Follow(ctx context.Context, before, now openstack.Port) error {
	var c traffic.Change
	filtered := !slices.Equal(before.Groups, now.Groups) || !slices.Equal(before.FixedIPs, now.FixedIPs) ||
		!slices.Equal(before.AllowedPairs, now.AllowedPairs)
	if filtered {
		c.Groups = append(slices.Clone(before.Groups), now.Groups...)
	}
	differs := before.Down != now.Down || insecure(before) != insecure(now) || before.ForeignMAC() != now.ForeignMAC() ||
		len(b.Filtering(c.Groups)) > 0 || before.QoSPolicyID != now.QoSPolicyID ||
		before.SwitchPort != now.SwitchPort && b.hasOwn(now)
	switch {
	case !differs || now.DeviceID == "":
	case now.SwitchPort == "":
		n, err := b.Network(ctx, now.NetworkID, "")
		if err != nil {
			return err
		}
		return fmt.Errorf("the port %s is plugged into the instance %s on the network %s, where ports have no state, security, filter or limits "+
			"of their own: change the network's instead, or unplug the port first", now.ID, now.DeviceID, n.Name)
	default:
		c.Port = now.ID
	}
	if c.Groups = b.Filtering(c.Groups); c.Port == "" && len(c.Groups) == 0 {
		return nil
	}
	return b.CarryOut(ctx, c)
}

// insecure returns a port's Insecure as text, to compare it; empty: as the network.
func insecure(p openstack.Port) string {
	if p.Insecure == nil {
		return ""
	}
	return fmt.Sprint(*p.Insecure)
}
