// SPDX-License-Identifier: MPL-2.0

package rules

import (
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// userDataRule refuses user data that is written twice, and write-only user data without the number that tells its changes.
func userDataRule(m model.Instance) error {
	switch {
	case m.UserDataWO.ValueString() == "":
		return nil
	case m.UserData.ValueString() != "":
		return openstack.AttributeErrorf("user_data_wo", "user_data is written too: write only one of them")
	case m.UserDataWOVer.IsNull():
		return openstack.AttributeErrorf("user_data_wo", "user_data_wo_version is missing. Nothing else tells a later plan that user_data_wo "+
			"is another one, because no state holds it: write user_data_wo_version = 1, and another number with each other user_data_wo")
	}
	return nil
}

// filesRule refuses files without a content or with two, and write-only contents without the number that tells their changes.
func filesRule(m model.Instance) error {
	var all []error
	for i, f := range model.Files(m.Personality) {
		if err := contentRule(f); err != nil {
			all = append(all, openstack.AttributeErrorf(model.FileBlock(i), "%w", err))
		}
	}
	return errors.Join(all...)
}

func contentRule(f model.File) error {
	written := func(v types.String) bool { return !v.IsNull() && !v.IsUnknown() }
	switch {
	case written(f.Content) && written(f.ContentWO):
		return errors.New("it has content and content_wo: write only one of them")
	case f.Content.IsNull() && f.ContentWO.IsNull():
		return errors.New("it has no content: write content, or content_wo with content_wo_version")
	case written(f.ContentWO) && f.ContentWOVer.IsNull():
		return errors.New("content_wo_version is missing. Nothing else tells a later plan that content_wo is another one, because no state " +
			"holds it: write content_wo_version = 1, and another number with each other content_wo")
	case written(f.Content) && !f.ContentWOVer.IsNull():
		return errors.New("it has content_wo_version beside content: write content_wo, or leave content_wo_version out")
	}
	return nil
}
