// SPDX-License-Identifier: MPL-2.0

package nsx

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"

// Config describes how to reach an NSX Manager, and where in it networks are made. The names are those of the provider's block nsx.
type Config struct {
	api.Config

	TransportZone     string // id, path or name, for overlay networks that name none; empty: the only one, else the default one
	VLANTransportZone string // the same for VLAN networks
	EdgeCluster       string // id, path or name, where DHCP servers run; empty: the only one
	TagScheme         string // TagsNeutron, or empty
}

// TagsNeutron is the value of Config.TagScheme if objects also bear the tags of Neutron's plugin for NSX.
const TagsNeutron = "neutron"
