// SPDX-License-Identifier: MPL-2.0

package openstack

import "time"

// SubnetPool is a set of address ranges from which subnets are cut. No two subnets of a pool share an address.
type SubnetPool struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Project     string    `json:"project,omitempty"`
	Description string    `json:"description,omitempty"`
	Tags        []string  `json:"tags,omitempty"`
	Prefixes    []string  `json:"prefixes"`           // CIDRs of one IP version, in order and merged where they touch
	MinLength   int64     `json:"min_length"`         // bits of the largest subnet that is cut
	MaxLength   int64     `json:"max_length"`         // bits of the smallest
	Length      int64     `json:"length"`             // bits of a subnet that names neither a length nor a CIDR
	Quota       int64     `json:"quota,omitempty"`    // IPv4 addresses, or IPv6 networks of 64 bits, that a project may have; 0: no limit
	ScopeID     string    `json:"scope,omitempty"`    // the address scope; empty: none
	Shared      bool      `json:"shared,omitempty"`   // recorded only
	Default     bool      `json:"default,omitempty"`  // the one default pool of its IP version
	Revision    int64     `json:"revision,omitempty"` // how often it was changed
	Updated     time.Time `json:"updated"`
	Mark        *Mark     `json:"mark,omitempty"`
}
