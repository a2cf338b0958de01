// SPDX-License-Identifier: MPL-2.0

// Package firewall translates security groups, their rules and address groups to groups and security policies of NSX's distributed
// firewall. It calls nothing. The fields and their limits are those of the API of NSX 4.1.
package firewall
