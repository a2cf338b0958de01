// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// planGroups refuses security groups that do not exist, or that no switch enforces.
func planGroups(ctx context.Context, in inputs) error {
	if in.net == nil || !crud.Known(in.plan.SecurityGroups) || in.unrecorded() { // a VM without a record: see adopt
		return nil
	}
	names := crud.Strings(in.plan.SecurityGroups)
	groups := ports.Enforced(in.net, names)
	once := func(summary, detail string) { crud.WarnOnce(ctx, in.net.Planned(), summary, detail) }
	switch {
	case len(groups) > 0 && in.net.Enforcer() == sdn.EnforcePhysical:
		sdn.WarnPhysical(once)
	case len(groups) > 0 && in.net.Enforcer() == sdn.EnforceNSX:
	case len(groups) == 0 && len(names) > 0:
		sdn.WarnDefault(once)
		return nil
	case len(groups) == 0:
		return nil
	case slices.Contains(names, openstack.DefaultGroup):
		return openstack.AttributeErrorf("security_groups", "%w", sdn.CheckGroups([]string{sdn.DefaultGroupID, groups[0]}))
	}
	for _, name := range groups {
		if err := checkGroup(ctx, in, name); err != nil {
			return err
		}
	}
	warnNamedPorts(ctx, in.config.Network)
	return nil
}

// checkGroup refuses a group that does not exist, or that nothing enforces.
func checkGroup(ctx context.Context, in inputs, name string) error {
	if name == openstack.DefaultGroup {
		return nil
	}
	if err := in.net.CheckGroup(ctx, openstack.SecurityGroup{Name: name}); err != nil {
		return openstack.AttributeErrorf("security_groups", "the group %q: the provider's argument %w", name, err)
	}
	coming := in.net.Planned().Groups.At(name)
	if len(coming) > 1 {
		return openstack.AttributeErrorf("security_groups", "%w", &sdn.AmbiguousGroupError{Name: name, Groups: coming})
	}
	if len(coming) > 0 || in.state != nil && in.state.SecurityGroups.Equal(in.plan.SecurityGroups) {
		return nil
	}
	if _, err := in.net.GroupNamed(ctx, name); err != nil {
		return openstack.AttributeErrorf("security_groups", "%w", err)
	}
	return nil
}

// checkFiltered refuses groups on the network of a block for which a port is made, where nobody filters that port.
func checkFiltered(in inputs, n openstack.Network, written model.Network) error {
	if written.Port.ValueString() != "" || !crud.Known(in.plan.SecurityGroups) {
		return nil
	}
	named := ports.Enforced(in.net, crud.Strings(in.plan.SecurityGroups))
	return sdn.CheckFiltered(in.net.Enforcer(), n.Name, "security_groups", in.net.PortFirst(n), named)
}

// warnNamedPorts warns of groups that no port filters by, because every block names a port of its own.
func warnNamedPorts(ctx context.Context, list types.List) {
	blocks := model.Networks(list)
	namesNone := func(b model.Network) bool { return b.Port.ValueString() == "" && !b.Port.IsUnknown() }
	if len(blocks) > 0 && !slices.ContainsFunc(blocks, namesNone) {
		crud.WarnAt(ctx, path.Root("security_groups"), "Security groups without effect", "security_groups are those of ports that are made "+
			"for the instance, and every network block names a port, which has groups of its own: write security_group_ids there")
	}
}
