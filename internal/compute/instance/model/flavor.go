// SPDX-License-Identifier: MPL-2.0

package model

import (
	"cmp"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// ClockFor returns the speed of a core with which to translate a flavor: the recorded one for the instance's own flavor, so that hosts
// that come and go cause no drift; zero, which means unknown, for another flavor.
func (a PrivateState) ClockFor(f *openstack.Flavor) vmspec.Clock {
	if f.Same(a.Flavor) {
		return a.Clock
	}
	return vmspec.Clock{}
}

// TargetFlavor returns the flavor that an instance is to have: own, with which it was made, while its configuration names the same flavor
// (same) and that still has the same size, else the named one. It is nil where neither is known: own has no id on an adopted VM, and
// named is nil where the catalogue does not have the flavor.
func TargetFlavor(own openstack.Flavor, named *openstack.Flavor, same bool) *openstack.Flavor {
	sized := func(a, b openstack.Flavor) bool {
		return a.VCPUs == b.VCPUs && a.RAM == b.RAM && a.Disk == b.Disk && a.Ephemeral == b.Ephemeral && a.Swap == b.Swap
	}
	if own.ID != "" && same && (named == nil || sized(own, *named)) {
		return &own
	}
	return named
}

// Adopts reports whether a foreign VM has the size of a flavor. Then it is recorded with that flavor, and settings beyond its size stay
// until a resize.
func (a PrivateState) Adopts(f openstack.Flavor, state Instance) bool {
	machine := openstack.Server{ServerSpec: openstack.ServerSpec{Flavor: a.Flavor},
		ServerStatus: openstack.ServerStatus{VCPUs: state.VCPUs.ValueInt64(), RAM: state.RAM.ValueInt64(), Disk: state.Disk.ValueInt64(),
			BootVolume: a.BootVolume, Recorded: !a.Unrecorded}}
	return !a.Own && (a.Unrecorded || a.Flavor.ID == "" || a.Flavor.ID == f.ID) && machine.Fits(f)
}

// FlavorFromPriorState returns the flavor to record for an instance without a record: the sizes that Nova described, under the id and
// name of the moved state. It is zero, which records nothing, where one of the two is missing.
func (a PrivateState) FlavorFromPriorState(named openstack.Flavor) openstack.Flavor {
	if !a.Unrecorded || a.Flavor.VCPUs == 0 || named.ID == "" {
		return openstack.Flavor{}
	}
	flavor := a.Flavor
	flavor.ID, flavor.Name = named.ID, cmp.Or(named.Name, flavor.Name)
	return flavor
}
