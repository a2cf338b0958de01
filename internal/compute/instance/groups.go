package instance

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// The security groups of an instance are those of the ports that are made for it, as in Nova.

// filtering are the groups among some that filter anything.
func filtering(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return name == "" || name == openstack.DefaultGroup || name == sdn.DefaultGroupID
	})
}

// planGroups refuses groups that are not there, or that nobody enforces.
func (p *planning) planGroups(ctx context.Context) error {
	if p.net == nil || !crud.Known(p.plan.SecurityGroups) || p.unrecorded() { // adopt speaks of those of a machine without a record
		return nil
	}
	names := crud.Strings(p.plan.SecurityGroups)
	groups := filtering(names)
	if len(groups) == 0 {
		if len(names) > 0 {
			sdn.WarnDefault(func(summary, detail string) { crud.WarnOnce(ctx, p.net.Planned(), summary, detail) })
		}
		return nil
	}
	if slices.Contains(names, openstack.DefaultGroup) {
		return openstack.AttributeErrorf("security_groups", "%w", sdn.CheckGroups([]string{sdn.DefaultGroupID, groups[0]}))
	}
	for _, name := range groups {
		if err := p.net.CheckGroup(ctx, openstack.SecurityGroup{Name: name}); err != nil {
			return openstack.AttributeErrorf("security_groups", "the group %q: the provider's argument %w", name, err)
		}
		if _, planned := p.net.Planned().Groups.Find(name); planned || p.state != nil && p.state.SecurityGroups.Equal(p.plan.SecurityGroups) {
			continue
		}
		if _, err := p.net.GroupNamed(ctx, name); err != nil {
			return openstack.AttributeErrorf("security_groups", "%w", err)
		}
	}
	p.warnNamedPorts(ctx)
	return nil
}

// warnNamedPorts says that groups reach nobody, where every block names a port.
func (p *planning) warnNamedPorts(ctx context.Context) {
	blocks := networks(p.config.Network)
	if len(blocks) > 0 && !slices.ContainsFunc(blocks, func(b networkModel) bool {
		return b.Port.ValueString() == "" &&
			!b.Port.IsUnknown()
	}) {
		crud.WarnAt(ctx, path.Root("security_groups"), "Security groups without effect", "security_groups are those of ports that are made "+
			"for the instance, and every network block names a port, which has groups of its own: write security_group_ids there")
	}
}

// groupIDs are the ids of groups that are named.
func (r PortPlugger) groupIDs(ctx context.Context, names []string) (ids []string, err error) {
	for _, name := range filtering(names) {
		g, err := r.Network.GroupNamed(ctx, name)
		if err != nil {
			return nil, openstack.AttributeErrorf("security_groups", "%w", err)
		}
		ids = append(ids, g.ID)
	}
	slices.Sort(ids)
	return ids, nil
}

// regroup gives the ports that were made for an instance other groups, and sets their places on the switch. It comes before the
// instance's own record: where it does not get to the end, the record still says what was, and the next plan shows the difference.
func (r PortPlugger) regroup(ctx context.Context, plan, state instanceModel, key machine.Key) error {
	if plan.SecurityGroups.Equal(state.SecurityGroups) ||
		len(filtering(crud.Strings(plan.SecurityGroups)))+len(filtering(crud.Strings(state.SecurityGroups))) == 0 {
		return nil
	}
	ids, err := r.groupIDs(ctx, crud.Strings(plan.SecurityGroups))
	if err != nil {
		return err
	}
	had, unknown := r.groupIDs(ctx, crud.Strings(state.SecurityGroups))
	server, err := r.Client.Machines.Read(ctx, key)
	if err != nil {
		return err
	}
	stay := plan.nics()
	for _, nic := range server.NICs {
		if nic.Named || nic.Attached || nic.Port == "" || !slices.ContainsFunc(stay, func(n openstack.NIC) bool { return n.MAC == nic.MAC }) {
			continue
		}
		if err := crud.WarnPartial(ctx, r.regroupPort(ctx, nic, ids, func(id string) bool {
			return unknown == nil &&
				!slices.Contains(had, id)
		})); err != nil {
			return err
		}
	}
	return nil
}

// regroupPort gives a port other groups; those stay that somebody else gave it, as far as it is known which these are. Where it has them
// already, its place on the switch may still be another.
func (r PortPlugger) regroupPort(ctx context.Context, nic openstack.NIC, ids []string, foreign func(id string) bool) error {
	var same bool
	port, err := r.Network.UpdatePort(ctx, nic.NetworkID, nic.Port, func(w *sdn.PortRequest) error {
		next := append(slices.DeleteFunc(slices.Clone(w.Groups), func(id string) bool { return !foreign(id) || slices.Contains(ids, id) }),
			ids...)
		slices.Sort(next)
		same, w.Groups = slices.Equal(w.Groups, next), next
		return nil
	})
	if err == nil && same {
		err = r.Network.Enforce(ctx, port)
	}
	switch {
	case errors.Is(err, openstack.ErrNotFound):
		return unaddressed(nic.NetworkName)
	case err != nil && !openstack.IsPartialEnforcement(err):
		return openstack.AttributeErrorf("security_groups", "%w", err)
	}
	return err
}

func unaddressed(network string) error {
	return openstack.AttributeErrorf("security_groups", "the network %s has no subnets, so the instance's port has no address there, and the "+
		"switch filters by addresses: make a networking_subnet on it first, or leave security_groups out", network)
}

// inForce are the groups of an instance as a state should have them: none where the switch does not do at one of its ports what they
// say, so that the plan shows it and the apply sets it.
func (r PortPlugger) inForce(ctx context.Context, s openstack.Server, groups types.Set) (types.Set, error) {
	if len(filtering(s.SecurityGroups)) == 0 {
		return groups, nil
	}
	for _, nic := range s.Plugged() {
		if nic.Named || nic.Port == "" {
			continue
		}
		port, err := r.Network.Port(ctx, nic.NetworkID, nic.Port)
		if errors.Is(err, openstack.ErrNotFound) {
			return types.SetNull(types.StringType), nil
		}
		if err != nil {
			return groups, err
		}
		is, want, err := r.Network.EffectiveRules(ctx, port)
		if err = crud.WarnPartial(ctx, err); err != nil {
			return groups, err
		}
		if !slices.Equal(is, want) || len(port.Groups) == 0 {
			return types.SetNull(types.StringType), nil
		}
	}
	return groups, nil
}
