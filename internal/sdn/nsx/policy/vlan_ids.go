// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// everyVLAN is what a trunk carries: all VLANs, and frames without a tag.
const everyVLAN = "0-4094"

// vlanIDs returns the vlan_ids of a network's segment (NSX API, Segment): numbers and ranges as texts. A flat network's is 0, frames
// without a tag. In an overlay zone there are none.
func vlanIDs(n openstack.Network) (out []string) {
	switch {
	case n.Overlay:
		return nil
	case !n.Trunk:
		return []string{strconv.FormatInt(n.VLAN, 10)}
	case len(n.TrunkVLANs) == 0:
		return []string{everyVLAN}
	}
	for _, r := range n.TrunkVLANs {
		text := strconv.FormatInt(r.First, 10)
		if r.Last != r.First {
			text = fmt.Sprintf("%d-%d", r.First, r.Last)
		}
		out = append(out, text)
	}
	return out
}

// readVLANs sets a network's VLANs from the vlan_ids of its segment. What is no number is left out.
func readVLANs(n *openstack.Network, ids []string) {
	var all []openstack.VLANRange
	for _, id := range ids {
		from, to, isRange := strings.Cut(id, "-")
		if !isRange {
			to = from
		}
		first, err1 := strconv.ParseInt(from, 10, 64)
		last, err2 := strconv.ParseInt(to, 10, 64)
		if err1 == nil && err2 == nil {
			all = append(all, openstack.VLANRange{First: first, Last: last})
		}
	}
	if len(all) == 1 && all[0].First == all[0].Last {
		n.VLAN = all[0].First
		return
	}
	n.Trunk, n.TrunkVLANs = len(all) > 0, all
}
