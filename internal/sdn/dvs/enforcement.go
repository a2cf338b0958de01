package dvs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// There is nobody on a vCenter who keeps the switch's filters up to date, so whoever changes a group, a rule or a member brings every
// port that is plugged in up to it at once, whichever workspace holds it: as in OpenStack, and because an address that a member has
// given back may be somebody else's a moment later.

// policySnapshot holds what decides which traffic passes: all groups, all ports, and the addresses of each group's members.
type policySnapshot struct {
	groups  map[string]openstack.SecurityGroup
	ports   map[string]openstack.Port
	members map[string][]string
	age     int
}

// currentPolicy returns the snapshot that this process has, or reads one where records have changed since.
func (b *Backend) currentPolicy(ctx context.Context) (*policySnapshot, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known != nil && b.known.age == b.c.Records.Age() {
		return b.known, nil
	}
	// its age is that of before it is read: what others of this process write meanwhile may be missing in it
	now := &policySnapshot{groups: map[string]openstack.SecurityGroup{}, ports: map[string]openstack.Port{}, members: map[string][]string{},
		age: b.c.Records.Age()}
	groups, err := b.Groups(ctx)
	if err != nil {
		return nil, err
	}
	ports, err := b.Ports(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		now.groups[g.ID] = g
	}
	for _, p := range ports {
		now.ports[p.ID] = p
		own, err := ownAddresses(p)
		if err != nil {
			return nil, fmt.Errorf("the port %s: %w", p.ID, err)
		}
		for _, id := range p.Groups {
			for _, prefix := range own {
				now.members[id] = append(now.members[id], prefix.String())
			}
		}
	}
	b.known = now
	return now, nil
}

// refreshedPolicy is the policy after everybody's changes.
func (b *Backend) refreshedPolicy(ctx context.Context) (*policySnapshot, error) {
	if err := b.c.Records.Refresh(ctx); err != nil {
		return nil, err
	}
	return b.currentPolicy(ctx)
}

// filter is what a port's groups come to; nil where nothing is filtered.
func (s *policySnapshot) filter(p openstack.Port) (*types.DvsFilterPolicy, error) {
	var groups []openstack.SecurityGroup
	for _, id := range enforced(p.Groups) {
		g, there := s.groups[id]
		if !there {
			return nil, openstack.AttributeErrorf("security_group_ids", "there is no security group %s any more: somebody removed its record. "+
				"Take it off "+
				"the port %s", id, p.ID)
		}
		groups = append(groups, g)
	}
	rules, err := Effective(p, groups, s.members)
	return FilterPolicy(rules), err
}

// change is what may have changed what passes.
type change struct {
	port   string   // whose own place on the switch must be as it is recorded: not getting there is an error
	groups []string // whose rules, or whose members, are others now: ports that do not follow are a Lag
}

// enforceChange sets the ports that a change concerns. Changes of the same moment are enforced together.
func (b *Backend) enforceChange(ctx context.Context, c change) error {
	if c.groups = enforced(c.groups); c.port == "" && len(c.groups) == 0 {
		return nil
	}
	return b.enforceGathered(ctx, c)
}

func (b *Backend) enforceChanges(ctx context.Context, changes []change) []error {
	out := make([]error, len(changes))
	now, err := b.refreshedPolicy(ctx)
	if err != nil {
		for i, c := range changes {
			out[i] = &openstack.PartialEnforcementError{Err: err}
			if c.port != "" {
				out[i] = fmt.Errorf("the port %s is recorded anew, but its place on the switch could not be set: %w", c.port, err)
			}
		}
		return out
	}
	failed := map[string]error{}
	for uuid, ids := range b.touched(ctx, now, changes, failed) {
		b.enforceOnSwitch(ctx, uuid, ids, changes, failed)
	}
	b.dropVanished(ctx, now, failed)
	for i, c := range changes {
		out[i] = c.verdict(now, failed)
	}
	return out
}

// errMoved says that a place on the switch is not the port's any more.
var errMoved = errors.New("does not belong to the port any more")

// dropVanished drops the failures of ports whose instance has gone meanwhile: the record says so a moment later.
func (b *Backend) dropVanished(ctx context.Context, now *policySnapshot, failed map[string]error) {
	for id, err := range failed {
		if !errors.Is(err, errMoved) {
			continue
		}
		if err := b.unplugged(ctx, now.ports[id].NetworkID, id); err == nil || errors.Is(err, openstack.ErrNotFound) {
			delete(failed, id)
		}
	}
}

// touched are the plugged ports that changes may concern, by the UUID of their switch.
func (b *Backend) touched(ctx context.Context, now *policySnapshot, changes []change, failed map[string]error) map[string][]string {
	out := map[string][]string{}
	for id, p := range now.ports {
		if p.SwitchPort == "" || !slices.ContainsFunc(changes, func(c change) bool { return c.port == id || now.concerns(c, p) }) {
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

// concerns says that a port has one of the groups, or that a group of its own lets their members in.
func (s *policySnapshot) concerns(c change, p openstack.Port) bool {
	return slices.ContainsFunc(enforced(p.Groups), func(id string) bool {
		return slices.Contains(c.groups, id) || slices.ContainsFunc(s.groups[id].Rules,
			func(r openstack.SecurityGroupRule) bool { return slices.Contains(c.groups, r.RemoteGroupID) })
	})
}

// enforceOnSwitch sets ports of one switch in one task, and one by one where the switch refuses that: one of them may be wrong.
func (b *Backend) enforceOnSwitch(ctx context.Context, uuid string, ids []string, changes []change, failed map[string]error) {
	var now *policySnapshot
	keys := func(ids []string) (keys []string) {
		for _, id := range ids {
			keys = append(keys, now.ports[id].SwitchPort)
		}
		return keys
	}
	now, err := b.currentPolicy(ctx)
	if err != nil {
		for _, id := range ids {
			failed[id] = err
		}
		return
	}
	err = b.c.Networks.SetPorts(ctx, uuid, keys(ids), func(is map[string]types.DistributedVirtualPort) (places []network.SwitchPortSpec,
		err error) {
		if now, err = b.refreshedPolicy(ctx); err != nil {
			return nil, err
		}
		for _, id := range ids {
			place, wanted, err := now.place(id, is, slices.ContainsFunc(changes, func(c change) bool { return c.port == id }))
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

// place is what a port's place on the switch is to be, and whether it is to be set.
func (s *policySnapshot) place(id string, is map[string]types.DistributedVirtualPort, own bool) (place network.SwitchPortSpec, wanted bool,
	err error) {
	p, there := s.ports[id]
	at, known := is[p.SwitchPort]
	switch {
	case !there || p.SwitchPort == "": // unplugged since
		return place, false, nil
	case (!known || at.Config.Name != id) && own:
		return place, false, fmt.Errorf("the port %s of the switch %w (%s): plug the instance in anew (change its network block, or replace it)",
			p.SwitchPort, errMoved, id)
	case !known || at.Config.Name != id: // its machine is going
		return place, false, nil
	}
	filter, err := s.filter(p)
	if err != nil {
		return place, false, err
	}
	return network.SwitchPortSpec{Port: p, Filter: filter}, own || !slices.Equal(Lines(filter), Lines(network.FilterOf(at))), nil
}

// verdict is what a change has to be told of the ports that did not follow.
func (c change) verdict(now *policySnapshot, failed map[string]error) error {
	if err := failed[c.port]; err != nil {
		return err
	}
	lag := &openstack.PartialEnforcementError{}
	for id, err := range failed {
		if err != nil && now.concerns(c, now.ports[id]) {
			lag.Ports, lag.Err = append(lag.Ports, id), errors.Join(lag.Err, err)
		}
	}
	if len(lag.Ports) == 0 {
		return nil
	}
	slices.Sort(lag.Ports)
	return lag
}

// EffectiveRules compares a port's place on the switch with what its groups come to.
func (b *Backend) EffectiveRules(ctx context.Context, p openstack.Port) (is, want []string, err error) {
	if len(enforced(p.Groups)) == 0 || p.PluggedElsewhere() {
		return nil, nil, nil
	}
	now, err := b.currentPolicy(ctx)
	if err != nil {
		return nil, nil, err
	}
	filter, wrong := now.filter(p)
	if wrong != nil {
		// a record that is gone is not the port that is gone
		wrong = &openstack.PartialEnforcementError{Ports: []string{p.ID}, Err: fmt.Errorf("%s", wrong)}
	}
	want = Lines(filter)
	if p.SwitchPort == "" {
		return want, want, wrong
	}
	n, err := b.c.Networks.Network(ctx, p.NetworkID, "")
	if err != nil {
		return nil, nil, fmt.Errorf("%s", err)
	}
	at, err := b.c.Networks.SwitchPort(ctx, n.SwitchUUID, p.SwitchPort)
	switch {
	case errors.Is(err, openstack.ErrNotFound), err == nil && at.Config.Name != p.ID: // its NIC is plugged elsewhere, or gone
		is = nil
	case err != nil:
		return nil, nil, err
	default:
		is = Lines(network.FilterOf(at))
	}
	if wrong != nil {
		return is, is, wrong
	}
	return is, want, nil
}

// Enforce sets the place on the switch of a port that is plugged in.
func (b *Backend) Enforce(ctx context.Context, p openstack.Port) error {
	if p.SwitchPort == "" {
		return nil
	}
	return b.enforceChange(ctx, change{port: p.ID})
}

// checkGroups refuses groups that are not there, and a port that cannot have any.
func (b *Backend) checkGroups(ctx context.Context, n openstack.Network, p openstack.Port) error {
	if len(enforced(p.Groups)) == 0 {
		return sdnError(sdn.CheckGroups(p.Groups))
	}
	if err := b.requireEnforcerFor(p.Groups); err != nil {
		return sdnError(err)
	}
	if err := checkPairs(p); err != nil {
		return err
	}
	now, err := b.currentPolicy(ctx)
	if err != nil {
		return err
	}
	for _, id := range p.Groups {
		if _, there := now.groups[id]; !there && !b.expectsGroup(id) {
			return openstack.AttributeErrorf("security_group_ids", "there is no security group %s", id)
		}
	}
	insecure := n.Insecure
	if p.Insecure != nil {
		insecure = *p.Insecure
	}
	switch {
	case insecure:
		return openstack.AttributeErrorf("security_group_ids", "a port with security groups needs port security, as in OpenStack: write "+
			"port_security_enabled = true, or no_security_groups = true")
	case n.Filtered:
		return openstack.AttributeErrorf("security_group_ids", "the portgroup %s has traffic rules of its own, which this provider did not "+
			"write, and "+
			"they would be asked beside the groups': remove them from the portgroup, or use another network", n.Name)
	}
	return nil
}

// sdnError puts an error about groups at their attribute, unless it has one.
func sdnError(err error) error {
	var field *openstack.FieldError
	if err == nil || errors.As(err, &field) {
		return err
	}
	return openstack.AttributeErrorf("security_group_ids", "%w", err)
}
