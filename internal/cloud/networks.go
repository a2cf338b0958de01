// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"context"
	"net/url"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// neutronNetwork is a network in the network service's JSON.
type neutronNetwork struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	AdminUp     bool     `json:"admin_state_up"`
	MTU         int64    `json:"mtu"`
	DNSDomain   string   `json:"dns_domain"`
	Tags        []string `json:"tags"`
	External    bool     `json:"router:external"`
	ZoneHints   []string `json:"availability_zone_hints"`
	Type        string   `json:"provider:network_type"`    // shown to administrators only
	Segment     number   `json:"provider:segmentation_id"` // shown to administrators only
}

// listNetworks makes one call for each thousand networks.
func (c *Client) listNetworks(ctx context.Context) ([]openstack.Network, error) {
	at, err := c.endpoint(ctx, network)
	if err != nil {
		return nil, err
	}
	all, _, err := list[neutronNetwork](ctx, at, "networks", "networks", url.Values{})
	if err != nil {
		return nil, err
	}
	out := make([]openstack.Network, len(all))
	for i, n := range all {
		out[i] = openstack.Network{ID: n.ID, Name: n.Name, Description: n.Description, AdminUp: n.AdminUp, MTU: n.MTU, DNSDomain: n.DNSDomain,
			Tags: n.Tags, External: n.External, ZoneHints: n.ZoneHints}
		if n.Type == openstack.SegmentVLAN {
			out[i].VLAN = int64(n.Segment)
		}
	}
	return out, nil
}
