// SPDX-License-Identifier: MPL-2.0

package model

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// WithoutIDs drops the ids of flavor and image where their names are known. Terraform generates a configuration from an imported state,
// and one with both would contradict itself as soon as one of them is edited.
func (m Instance) WithoutIDs() Instance {
	if m.FlavorName.ValueString() != "" {
		m.FlavorID = types.StringNull()
	}
	if m.ImageName.ValueString() != "" {
		m.ImageID = types.StringNull()
	}
	return m
}

// WithIDs restores the ids that WithoutIDs dropped from a state.
func (m Instance) WithIDs(a PrivateState) Instance {
	if m.FlavorID.IsNull() && m.FlavorName.ValueString() != "" && a.Flavor.ID != "" {
		m.FlavorID = types.StringValue(a.Flavor.ID)
	}
	if m.ImageID.IsNull() && m.ImageName.ValueString() != "" && a.Image != "" {
		m.ImageID = types.StringValue(a.Image)
	}
	return m
}

// emptyForNull turns arguments that a VM without a record does not show from null to empty: Terraform lets a plan keep a value, but not
// null.
func (m Instance) emptyForNull() Instance {
	for _, text := range []*types.String{&m.Description, &m.Region, &m.KeyPair, &m.UserData, &m.AdminPass} {
		if text.IsNull() {
			*text = types.StringValue("")
		}
	}
	if m.Metadata.IsNull() {
		m.Metadata = crud.MapOf(nil)
	}
	for _, set := range []*types.Set{&m.Tags, &m.SecurityGroups} {
		if set.IsNull() {
			*set = crud.SetOf(nil)
		}
	}
	if m.ForceDelete.IsNull() {
		m.ForceDelete = types.BoolValue(false)
	}
	return m
}

// DescribedAs takes all arguments that describe a VM, and change nothing on it, from the state.
func (m Instance) DescribedAs(s Instance) Instance {
	m.Description, m.Region, m.KeyPair, m.UserData, m.AdminPass, m.ForceDelete = s.Description, s.Region, s.KeyPair, s.UserData,
		s.AdminPass, s.ForceDelete
	m.FlavorID, m.FlavorName, m.ImageID, m.ImageName, m.ConfigDrive = s.FlavorID, s.FlavorName, s.ImageID, s.ImageName, s.ConfigDrive
	m.Metadata, m.AllMetadata, m.Tags, m.AllTags, m.SecurityGroups = s.Metadata, s.AllMetadata, s.Tags, s.AllTags, s.SecurityGroups
	m.Zone, m.Hypervisor, m.Updated = s.Zone, s.Hypervisor, s.Updated
	return m
}

// WithLocalOf takes from a state the arguments that vCenter never holds: Terraform's own settings, and blocks about how the VM was made.
// Terraform requires blocks to be planned as written, so they may differ without a change.
func (m Instance) WithLocalOf(s Instance) Instance {
	m.ReplaceOnChange, m.AdminPassWOVer, m.LiveMigration, m.ZoneHints = s.ReplaceOnChange, s.AdminPassWOVer, s.LiveMigration, s.ZoneHints
	m.WaitForIP, m.WaitForInit, m.StopFirst, m.Timeouts, m.Updated = s.WaitForIP, s.WaitForInit, s.StopFirst, s.Timeouts, s.Updated
	m.BlockDevice, m.Personality, m.SchedulerHints, m.Extras = s.BlockDevice, s.Personality, s.SchedulerHints, s.Extras
	m.UserDataWOVer = s.UserDataWOVer
	return m
}

// KeepUnreadable keeps the values that another provider knew of an instance and that a VM without a record does not show.
func (m Instance) KeepUnreadable(s Instance) Instance {
	for _, text := range []struct {
		to    *types.String
		known types.String
	}{{&m.KeyPair, s.KeyPair}, {&m.UserData, s.UserData}, {&m.FlavorID, s.FlavorID}, {&m.FlavorName, s.FlavorName},
		{&m.ImageID, s.ImageID}, {&m.ImageName, s.ImageName}} {
		if text.to.ValueString() == "" && text.known.ValueString() != "" {
			*text.to = text.known
		}
	}
	if len(m.Metadata.Elements()) == 0 && len(s.Metadata.Elements()) > 0 {
		m.Metadata, m.AllMetadata = s.Metadata, s.AllMetadata
	}
	if len(m.Tags.Elements()) == 0 && len(s.Tags.Elements()) > 0 {
		m.Tags, m.AllTags = s.Tags, s.AllTags
	}
	return m
}
