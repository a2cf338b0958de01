package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// checkGuest refuses changed user data, metadata and files that together are too large for a VM's guestinfo.
func checkGuest(plan, state *model.Instance) error {
	if state != nil && state.UserData.Equal(plan.UserData) && state.Metadata.Equal(plan.Metadata) ||
		!crud.Known(plan.UserData, plan.Metadata, plan.Personality) {
		return nil
	}
	_, err := guest.Guestinfo(guest.CloudInit{ID: plan.ID.ValueString(), Name: plan.Name.ValueString(),
		Metadata: crud.StringMap(plan.Metadata), UserData: guest.DecodeUserData(plan.UserData.ValueString()),
		Personality: model.Personality(plan.Personality)})
	return err
}

// warnFiles warns of files that would be lost: cloud-init uses one list of files, and that of the user data replaces the one with the
// files of personality. A config drive holds them as files, so nothing is lost there.
func warnFiles(ctx context.Context, plan, state *model.Instance) {
	unchanged := state != nil && state.UserData.Equal(plan.UserData) && state.Personality.Equal(plan.Personality)
	if unchanged || plan.ConfigDrive.ValueBool() || len(plan.Personality.Elements()) == 0 || !crud.Known(plan.UserData) ||
		!guest.WritesFiles(guest.DecodeUserData(plan.UserData.ValueString())) {
		return
	}
	crud.WarnAt(ctx, path.Root("personality"), "The files of personality may not reach the guest",
		"user_data has write_files of its own, and cloud-init takes that list instead of the one that holds the files of personality. Set "+
			"config_drive = true, where they are files of the drive, or write them in write_files too")
}

// warnMetadataService warns of user data that calls a metadata service, which a vCenter does not have: such a script fails or hangs
// unseen in the guest.
func warnMetadataService(ctx context.Context, plan, state *model.Instance) {
	unchanged := state != nil && state.UserData.Equal(plan.UserData)
	if unchanged || !crud.Known(plan.UserData) || !guest.AsksMetadataService(guest.DecodeUserData(plan.UserData.ValueString())) {
		return
	}
	crud.WarnAt(ctx, path.Root("user_data"), "There is no metadata service",
		"user_data names 169.254.169.254, where OpenStack serves metadata, and a vCenter serves none: the guest would ask in vain. "+
			"cloud-init knows the same by \"cloud-init query ds.meta_data\", and with config_drive = true the guest has it as a file of the "+
			"drive, openstack/latest/meta_data.json")
}

// planRetelling plans to rewrite a guest's guestinfo that no longer holds the recorded values, because it was changed or vCenter lost it
// at a power-off. No argument shows that, because the state holds what is written.
func planRetelling(ctx context.Context, in inputs, found *findings) {
	if len(in.private.Untold) == 0 || in.unrecorded() {
		return
	}
	found.rerecord = true
	crud.WarnAt(ctx, path.Root(in.private.Untold[0]), "The guest is not told what is recorded", fmt.Sprintf(
		"%s: the guestinfo of %s does not hold what this provider has told its guest. Somebody has changed it, or it was told while it ran and "+
			"the vCenter has forgotten it since: at its next boot cloud-init would not find it. The apply writes it again, as every start by this "+
			"provider does",
		strings.Join(in.private.Untold, ", "), in.state.Name.ValueString()))
}

// warnPassword warns of a new password for a guest that is already set up: a guest reads its password once.
func warnPassword(ctx context.Context, plan, state *model.Instance) {
	for _, field := range []struct {
		name    string
		changed bool
	}{{"admin_pass", !plan.AdminPass.Equal(state.AdminPass)}, {"admin_pass_wo_version",
		!plan.AdminPassWOVer.Equal(state.AdminPassWOVer)}} {
		if field.changed {
			crud.WarnAt(ctx, path.Root(field.name), "The password in the guest stays as it is", fmt.Sprintf(
				"%s: a guest reads its administrator's password at its first boot, and a vCenter cannot set it later without knowing it. Change "+
					"it in the guest, or replace the instance (terraform apply -replace)", field.name))
		}
	}
}

// checkUserData refuses new user data for an instance that reads it from a config drive, which is written once.
func checkUserData(in inputs) error {
	if in.adopts() || !in.state.ConfigDrive.ValueBool() || !crud.Known(in.plan.UserData) ||
		in.plan.UserData.Equal(in.state.UserData) || sameUserData(in) {
		return nil
	}
	return openstack.AttributeErrorf("user_data", "it cannot be changed in place: %s has a config drive, which is written once. Set "+
		"user_data_replace_on_change = true to make the instance anew", in.state.Name.ValueString())
}
