// SPDX-License-Identifier: MPL-2.0

package openstack

// AddressScope is a set of subnet pools that share no address.
type AddressScope struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version int64  `json:"ip_version"` // 4 or 6
	Shared  bool   `json:"shared,omitempty"`
	Project string `json:"project,omitempty"`
	Mark    *Mark  `json:"mark,omitempty"`
}
