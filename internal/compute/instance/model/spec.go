package model

import (
	"cmp"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// spec is the instance that the model asks for. The flavor, image and networks are names only.
func (m Instance) Spec() openstack.ServerSpec {
	return openstack.ServerSpec{
		Name: m.Name.ValueString(), Description: m.Description.ValueString(), ImageID: m.ImageID.ValueString(),
		ImageName: m.ImageName.ValueString(), Flavor: openstack.Flavor{ID: m.FlavorID.ValueString(), Name: m.FlavorName.ValueString()},
		KeyPair: m.KeyPair.ValueString(), UserData: vmspec.DecodeUserData(m.UserData.ValueString()), Metadata: crud.StringMap(m.Metadata),
		Tags: crud.Strings(m.Tags), PowerState: m.Power(), NICs: m.Nics(), ConfigDrive: m.ConfigDrive.ValueBool(),
		SecurityGroups: crud.Strings(m.SecurityGroups), Zone: m.Zone.ValueString(), Hypervisor: m.Hypervisor.ValueString(),
		Hints: HintsOf(m.SchedulerHints), BlockDevices: BlockDevices(m.BlockDevice), Personality: Personality(m.Personality),
		AnnounceEnd: m.WaitForInit.ValueString() != "",
	}
}

// power is the power state, which is active where none is written.
func (m Instance) Power() string { return cmp.Or(m.PowerState.ValueString(), openstack.Active) }

// nics are the NICs of the network blocks, as far as they are known.
func (m Instance) Nics() (out []openstack.NIC) {
	for _, n := range Networks(m.Network) {
		out = append(out, openstack.NIC{NetworkID: n.UUID.ValueString(), NetworkName: n.Name.ValueString(), Port: n.Port.ValueString(),
			MAC:    n.MAC.ValueString(),
			Access: n.Access.ValueBool()})
	}
	return out
}
