package plan

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planNeeds checks what needs more than a specification: a password for Windows needs a config drive, a storage policy must exist.
func (p *planning) planNeeds(ctx context.Context, f openstack.Flavor, image openstack.Image, needs vmspec.Needs) error {
	for _, text := range needs.Warnings {
		crud.WarnAt(ctx, path.Root(p.config.FlavorField()), "The flavor "+f.Name+" on vSphere", p.config.FlavorField()+": "+text)
	}
	if p.config.ConfigDrive.IsNull() {
		p.plan.ConfigDrive = types.BoolValue(needs.ConfigDrive)
	}
	secret := p.config.AdminPass.ValueString() != "" || p.config.AdminPassWO.ValueString() != ""
	if secret && needs.OnWindows(image) && needs.Customization == "" && crud.Known(p.plan.ConfigDrive) && !p.plan.ConfigDrive.ValueBool() {
		return openstack.AttributeErrorf("admin_pass", "a Windows guest can read its password from a config drive only: set config_drive = "+
			"true, and "+
			"mind that whoever may read the VM's files on its datastore can read it too; or have the image prepared by Sysprep (its property "+
			"novasphere_guest_customization = windows)")
	}
	if err := p.planCustomization(ctx, image, needs.Customization); err != nil {
		return err
	}
	return p.checkNamed(ctx, f, needs)
}

// checkNamed looks up what a flavor names in the vCenter.
func (p *planning) checkNamed(ctx context.Context, f openstack.Flavor, needs vmspec.Needs) error {
	for _, named := range []struct {
		key, value string
		check      func(context.Context, string) error
	}{{"vmware:hw_version", needs.Version, func(ctx context.Context, version string) error {
		return p.client.Inventory.CheckHardwareVersion(ctx, p.zone(), version)
	}},
		{"vmware:storage_policy", needs.StoragePolicy, func(ctx context.Context, name string) error {
			return p.client.Inventory.CheckPolicy(ctx,
				p.zone(), name)
		}}, {"vmware:evc_mode", needs.EVCMode, p.client.Inventory.CheckEVCMode}} {
		if named.value == "" {
			continue
		}
		if err := named.check(ctx, named.value); err != nil {
			return openstack.AttributeErrorf(p.config.FlavorField(), "the flavor %s cannot be used: extra_specs[%q]: %w", f.Name, named.key, err)
		}
	}
	return p.checkAggregates(ctx, f)
}

// checkAggregates refuses a flavor that no host of the cluster is right for.
func (p *planning) checkAggregates(ctx context.Context, f openstack.Flavor) error {
	if p.client == nil {
		return nil
	}
	if err := p.client.CheckAggregateSpecs(ctx, p.zone(), f); err != nil {
		return openstack.AttributeErrorf(p.config.FlavorField(), "%w", err)
	}
	return nil
}
