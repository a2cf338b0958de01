// SPDX-License-Identifier: MPL-2.0

package network

import (
	"encoding/json"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// portgroupKey is the key under which a portgroup's configuration holds networkLabels. They are written when the portgroup is made, so
// that one made by a killed process is recognised as ours.
const portgroupKey = "novasphere.network"

// networkLabels are the properties of a network that a portgroup has no field for.
type networkLabels struct {
	Mark      *openstack.Mark `json:"mark,omitempty"`
	Tags      []string        `json:"tags,omitempty"`
	DNSDomain string          `json:"dns_domain,omitempty"`
	External  bool            `json:"external,omitempty"`
	Alias     string          `json:"alias,omitempty"`
	MTU       int64           `json:"mtu,omitempty"` // bytes; only if smaller than the switch's
	QoSPolicy string          `json:"qos_policy,omitempty"`
}

// labelsOf decodes our labels; the zero value if there are none, or they cannot be decoded.
func labelsOf(blobs []types.DistributedVirtualSwitchKeyedOpaqueBlob) (l networkLabels) {
	for _, blob := range blobs {
		if blob.Key == portgroupKey && json.Unmarshal([]byte(blob.OpaqueData), &l) != nil {
			return networkLabels{}
		}
	}
	return l
}

func (l networkLabels) onto(n *openstack.Network) {
	n.Mark, n.Tags, n.DNSDomain, n.External, n.Alias = l.Mark, l.Tags, l.DNSDomain, l.External, l.Alias
	n.QoSPolicyID = l.QoSPolicy
	if l.MTU > 0 {
		n.MTU = l.MTU
	}
}

func blobOf(n openstack.Network) []types.DistributedVirtualSwitchKeyedOpaqueBlob {
	labels := networkLabels{Mark: n.Mark, Tags: n.Tags, DNSDomain: n.DNSDomain, External: n.External, Alias: n.Alias,
		QoSPolicy: n.QoSPolicyID}
	if n.MTU < n.SwitchMTU {
		labels.MTU = n.MTU
	}
	raw, _ := json.Marshal(labels) // strings, numbers and booleans
	return []types.DistributedVirtualSwitchKeyedOpaqueBlob{{Key: portgroupKey, OpaqueData: string(raw)}}
}
