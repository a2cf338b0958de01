package model

import (
	"cmp"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// clock is the speed of a core with which a flavor is to be translated: as recorded for the one that the instance has, or
// unknown. Hosts that come and go are no drift.
func (a PrivateState) ClockFor(f *openstack.Flavor) vmspec.Clock {
	if f.Same(a.Flavor) {
		return a.Clock
	}
	return vmspec.Clock{}
}

// targetFlavor is what an instance should be like that has one flavor embedded and names one of the catalogue: its own while
// the named one is the same and of the same size, for it keeps what it was made with. Nil where nothing can be said: of an
// adopted machine, and where the catalogue does not know the flavor.
func TargetFlavor(own openstack.Flavor, named *openstack.Flavor, same bool) *openstack.Flavor {
	sized := func(a, b openstack.Flavor) bool {
		return a.VCPUs == b.VCPUs && a.RAM == b.RAM && a.Disk == b.Disk && a.Ephemeral == b.Ephemeral && a.Swap == b.Swap
	}
	if own.ID != "" && same && (named == nil || sized(own, *named)) {
		return &own
	}
	return named
}

// adopts says that a machine which somebody else made is as large as its flavor: it is recorded, and what its owner gave it
// beyond sizes stays until a resize.
func (a PrivateState) Adopts(f openstack.Flavor, is Instance) bool {
	has := openstack.Server{ServerSpec: openstack.ServerSpec{Flavor: a.Flavor},
		ServerStatus: openstack.ServerStatus{VCPUs: is.VCPUs.ValueInt64(), RAM: is.RAM.ValueInt64(), Disk: is.Disk.ValueInt64(),
			BootVolume: a.BootVolume, Recorded: !a.Unrecorded}}
	return !a.Own && (a.Unrecorded || a.Flavor.ID == "" || a.Flavor.ID == f.ID) && has.Fits(f)
}

// flavorFromPriorState is the flavor that an instance without a record is to be recorded with: of the sizes that Nova described, and
// known by what a state that was moved calls it. Where one of the two is missing there is nothing to record.
func (a PrivateState) FlavorFromPriorState(named openstack.Flavor) openstack.Flavor {
	if !a.Unrecorded || a.Flavor.VCPUs == 0 || named.ID == "" {
		return openstack.Flavor{}
	}
	is := a.Flavor
	is.ID, is.Name = named.ID, cmp.Or(named.Name, is.Name)
	return is
}
