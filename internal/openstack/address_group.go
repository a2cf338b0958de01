// SPDX-License-Identifier: MPL-2.0

package openstack

// AddressGroup is a set of addresses that rules of security groups can name as their remote side.
type AddressGroup struct {
	ID          string   `json:"id"`
	Name        string   `json:"name,omitempty"`
	Project     string   `json:"project,omitempty"`
	Description string   `json:"description,omitempty"`
	Addresses   []string `json:"addresses"` // CIDRs of either IP version, sorted
	Mark        *Mark    `json:"mark,omitempty"`
}
