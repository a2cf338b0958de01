// SPDX-License-Identifier: MPL-2.0

package planned

import (
	"strconv"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// FloatingIPs holds the floating IPs that are planned to lead to ports, by their ids, their addresses and what they lead to. Their own
// addresses are among Ports.
type FloatingIPs = Set[openstack.FloatingIP]

func newFloatingIPs() *FloatingIPs {
	return NewSet(Kind[openstack.FloatingIP]{
		ID: func(f openstack.FloatingIP) string { return f.ID },
		Keys: func(f openstack.FloatingIP) (keys []string) {
			if f.ID != "" {
				keys = append(keys, f.ID)
			}
			if f.Address != "" {
				keys = append(keys, f.Address)
			}
			if f.PortID != "" && f.NetworkID != "" {
				keys = append(keys, f.NetworkID+" "+f.PortID+" "+f.FixedIP)
			}
			return keys
		},
		Bare: func(f openstack.FloatingIP) openstack.FloatingIP {
			return openstack.FloatingIP{NetworkID: f.NetworkID, PortID: f.PortID, FixedIP: f.FixedIP}
		},
		Meets: func(a, b openstack.FloatingIP) bool {
			return a.NetworkID == b.NetworkID && a.PortID == b.PortID && a.FixedIP == b.FixedIP
		},
	})
}

// Forwardings holds the planned port forwardings, by floating IP, protocol and number.
type Forwardings = Set[openstack.Forwarding]

func newForwardings() *Forwardings {
	key := func(f openstack.Forwarding) string {
		return f.FloatingIPID + " " + f.Protocol + " " + strconv.FormatInt(f.External, 10)
	}
	return NewSet(Kind[openstack.Forwarding]{
		ID:   func(f openstack.Forwarding) string { return f.ID },
		Keys: func(f openstack.Forwarding) []string { return []string{key(f)} },
		Bare: func(f openstack.Forwarding) openstack.Forwarding {
			f.ID, f.Address, f.Mark = "", "", nil
			return f
		},
		Meets: func(a, b openstack.Forwarding) bool { return key(a) == key(b) },
	})
}
