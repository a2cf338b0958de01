// SPDX-License-Identifier: MPL-2.0

package model

import (
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Told returns the instance with the write-only values of its configuration, which neither its plan nor its state holds: user data, the
// contents of files, and the administrator's password.
func (m Instance) Told(config Instance) Instance {
	m.AdminPassWO, m.UserDataWO = config.AdminPassWO, config.UserDataWO
	m.Personality = withContents(m.Personality, config.Personality)
	return m
}

// withContents gives files their write-only contents, by their paths: a plan may have the blocks in the order of the state.
func withContents(blocks, config types.List) types.List {
	written := map[string]types.String{}
	for _, f := range Files(config) {
		if !f.ContentWO.IsNull() {
			written[f.File.ValueString()] = f.ContentWO
		}
	}
	if len(written) == 0 || blocks.IsUnknown() {
		return blocks
	}
	files := Files(blocks)
	for i, f := range files {
		if content, is := written[f.File.ValueString()]; is {
			files[i].ContentWO = content
		}
	}
	return crud.ListOf(fileType, files)
}

// GivenUserData returns the user data that Told has filled in, or else the plain user data.
func (m Instance) GivenUserData() types.String {
	if m.hidesUserData() {
		return m.UserDataWO
	}
	return m.UserData
}

// UserDataField returns the argument that holds the user data, for errors.
func (m Instance) UserDataField() string {
	if m.hidesUserData() {
		return "user_data_wo"
	}
	return "user_data"
}

func (m Instance) hidesUserData() bool {
	return m.UserDataWO.IsUnknown() || m.UserDataWO.ValueString() != ""
}

// AtUserData moves an error about user data to the argument that holds it.
func (m Instance) AtUserData(err error) error {
	var field *openstack.FieldError
	if errors.As(err, &field) && field.Field == "user_data" && m.hidesUserData() {
		return openstack.AttributeErrorf("user_data_wo", "%w", field.Err)
	}
	return err
}

// HidesFiles reports whether the content of a file is write-only.
func HidesFiles(blocks types.List) bool {
	for _, f := range Files(blocks) {
		if !f.ContentWOVer.IsNull() {
			return true
		}
	}
	return false
}
