// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// The values of the provider's security_groups: what enforces security groups.
const (
	EnforceDVS      = "dvs"      // the distributed switch, whose filter is stateless
	EnforcePhysical = "physical" // a firewall outside of vSphere, which others configure
	EnforceNone     = "none"     // nothing
	EnforceNSX      = "nsx"      // the distributed firewall of NSX, with connection state
)

// AsInOpenStack reports whether groups are OpenStack's as they stand, with connection state and a default group for each project: beside a
// physical firewall, and in NSX.
func AsInOpenStack(enforcer string) bool {
	return enforcer == EnforcePhysical || enforcer == EnforceNSX
}

// RequireEnforcer refuses groups unless the provider is configured to enforce them: they would only pretend to filter.
func RequireEnforcer(enforcer string) error {
	filters := fmt.Sprintf("%q (the distributed switch filters, without connection state, so groups need stateful = false and rules for "+
		"answers)", EnforceDVS)
	records := fmt.Sprintf("%q (groups are OpenStack's and recorded only: nothing is enforced unless a physical firewall of yours is "+
		"configured so)", EnforcePhysical)
	nsx := fmt.Sprintf("%q (NSX enforces them with connection state, on its own segments, with the block nsx)", EnforceNSX)
	switch enforcer {
	case EnforceDVS, EnforcePhysical, EnforceNSX:
		return nil
	case EnforceNone:
		return openstack.ProviderErrorf("security_groups", "it is %q, so this group would not be enforced: "+
			"delete the group, if nothing is to be filtered, or choose %s, %s or %s", EnforceNone, filters, records, nsx)
	}
	return openstack.ProviderErrorf("security_groups", "it is not set, and a vCenter enforces no groups by itself: choose %s, %s, %s or "+
		"%q (nothing is filtered, and the group %q alone can be written)", filters, records, nsx, EnforceNone, openstack.DefaultGroup)
}

// CheckFiltered refuses security groups on a network whose ports nobody filters: with groups of NSX one that is no segment of it. filters
// tells whether it is one, and attribute where the groups are written.
func CheckFiltered(enforcer, network, attribute string, filters bool, groups []string) error {
	if enforcer != EnforceNSX || filters || len(groups) == 0 {
		return nil
	}
	return openstack.AttributeErrorf(attribute, "the network %s is a portgroup of a distributed switch, and the provider's security_groups "+
		"is %q: NSX filters the ports of its own segments, and no others. Leave the groups out, so that nothing is filtered there, or use a "+
		"network of NSX", network, EnforceNSX)
}
