package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// checkGuest measures what the guest will be handed.
func (p *planning) checkGuest() error {
	if p.state != nil && p.state.UserData.Equal(p.plan.UserData) && p.state.Metadata.Equal(p.plan.Metadata) ||
		!crud.Known(p.plan.UserData, p.plan.Metadata, p.plan.Personality) {
		return nil
	}
	_, err := vmspec.Guestinfo(vmspec.Guest{ID: p.plan.ID.ValueString(), Name: p.plan.Name.ValueString(),
		Metadata: crud.StringMap(p.plan.Metadata),
		UserData: vmspec.DecodeUserData(p.plan.UserData.ValueString()), Personality: model.Personality(p.plan.Personality)})
	return err
}

// warnFiles says that files would be lost: cloud-init takes one list of files, and the user's goes before what the guest is told
// beside it. A config drive has the files as such.
func (p *planning) warnFiles(ctx context.Context) {
	had := p.state != nil && len(p.replaced) == 0 && p.state.UserData.Equal(p.plan.UserData) && p.state.Personality.Equal(p.plan.Personality)
	if had || p.plan.ConfigDrive.ValueBool() || len(p.plan.Personality.Elements()) == 0 || !crud.Known(p.plan.UserData) ||
		!vmspec.WritesFiles(vmspec.DecodeUserData(p.plan.UserData.ValueString())) {
		return
	}
	crud.WarnAt(ctx, path.Root("personality"), "The files of personality may not reach the guest",
		"user_data has write_files of its own, and cloud-init takes that list instead of the one that holds the files of personality. Set "+
			"config_drive = true, where they are files of the drive, or write them in write_files too")
}

// warnMetadataService warns of user data that asks a service which a vCenter does not have: such a script fails or waits in the guest,
// where nobody sees it.
func (p *planning) warnMetadataService(ctx context.Context) {
	had := p.state != nil && len(p.replaced) == 0 && p.state.UserData.Equal(p.plan.UserData)
	if had || !crud.Known(p.plan.UserData) || !vmspec.AsksMetadataService(vmspec.DecodeUserData(p.plan.UserData.ValueString())) {
		return
	}
	crud.WarnAt(ctx, path.Root("user_data"), "There is no metadata service",
		"user_data names 169.254.169.254, where OpenStack serves metadata, and a vCenter serves none: the guest would ask in vain. "+
			"cloud-init knows the same by \"cloud-init query ds.meta_data\", and with config_drive = true the guest has it as a file of the "+
			"drive, openstack/latest/meta_data.json")
}

// planTold plans to tell a guest again what it is told no longer: somebody has changed it, or the vCenter has forgotten it with the
// power. No argument shows that, for the state holds what is written.
func (p *planning) planTold(ctx context.Context) {
	if len(p.private.Untold) == 0 || p.unrecorded() {
		return
	}
	p.rerecord = true
	crud.WarnAt(ctx, path.Root(p.private.Untold[0]), "The guest is not told what is recorded", fmt.Sprintf(
		"%s: the guestinfo of %s does not hold what this provider has told its guest. Somebody has changed it, or it was told while it ran "+
			"and the vCenter has forgotten it since: "+
			"at its next boot cloud-init would not find it. The apply writes it again, as every start by this provider does",
		strings.Join(p.private.Untold, ", "), p.state.Name.ValueString()))
}

// warnPassword says that a guest reads its password once.
func (p *planning) warnPassword(ctx context.Context) {
	for _, field := range []struct {
		name    string
		changed bool
	}{{"admin_pass", !p.plan.AdminPass.Equal(p.state.AdminPass)}, {"admin_pass_wo_version",
		!p.plan.AdminPassWOVer.Equal(p.state.AdminPassWOVer)}} {
		if field.changed && !p.adopts() {
			crud.WarnAt(ctx, path.Root(field.name), "The password in the guest stays as it is", fmt.Sprintf(
				"%s: a guest reads its administrator's password at its first boot, and a vCenter cannot set it later without knowing it. Change "+
					"it in the guest, or replace the instance (terraform apply -replace)", field.name))
		}
	}
}

// checkUserData refuses new user data for an instance that reads it from a config drive, which is written once.
func (p *planning) checkUserData() error {
	if p.adopts() || !p.state.ConfigDrive.ValueBool() || len(p.replaced) > 0 || !crud.Known(p.plan.UserData) ||
		p.plan.UserData.Equal(p.state.UserData) || sameUserData(p) {
		return nil
	}
	return openstack.AttributeErrorf("user_data", "it cannot be changed in place: %s has a config drive, which is written once. Set "+
		"user_data_replace_on_change = true to make the instance anew", p.state.Name.ValueString())
}
