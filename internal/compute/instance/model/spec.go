// SPDX-License-Identifier: MPL-2.0

package model

import (
	"cmp"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Spec returns the instance that the model asks for. It names flavor, image and networks and does not look them up.
func (m Instance) Spec() openstack.ServerSpec {
	image, name := m.ImageID.ValueString(), m.ImageName.ValueString()
	if m.BootsFromVolume() { // they have no effect then
		image, name = ImageOf(m.BlockDevice).ValueString(), ""
	}
	return openstack.ServerSpec{
		Name: m.Name.ValueString(), Description: m.Description.ValueString(), ImageID: image, ImageName: name,
		Flavor:  openstack.Flavor{ID: m.FlavorID.ValueString(), Name: m.FlavorName.ValueString()},
		KeyPair: m.KeyPair.ValueString(), UserData: guest.DecodeUserData(m.GivenUserData().ValueString()), Metadata: crud.StringMap(m.Metadata),
		Tags: crud.Strings(m.Tags), PowerState: m.Power(), NICs: m.NICs(), ConfigDrive: m.ConfigDrive.ValueBool(),
		SecurityGroups: crud.Strings(m.SecurityGroups), Zone: m.Zone.ValueString(), Hypervisor: m.Hypervisor.ValueString(),
		Hints: HintsOf(m.SchedulerHints), BlockDevices: BlockDevices(m.BlockDevice), Personality: Personality(m.Personality),
		AnnounceEnd: m.WaitForInit.ValueString() != "", HideUserData: m.hidesUserData(), HideFiles: HidesFiles(m.Personality),
	}
}

// Power returns the power state, active where none is written.
func (m Instance) Power() string { return cmp.Or(m.PowerState.ValueString(), openstack.Active) }

// NICs returns those of the network blocks, as far as they are known.
func (m Instance) NICs() (out []openstack.NIC) {
	for _, n := range Networks(m.Network) {
		out = append(out, openstack.NIC{NetworkID: n.UUID.ValueString(), NetworkName: n.Name.ValueString(), Port: n.Port.ValueString(),
			MAC: n.MAC.ValueString(), Access: n.Access.ValueBool()})
	}
	return out
}
