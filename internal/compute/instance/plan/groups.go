package plan

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// planGroups refuses groups that are not there, or that nobody enforces.
func (p *planning) planGroups(ctx context.Context) error {
	if p.net == nil || !crud.Known(p.plan.SecurityGroups) || p.unrecorded() { // adopt speaks of those of a machine without a record
		return nil
	}
	names := crud.Strings(p.plan.SecurityGroups)
	groups := ports.Filtering(names)
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
	blocks := model.Networks(p.config.Network)
	if len(blocks) > 0 && !slices.ContainsFunc(blocks, func(b model.Network) bool {
		return b.Port.ValueString() == "" &&
			!b.Port.IsUnknown()
	}) {
		crud.WarnAt(ctx, path.Root("security_groups"), "Security groups without effect", "security_groups are those of ports that are made "+
			"for the instance, and every network block names a port, which has groups of its own: write security_group_ids there")
	}
}
