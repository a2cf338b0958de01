// SPDX-License-Identifier: MPL-2.0

package firewall

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"

// domain is where groups and security policies are: NSX outside of a federation has one domain only.
const domain = "/domains/default"

// GroupPath returns the path of the group that is a security group or an address group.
func GroupPath(root policy.Root, id string) string { return string(root) + domain + "/groups/" + id }

// PolicyPath returns the path of the security policy that holds the rules of a security group.
func PolicyPath(root policy.Root, group string) string {
	return string(root) + domain + "/security-policies/" + group
}

// GroupsPath returns the path of the list of all groups.
func GroupsPath(root policy.Root) string { return string(root) + domain + "/groups" }

// PoliciesPath returns the path of the list of all security policies.
func PoliciesPath(root policy.Root) string { return string(root) + domain + "/security-policies" }
