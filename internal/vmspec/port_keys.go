// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// PortKey prefixes the extraConfig key under which Nova records the port of a VM's N-th NIC. freePort marks a NIC that is gone.
const (
	PortKey  = "nvp.iface-id."
	freePort = "free"
)

// PortKeys returns the nvp.iface-id keys to set on a VM whose extraConfig is have, so that it records exactly these ports. A port that
// has a key keeps it, a new port takes the first hole, and the key of a port that is gone becomes "free", as in Nova.
func PortKeys(have map[string]string, ports []string) map[string]string {
	set := map[string]string{}
	held := map[string]bool{}
	for key, port := range have {
		if !strings.HasPrefix(key, PortKey) || port == freePort || port == "" {
			continue
		}
		if held[port] = true; !slices.Contains(ports, port) {
			set[key] = freePort
		}
	}
	index := 0
	for _, port := range ports {
		if port == "" || held[port] {
			continue
		}
		for ; ; index++ {
			key := fmt.Sprintf("%s%d", PortKey, index)
			now, ours := set[key]
			if !ours {
				now = have[key]
			}
			if now == "" || now == freePort {
				set[key] = port
				break
			}
		}
	}
	return set
}

// NovaPorts returns the ids of the ports of a VM's NICs, in the order of the NICs. The two orders agree because Nova fills the first hole
// that a detached NIC left in its numbers, and vCenter fills the first among its devices.
func NovaPorts(keys map[string]string) (ports []string) {
	at := map[int]string{}
	for key, port := range keys {
		number, ok := strings.CutPrefix(key, PortKey)
		if n, err := strconv.Atoi(number); ok && err == nil && port != freePort && port != "" {
			at[n] = port
		}
	}
	for _, n := range slices.Sorted(maps.Keys(at)) {
		ports = append(ports, at[n])
	}
	return ports
}
