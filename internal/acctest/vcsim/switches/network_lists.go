// SPDX-License-Identifier: MPL-2.0

package switches

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// separateLists gives every host, cluster and datacenter a list of networks of its own. The simulator has them share one, so that what a
// switch adds for its hosts overwrites what another has added for others.
func separateLists(ctx *simulator.Context) {
	eachList(ctx, func(networks *[]types.ManagedObjectReference) {
		*networks = slices.Clip(slices.Clone(*networks))
	})
}

// NoteRemovedGroup takes a portgroup that is gone off all lists, where the simulator leaves it.
func (s *Switches) NoteRemovedGroup(ctx *simulator.Context, group types.ManagedObjectReference) {
	eachList(ctx, func(networks *[]types.ManagedObjectReference) {
		*networks = slices.DeleteFunc(slices.Clone(*networks), func(ref types.ManagedObjectReference) bool { return ref == group })
	})
}

// eachList visits the lists of networks, one locked at a time.
func eachList(ctx *simulator.Context, visit func(networks *[]types.ManagedObjectReference)) {
	for _, kind := range []string{"HostSystem", "ClusterComputeResource", "Datacenter"} {
		for _, e := range ctx.Map.All(kind) {
			var networks *[]types.ManagedObjectReference
			switch of := e.(type) {
			case *simulator.HostSystem:
				networks = &of.Network
			case *simulator.ClusterComputeResource:
				networks = &of.Network
			case *simulator.Datacenter:
				networks = &of.Network
			default:
				continue
			}
			ctx.WithLock(e, func() { visit(networks) })
		}
	}
}
