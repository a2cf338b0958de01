// SPDX-License-Identifier: MPL-2.0

package guest

import (
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// undotted returns a domain without the trailing dot that Neutron writes.
func undotted(domain string) string { return strings.TrimSuffix(domain, ".") }

// nameservers returns the DNS servers of a NIC's subnets, each once.
func nameservers(nic openstack.NIC) (servers []string) {
	for _, l := range nic.Guest {
		servers = joined(servers, l.DNS...)
	}
	return servers
}

// joined appends the values that the list does not hold yet.
func joined(to []string, values ...string) []string {
	for _, v := range values {
		if !slices.Contains(to, v) {
			to = append(to, v)
		}
	}
	return to
}
