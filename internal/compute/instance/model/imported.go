package model

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// WithoutIDs leaves out the ids of flavor and image where their names are known. Terraform generates a configuration from what an import
// has read, and one that named each twice would contradict itself as soon as somebody edits it.
func (m Instance) WithoutIDs() Instance {
	if m.FlavorName.ValueString() != "" {
		m.FlavorID = types.StringNull()
	}
	if m.ImageName.ValueString() != "" {
		m.ImageID = types.StringNull()
	}
	return m
}

// WithIDs fills in the ids that WithoutIDs has left out of a state.
func (m Instance) WithIDs(a PrivateState) Instance {
	if m.FlavorID.IsNull() && m.FlavorName.ValueString() != "" && a.Flavor.ID != "" {
		m.FlavorID = types.StringValue(a.Flavor.ID)
	}
	if m.ImageID.IsNull() && m.ImageName.ValueString() != "" && a.Image != "" {
		m.ImageID = types.StringValue(a.Image)
	}
	return m
}

// emptyForNull makes empty what no machine without a record tells: Terraform lets a plan keep a value, but not the lack of one.
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

// DescribedAs takes every argument that describes a machine, and asks nothing of it, from its state.
func (m Instance) DescribedAs(s Instance) Instance {
	m.Description, m.Region, m.KeyPair, m.UserData, m.AdminPass, m.ForceDelete = s.Description, s.Region, s.KeyPair, s.UserData,
		s.AdminPass, s.ForceDelete
	m.FlavorID, m.FlavorName, m.ImageID, m.ImageName, m.ConfigDrive = s.FlavorID, s.FlavorName, s.ImageID, s.ImageName, s.ConfigDrive
	m.Metadata, m.AllMetadata, m.Tags, m.AllTags, m.SecurityGroups = s.Metadata, s.AllMetadata, s.Tags, s.AllTags, s.SecurityGroups
	m.Zone, m.Hypervisor, m.Updated = s.Zone, s.Hypervisor, s.Updated
	return m
}

// WithLocalOf takes from a state what a vCenter never holds: settings of Terraform's own, and blocks that describe how the machine was
// made. Terraform insists on blocks as they are written, so they may differ where nothing is to be done.
func (m Instance) WithLocalOf(s Instance) Instance {
	m.ReplaceOnChange, m.AdminPassWOVer, m.LiveMigration, m.ZoneHints = s.ReplaceOnChange, s.AdminPassWOVer, s.LiveMigration, s.ZoneHints
	m.WaitForIP, m.WaitForInit, m.StopFirst, m.Timeouts, m.Updated = s.WaitForIP, s.WaitForInit, s.StopFirst, s.Timeouts, s.Updated
	m.BlockDevice, m.Personality, m.SchedulerHints, m.Extras = s.BlockDevice, s.Personality, s.SchedulerHints, s.Extras
	return m
}

// KeepUnreadable keeps what another provider knew of an instance, and what no machine without a record tells.
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
