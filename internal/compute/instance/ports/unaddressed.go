// SPDX-License-Identifier: MPL-2.0

package ports

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// unaddressed returns the error about security groups on a network without subnets.
func unaddressed(network string) error {
	return openstack.AttributeErrorf("security_groups", "the network %s has no subnets, so the instance has no port with an address there "+
		"that could be filtered: make a networking_subnet on it first, or leave security_groups out", network)
}
