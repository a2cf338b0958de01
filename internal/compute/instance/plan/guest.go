// SPDX-License-Identifier: MPL-2.0

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
func checkGuest(in inputs) error {
	told := in.told()
	if in.state != nil && !in.otherUserData() && in.state.Metadata.Equal(told.Metadata) ||
		!crud.Known(told.GivenUserData(), told.Metadata, told.Personality) {
		return nil
	}
	_, err := guest.Guestinfo(guest.CloudInit{ID: told.ID.ValueString(), Name: told.Name.ValueString(),
		Metadata: crud.StringMap(told.Metadata), UserData: guest.DecodeUserData(told.GivenUserData().ValueString()),
		Personality: model.Personality(told.Personality)})
	return told.AtUserData(err)
}

// warnFiles warns of files that would be lost: cloud-init uses one list of files, and that of the user data replaces the one with the
// files of personality. A config drive holds them as files, so nothing is lost there.
func warnFiles(ctx context.Context, in inputs) {
	unchanged := in.state != nil && !in.otherUserData() && in.state.Personality.Equal(in.plan.Personality)
	given := in.told().GivenUserData()
	if unchanged || in.plan.ConfigDrive.ValueBool() || len(in.plan.Personality.Elements()) == 0 || !crud.Known(given) ||
		!guest.WritesFiles(guest.DecodeUserData(given.ValueString())) {
		return
	}
	crud.WarnAt(ctx, path.Root("personality"), "The files of personality may not reach the guest",
		"user_data has write_files of its own, and cloud-init takes that list instead of the one that holds the files of personality. Set "+
			"config_drive = true, where they are files of the drive, or write them in write_files too")
}

// warnMetadataService warns of user data that calls a metadata service, which a vCenter does not have: such a script fails or hangs
// unseen in the guest.
func warnMetadataService(ctx context.Context, in inputs) {
	told := in.told()
	given, field := told.GivenUserData(), told.UserDataField()
	unchanged := in.state != nil && !in.otherUserData()
	if unchanged || !crud.Known(given) || !guest.AsksMetadataService(guest.DecodeUserData(given.ValueString())) {
		return
	}
	crud.WarnAt(ctx, path.Root(field), "There is no metadata service",
		field+" names 169.254.169.254, where OpenStack serves metadata, and a vCenter serves none: the guest would ask in vain. "+
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
	if in.adopts() || !in.state.ConfigDrive.ValueBool() || !crud.Known(in.told().GivenUserData()) ||
		!in.otherUserData() || sameUserData(in) {
		return nil
	}
	return openstack.AttributeErrorf(in.told().UserDataField(), "it cannot be changed in place: %s has a config drive, which is written "+
		"once. Set user_data_replace_on_change = true to make the instance anew", in.state.Name.ValueString())
}
