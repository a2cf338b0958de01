// SPDX-License-Identifier: MPL-2.0

package model

import (
	"cmp"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

// Observed returns the model refreshed from the instance on the vCenter. Written values keep their form. Addresses that the guest no
// longer reports stay as last known.
func (m Instance) Observed(s openstack.Server) Instance {
	m.ID, m.Name, m.Description = types.StringValue(s.ID), types.StringValue(s.Name), crud.KeepEmpty(m.Description, s.Description)
	m.FlavorID, m.FlavorName = crud.Written(m.FlavorID, s.Flavor.ID), crud.Written(m.FlavorName, s.Flavor.Name)
	if !m.BootsFromVolume() || !crud.Known(m.ImageID) || m.ImageID.IsNull() { // what is written beside a boot volume stays: it has no effect
		m.ImageID = crud.Written(m.ImageID, s.ImageID)
	}
	if !m.BootsFromVolume() || !crud.Known(m.ImageName) || m.ImageName.IsNull() {
		m.ImageName = crud.Written(m.ImageName, s.ImageName)
	}
	m.KeyPair = crud.KeepEmpty(m.KeyPair, s.KeyPair)
	if m.UserData.IsNull() && s.UserData != "" && !s.HideUserData { // an import; otherwise the written form stays
		m.UserData = types.StringValue(s.UserData)
	}
	m.Metadata, m.Tags = crud.KeepEmptyMap(m.Metadata, s.Metadata), crud.KeepEmptySet(m.Tags, s.Tags)
	m.AllMetadata, m.AllTags = crud.MapOf(s.Metadata), crud.SetOf(s.Tags)
	if s.PowerState != openstack.Active || !crud.WrittenEmpty(m.PowerState) { // "" is active
		m.PowerState = types.StringValue(s.PowerState)
	}
	m.SecurityGroups = groupsWith(m.SecurityGroups, s.SecurityGroups)
	m.Zone, m.Host = crud.Written(m.Zone, ZoneOf(s)), types.StringValue(s.Host)
	if m.Hypervisor.IsNull() || m.Hypervisor.IsUnknown() { // a written node stays: see ShowRequestedNode
		m.Hypervisor = types.StringValue(s.Hypervisor)
	}
	if m.LiveMigration.IsNull() || m.LiveMigration.IsUnknown() { // an import
		m.LiveMigration = types.BoolValue(false)
	}
	if m.ConfigDrive.IsNull() || m.ConfigDrive.IsUnknown() || !s.Recorded || s.Unfinished { // else it stays as the instance was made
		m.ConfigDrive = types.BoolValue(s.ConfigDrive)
	}
	m.BlockDevice = blockDevicesWith(m.BlockDevice, s.BlockDevices)
	m.SchedulerHints = hintsWith(m.SchedulerHints, s.Hints)
	m.Extras = m.Typed()
	m.Cores = types.Int64Value(s.Cores)
	m.CPUAllocation, m.RAMAllocation = AllocationValue(s.CPU), AllocationValue(s.Memory)
	m.VCPUs, m.RAM, m.Disk = types.Int64Value(s.VCPUs), types.Int64Value(s.RAM), types.Int64Value(s.Disk)
	m.AccessIPv4, m.AccessIPv6 = types.StringValue(cmp.Or(s.AccessIPv4, m.AccessIPv4.ValueString())),
		types.StringValue(cmp.Or(s.AccessIPv6, m.AccessIPv6.ValueString()))
	m.Created, m.Updated = crud.TimeValue(s.Created), crud.TimeValue(s.Updated)
	m.Network = NetworkList(networksWith(Networks(m.Network), s.Plugged()))
	m.VolumesAttached, m.ParentDisks = crud.SetOf(s.VolumesAttached), crud.SetOf(s.ParentDisks)
	if !s.Recorded {
		return m.emptyForNull()
	}
	return m
}

// groupsWith returns the recorded groups, or the written ones for a VM of a release that did not record them.
func groupsWith(written types.Set, recorded []string) types.Set {
	if len(recorded) == 0 {
		return written
	}
	return crud.SetOf(recorded)
}

// AllocationTypes are the attributes of cpu_allocation and memory_allocation.
var AllocationTypes = map[string]attr.Type{"limit": types.Int64Type, "reservation": types.Int64Type,
	"shares_level": types.StringType, "shares_share": types.Int64Type}

// AllocationValue returns an allocation as an attribute.
func AllocationValue(a openstack.Allocation) types.Object {
	return types.ObjectValueMust(AllocationTypes, map[string]attr.Value{"limit": types.Int64Value(a.Limit),
		"reservation": types.Int64Value(a.Reservation), "shares_level": types.StringValue(a.Level), "shares_share": types.Int64Value(a.Shares)})
}

// ZoneOf returns the availability zone that an instance is in.
func ZoneOf(s openstack.Server) string { return cmp.Or(s.ActualZone, s.Zone, inventory.DefaultZone) }
