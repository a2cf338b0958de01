// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"cmp"
	"maps"
	"slices"
)

// Flavor is an instance type: the resources that an instance gets.
type Flavor struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	VCPUs       int64             `json:"vcpus"`
	RAM         int64             `json:"ram"`                 // MB
	Disk        int64             `json:"disk"`                // GiB; 0: as large as the image
	Ephemeral   int64             `json:"ephemeral,omitempty"` // GiB of an extra, unformatted disk
	Swap        int64             `json:"swap,omitempty"`      // MB of an extra, unformatted disk
	RxTxFactor  float64           `json:"rx_tx_factor,omitempty"`
	IsPublic    bool              `json:"is_public,omitempty"`
	ExtraSpecs  map[string]string `json:"extra_specs,omitempty"`
	TagID       string            `json:"tag_id,omitempty"` // the vSphere tag that labels this flavor's VMs

	Cloud string `json:"-"` // the OpenStack cloud that the flavor was read from; empty: the catalogue
}

// Same reports whether two flavors give an instance the same resources: names, descriptions and labels do not count.
func (f Flavor) Same(g Flavor) bool {
	return f.VCPUs == g.VCPUs && f.RAM == g.RAM && f.Disk == g.Disk && f.Ephemeral == g.Ephemeral && f.Swap == g.Swap &&
		maps.Equal(f.ExtraSpecs, g.ExtraSpecs)
}

// SortFlavors orders flavors smallest first: by memory, then vcpus, then disk, then name.
func SortFlavors(flavors []Flavor) {
	slices.SortFunc(flavors, func(a, b Flavor) int {
		return cmp.Or(cmp.Compare(a.RAM, b.RAM), cmp.Compare(a.VCPUs, b.VCPUs), cmp.Compare(a.Disk, b.Disk), cmp.Compare(a.Name, b.Name))
	})
}
