// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planNeeds plans and checks what a flavor and an image ask for beside CPU, memory and disks: a config drive, which a password for
// Windows needs too, and objects that the vCenter must have, such as a storage policy.
func planNeeds(ctx context.Context, in inputs, f openstack.Flavor, image openstack.Image, needs vmspec.Needs) error {
	for _, text := range needs.Warnings {
		crud.WarnAt(ctx, path.Root(in.config.FlavorField()), "The flavor "+f.Name+" on vSphere", in.config.FlavorField()+": "+text)
	}
	if in.config.ConfigDrive.IsNull() {
		in.plan.ConfigDrive = types.BoolValue(needs.ConfigDrive)
	}
	secret := in.config.AdminPass.ValueString() != "" || in.config.AdminPassWO.ValueString() != ""
	if secret && needs.OnWindows(image) && needs.Customization == "" && crud.Known(in.plan.ConfigDrive) && !in.plan.ConfigDrive.ValueBool() {
		return openstack.AttributeErrorf("admin_pass", "a Windows guest can read its password from a config drive only: set config_drive = "+
			"true, and mind that whoever may read the VM's files on its datastore can read it too; or have the image prepared by Sysprep (its "+
			"property novasphere_guest_customization = windows)")
	}
	if err := planCustomization(ctx, in, image, needs.Customization); err != nil {
		return err
	}
	return checkNamed(ctx, in, f, needs)
}

// checkNamed refuses a flavor that names something the vCenter does not have: a hardware version, a storage policy, an EVC mode, an
// aggregate.
func checkNamed(ctx context.Context, in inputs, f openstack.Flavor, needs vmspec.Needs) error {
	version := func(ctx context.Context, name string) error {
		return in.client.Inventory.CheckHardwareVersion(ctx, in.zone(), name)
	}
	policy := func(ctx context.Context, name string) error {
		return in.client.Inventory.CheckPolicy(ctx, in.zone(), name)
	}
	for _, named := range []struct {
		key, value string
		check      func(context.Context, string) error
	}{{"vmware:hw_version", needs.Version, version}, {"vmware:storage_policy", needs.StoragePolicy, policy},
		{"vmware:evc_mode", needs.EVCMode, func(ctx context.Context, mode string) error {
			return in.client.Inventory.CheckEVCMode(ctx, mode)
		}}} {
		if named.value == "" {
			continue
		}
		if err := named.check(ctx, named.value); err != nil {
			return openstack.AttributeErrorf(in.config.FlavorField(), "the flavor %s cannot be used: extra_specs[%q]: %w", f.Name, named.key, err)
		}
	}
	return checkAggregates(ctx, in, f)
}

// checkAggregates refuses a flavor whose aggregate_instance_extra_specs no host of the zone's cluster meets.
func checkAggregates(ctx context.Context, in inputs, f openstack.Flavor) error {
	if in.client == nil {
		return nil
	}
	if err := in.client.Aggregates.CheckSpecs(ctx, in.zone(), f); err != nil {
		return openstack.AttributeErrorf(in.config.FlavorField(), "%w", err)
	}
	return nil
}
