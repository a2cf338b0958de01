package guest

import (
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// undotted is a domain without the dot that Neutron ends it with.
func undotted(domain string) string { return strings.TrimSuffix(domain, ".") }

// nameservers are those of a NIC's subnets, each once.
func nameservers(nic openstack.NIC) (servers []string) {
	for _, l := range nic.Guest {
		servers = joined(servers, l.DNS...)
	}
	return servers
}

// joined appends values that are not there yet.
func joined(to []string, values ...string) []string {
	for _, v := range values {
		if !slices.Contains(to, v) {
			to = append(to, v)
		}
	}
	return to
}
