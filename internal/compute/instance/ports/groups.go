// SPDX-License-Identifier: MPL-2.0

package ports

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// As in Nova, the security groups of an instance apply to the ports that are made for it.

// Enforced returns the names of groups that anything enforces: all but the default group, which counts only where groups
// are OpenStack's as they stand.
func Enforced(net sdn.Backend, names []string) []string {
	counts := net != nil && sdn.AsInOpenStack(net.Enforcer())
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return name == "" || name == sdn.DefaultGroupID || name == openstack.DefaultGroup && !counts
	})
}

// asInOpenStack reports whether groups are OpenStack's as they stand.
func (r Plugger) asInOpenStack() bool { return sdn.AsInOpenStack(r.Network.Enforcer()) }

// recordsGroups reports whether groups are only recorded, because a physical firewall enforces them.
func (r Plugger) recordsGroups() bool { return r.Network.Enforcer() == sdn.EnforcePhysical }

// GroupIDs returns the ids of the named groups that anything enforces, sorted.
func (r Plugger) GroupIDs(ctx context.Context, names []string) (ids []string, err error) {
	for _, name := range Enforced(r.Network, names) {
		g, err := r.Network.GroupNamed(ctx, name)
		if err != nil {
			return nil, openstack.AttributeErrorf("security_groups", "%w", err)
		}
		ids = append(ids, g.ID)
	}
	slices.Sort(ids)
	return ids, nil
}

// Regroup changes the groups of the ports that were made for an instance, and their places on the switch. It runs before the instance's
// own record is written: where it fails half-way, the record still has the former groups, and the next plan shows the difference.
func (r Plugger) Regroup(ctx context.Context, plan, state model.Instance, key machine.Key) error {
	wanted, had := crud.Strings(plan.SecurityGroups), crud.Strings(state.SecurityGroups)
	if plan.SecurityGroups.Equal(state.SecurityGroups) || len(Enforced(r.Network, wanted))+len(Enforced(r.Network, had)) == 0 {
		return nil
	}
	ids, err := r.GroupIDs(ctx, wanted)
	if err != nil {
		return err
	}
	former, unknown := r.GroupIDs(ctx, had)
	server, err := r.Client.Machines.Read(ctx, key)
	if err != nil {
		return err
	}
	stay := plan.NICs()
	for _, nic := range server.NICs {
		if nic.Named || nic.Attached || nic.Port == "" || !slices.ContainsFunc(stay, func(n openstack.NIC) bool { return n.MAC == nic.MAC }) {
			continue
		}
		n, err := r.networkOf(ctx, nic)
		if err != nil {
			return err
		}
		was := r.groupsOf(Request{Network: n, Groups: former})
		foreign := func(id string) bool { return unknown == nil && !slices.Contains(was, id) }
		if err := crud.WarnPartial(ctx, r.regroupPort(ctx, nic, n, ids, foreign)); err != nil {
			return err
		}
	}
	return nil
}

// regroupPort changes a port's groups, and keeps foreign ones, which were added by others. Where the groups are the same already, the
// rules at its place on the network may still differ, and are enforced.
func (r Plugger) regroupPort(ctx context.Context, nic openstack.NIC, n openstack.Network, named []string, foreign func(id string) bool,
) error {
	if err := sdn.CheckFiltered(r.Network.Enforcer(), n.Name, "security_groups", r.Network.PortFirst(n), named); err != nil {
		return err
	}
	ids, same := r.groupsOf(Request{Network: n, Groups: named}), false
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
	case errors.Is(err, openstack.ErrNotFound) && (r.recordsGroups() || r.asInOpenStack() && len(named) == 0): // without a subnet it has none
		return nil
	case errors.Is(err, openstack.ErrNotFound):
		return unaddressed(nic.NetworkName)
	case err != nil && !openstack.IsPartialEnforcement(err):
		return openstack.AttributeErrorf("security_groups", "%w", err)
	}
	return err
}

// InForce returns the groups to show in an instance's state: none where the switch does not enforce them at one of its ports, so that the
// plan shows a change and the apply enforces them.
func (r Plugger) InForce(ctx context.Context, s openstack.Server, groups types.Set) (types.Set, error) {
	if len(Enforced(r.Network, s.SecurityGroups)) == 0 {
		return groups, nil
	}
	for _, nic := range s.Plugged() {
		if nic.Named || nic.Port == "" {
			continue
		}
		if in, err := r.inForce(ctx, nic); err != nil {
			return groups, err
		} else if !in {
			return types.SetNull(types.StringType), nil
		}
	}
	return groups, nil
}

// inForce reports whether the port of a NIC has groups, and the network does what they say.
func (r Plugger) inForce(ctx context.Context, nic openstack.NIC) (bool, error) {
	port, err := r.Network.Port(ctx, nic.NetworkID, nic.Port)
	if errors.Is(err, openstack.ErrNotFound) { // without a subnet it has no record
		return r.recordsGroups(), nil
	}
	if err != nil {
		return false, err
	}
	if len(port.Groups) == 0 {
		return r.groupless(ctx, nic)
	}
	actual, want, err := r.Network.EffectiveRules(ctx, port)
	if err = crud.WarnPartial(ctx, err); err != nil {
		return false, err
	}
	return slices.Equal(actual, want), nil
}

// groupless reports whether a NIC's port has no groups because its network is without port security, as in Neutron, or no groups are
// enforced on it.
func (r Plugger) groupless(ctx context.Context, nic openstack.NIC) (bool, error) {
	if !r.asInOpenStack() {
		return false, nil
	}
	n, err := r.networkOf(ctx, nic)
	return n.Insecure || len(r.Network.DefaultGroups(n)) == 0, err
}

// networkOf returns the network of a NIC, as far as it decides about groups: not at all where these are not OpenStack's as they stand.
func (r Plugger) networkOf(ctx context.Context, nic openstack.NIC) (openstack.Network, error) {
	if !r.asInOpenStack() {
		return openstack.Network{}, nil
	}
	return r.Network.Network(ctx, nic.NetworkID, "")
}
