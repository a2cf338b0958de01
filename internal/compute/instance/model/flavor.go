package model

import (
	"cmp"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// ClockFor is the speed of a core with which a flavor is to be translated: the recorded one for the flavor that the instance has, so that
// hosts that come and go are no drift; zero, which is unknown, for another flavor.
func (a PrivateState) ClockFor(f *openstack.Flavor) vmspec.Clock {
	if f.Same(a.Flavor) {
		return a.Clock
	}
	return vmspec.Clock{}
}

// TargetFlavor is the flavor that an instance is to have which was made with one and names another: its own while it names the same and
// that has the same size, because it keeps what it was made with. It is nil where nothing is known of either: own has no id on an adopted
// machine, and named is nil where the catalogue does not have the flavor.
func TargetFlavor(own openstack.Flavor, named *openstack.Flavor, same bool) *openstack.Flavor {
	sized := func(a, b openstack.Flavor) bool {
		return a.VCPUs == b.VCPUs && a.RAM == b.RAM && a.Disk == b.Disk && a.Ephemeral == b.Ephemeral && a.Swap == b.Swap
	}
	if own.ID != "" && same && (named == nil || sized(own, *named)) {
		return &own
	}
	return named
}

// Adopts reports whether a machine that somebody else made is as large as a flavor: then it is recorded with it, and what its owner gave it
// beyond sizes stays until a resize.
func (a PrivateState) Adopts(f openstack.Flavor, state Instance) bool {
	machine := openstack.Server{ServerSpec: openstack.ServerSpec{Flavor: a.Flavor},
		ServerStatus: openstack.ServerStatus{VCPUs: state.VCPUs.ValueInt64(), RAM: state.RAM.ValueInt64(), Disk: state.Disk.ValueInt64(),
			BootVolume: a.BootVolume, Recorded: !a.Unrecorded}}
	return !a.Own && (a.Unrecorded || a.Flavor.ID == "" || a.Flavor.ID == f.ID) && machine.Fits(f)
}

// FlavorFromPriorState is the flavor with which an instance without a record is recorded: with the sizes that Nova described, under the id
// and name in a state that was moved. It is zero, which records nothing, where one of the two is missing.
func (a PrivateState) FlavorFromPriorState(named openstack.Flavor) openstack.Flavor {
	if !a.Unrecorded || a.Flavor.VCPUs == 0 || named.ID == "" {
		return openstack.Flavor{}
	}
	flavor := a.Flavor
	flavor.ID, flavor.Name = named.ID, cmp.Or(named.Name, flavor.Name)
	return flavor
}
