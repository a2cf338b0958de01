package network

import (
	"encoding/json"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// portgroupKey names what this provider keeps in a portgroup's configuration. It is written with the portgroup itself, so that
// one which was made by an apply that was killed is known for ours.
const portgroupKey = "novasphere.network"

// networkLabels are what a portgroup has no field for.
type networkLabels struct {
	Mark      *openstack.Mark `json:"mark,omitempty"`
	Tags      []string        `json:"tags,omitempty"`
	DNSDomain string          `json:"dns_domain,omitempty"`
	External  bool            `json:"external,omitempty"`
	Alias     string          `json:"alias,omitempty"`
	MTU       int64           `json:"mtu,omitempty"` // bytes; where it is smaller than the switch's
}

// labelsOf reads ours among what is kept with a portgroup; nothing where there is none, or somebody else has written it.
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
	if l.MTU > 0 {
		n.MTU = l.MTU
	}
}

func blobOf(n openstack.Network) []types.DistributedVirtualSwitchKeyedOpaqueBlob {
	labels := networkLabels{Mark: n.Mark, Tags: n.Tags, DNSDomain: n.DNSDomain, External: n.External, Alias: n.Alias}
	if n.MTU < n.SwitchMTU {
		labels.MTU = n.MTU
	}
	raw, _ := json.Marshal(labels) // strings, numbers and booleans
	return []types.DistributedVirtualSwitchKeyedOpaqueBlob{{Key: portgroupKey, OpaqueData: string(raw)}}
}
