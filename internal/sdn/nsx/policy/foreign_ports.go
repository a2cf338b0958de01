// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// ForeignPorts returns the ports of a segment that somebody else made, with the addresses and MACs that are bound to them, so that no other
// port gets one. recorded reports whether there is a record of a port. A port with several MACs comes once for each. Ranges are left
// out: they are pairs that a port may use, and are nobody's own in Neutron either.
func ForeignPorts(ports []Object, recorded func(id string) bool) (out []openstack.Port) {
	for _, o := range ports {
		if recorded(o.ID()) {
			continue
		}
		var macs []string
		of := map[string][]openstack.FixedIP{}
		for _, b := range o.bindings() {
			if !slices.Contains(macs, b.MACAddress) {
				macs = append(macs, b.MACAddress)
			}
			if at, single := b.address(); single {
				of[b.MACAddress] = append(of[b.MACAddress], openstack.FixedIP{Address: at.String()})
			}
		}
		for _, mac := range macs {
			out = append(out, openstack.Port{ID: o.ID(), NetworkID: after(o.Path(), "segments"), Name: o.Name(), MAC: mac, FixedIPs: of[mac],
				Foreign: true})
		}
	}
	return out
}
