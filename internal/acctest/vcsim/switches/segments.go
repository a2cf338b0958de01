// SPDX-License-Identifier: MPL-2.0

package switches

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// Segment is a segment of NSX as vCenter shows it: an ephemeral portgroup on each distributed switch that its transport zone reaches
// (vSphere API, DVPortgroupConfigInfo: backingType, segmentId, logicalSwitchUuid).
type Segment struct {
	ID         string   // the segment's id
	Path       string   // its policy path; without one /infra/segments/<ID>
	Name       string   // its display name, which the portgroups have; NSX lets two segments share one
	SwitchUUID string   // its logical switch
	Switches   []string // the names of the distributed switches; nil: all there are
	Opaque     bool     // the hosts have an N-VDS, as with NSX 3.x: an opaque network in every datacenter, and no portgroup
}

func (s Segment) path() string { return cmp.Or(s.Path, "/infra/segments/"+s.ID) }

// Segments are those that NSX has put onto the switches, and the NICs that are connected to them.
type Segments struct {
	// OnlyPowered counts a NIC as connected while its machine is not off. No source says which of the two NSX does.
	OnlyPowered atomic.Bool

	putting sync.Mutex // held while a segment comes or goes

	mu    sync.Mutex // guards what follows, and keeps the order in which watchers hear of NICs
	known map[string]Segment
	cards map[types.ManagedObjectReference]map[int32]Card
	watch []func(Connection, Card)
}

func newSegments() *Segments {
	return &Segments{known: map[string]Segment{}, cards: map[types.ManagedObjectReference]map[int32]Card{}}
}

// Put makes the networks of a segment that are not there yet, and gives those that are there its name.
func (s *Segments) Put(ctx *simulator.Context, segment Segment) error {
	s.putting.Lock()
	defer s.putting.Unlock()
	s.remember(segment)
	if segment.Opaque {
		return putOpaque(ctx, segment)
	}
	switches, err := switchesOf(ctx, segment)
	if err != nil {
		return err
	}
	there := groupsOf(ctx, segment)
	for _, dvs := range switches {
		if group := there[dvs.Self]; group != nil {
			renameSegment(ctx, group, segment.Name)
			continue
		}
		if err := addGroup(ctx, dvs, segment); err != nil {
			return err
		}
	}
	return nil
}

func (s *Segments) remember(segment Segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[segment.ID] = segment
}

// Remove takes a segment off every switch. One that a machine has a NIC on stays: NSX does not delete it either.
func (s *Segments) Remove(ctx *simulator.Context, id string) error {
	s.putting.Lock()
	defer s.putting.Unlock()
	s.mu.Lock()
	segment, found := s.known[id]
	s.mu.Unlock()
	if !found {
		segment = Segment{ID: id}
	}
	groups := groupsOf(ctx, segment)
	for _, group := range groups {
		if vm := userOf(ctx, group.Self); vm != "" {
			return fmt.Errorf("the segment %s stays in vCenter: the machine %s has a NIC on its portgroup %s", id, vm, group.Self.Value)
		}
	}
	if segment.Opaque {
		if err := removeOpaque(ctx, segment); err != nil {
			return err
		}
	}
	for _, group := range groups {
		if err := destroyGroup(ctx, group, id); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, id)
	return nil
}

// switchesOf are the distributed switches that a segment is to be on.
func switchesOf(ctx *simulator.Context, segment Segment) (switches []*simulator.DistributedVirtualSwitch, err error) {
	found := map[string]bool{}
	for _, kind := range []string{"DistributedVirtualSwitch", "VmwareDistributedVirtualSwitch"} {
		for _, e := range ctx.Map.All(kind) {
			dvs, ok := e.(*simulator.DistributedVirtualSwitch)
			if ok && (segment.Switches == nil || slices.Contains(segment.Switches, dvs.Name)) {
				switches, found[dvs.Name] = append(switches, dvs), true
			}
		}
	}
	for _, name := range segment.Switches {
		if !found[name] {
			return nil, fmt.Errorf("the segment %s is to be on the distributed switch %s, which is not there", segment.ID, name)
		}
	}
	slices.SortFunc(switches, func(a, b *simulator.DistributedVirtualSwitch) int { return cmp.Compare(a.Self.Value, b.Self.Value) })
	return switches, nil
}

// groupsOf are the portgroups of a segment, by their switches.
func groupsOf(ctx *simulator.Context, segment Segment) map[types.ManagedObjectReference]*simulator.DistributedVirtualPortgroup {
	groups := map[types.ManagedObjectReference]*simulator.DistributedVirtualPortgroup{}
	for _, e := range ctx.Map.All("DistributedVirtualPortgroup") {
		group := e.(*simulator.DistributedVirtualPortgroup)
		if config := configOf(ctx, group); config.SegmentId == segment.path() {
			groups[*config.DistributedVirtualSwitch] = group
		}
	}
	return groups
}

// configOf is the configuration of a portgroup that somebody else may be changing.
func configOf(ctx *simulator.Context, group *simulator.DistributedVirtualPortgroup) (config types.DVPortgroupConfigInfo) {
	ctx.WithLock(group, func() { config = group.Config })
	return config
}

func addGroup(ctx *simulator.Context, dvs *simulator.DistributedVirtualSwitch, segment Segment) error {
	separateLists(ctx)
	unlock := ctx.Map.AcquireLock(ctx, dvs)
	defer unlock()
	_, fault := base.Wait(ctx, base.TaskOf(dvs.AddDVPortgroupTask(ctx, &types.AddDVPortgroup_Task{This: dvs.Self,
		Spec: []types.DVPortgroupConfigSpec{{
			Name:          base.StoredName(segment.Name),
			Type:          string(types.DistributedVirtualPortgroupPortgroupTypeEphemeral),
			BackingType:   string(types.DistributedVirtualPortgroupBackingTypeNsx),
			SegmentId:     segment.path(),
			ConfigVersion: "1", LogicalSwitchUuid: segment.SwitchUUID,
		}}})))
	if fault != nil {
		return fmt.Errorf("the segment %s does not come onto the distributed switch %s: %T", segment.ID, dvs.Name, fault)
	}
	return nil
}

func destroyGroup(ctx *simulator.Context, group *simulator.DistributedVirtualPortgroup, segment string) error {
	unlock := ctx.Map.AcquireLock(ctx, group)
	defer unlock()
	if _, fault := base.Wait(ctx, base.TaskOf(group.DestroyTask(ctx, &types.Destroy_Task{This: group.Self}))); fault != nil {
		return fmt.Errorf("the portgroup %s of the segment %s stays in vCenter: %T", group.Self.Value, segment, fault)
	}
	return nil
}

func renameSegment(ctx *simulator.Context, group *simulator.DistributedVirtualPortgroup, name string) {
	name = base.StoredName(name)
	ctx.WithLock(group, func() {
		if group.Name == name {
			return
		}
		config := group.Config
		config.Name = name
		ctx.Update(group, []types.PropertyChange{{Name: "config", Val: config}, {Name: "name", Val: name}})
		group.Entity().Name = name
	})
}

// ofNSX is the fault of a change by anybody but NSX, where a portgroup is a segment's; nil for every other.
func ofNSX(ctx *simulator.Context, group *simulator.DistributedVirtualPortgroup) types.BaseMethodFault {
	if configOf(ctx, group).BackingType == string(types.DistributedVirtualPortgroupBackingTypeNsx) {
		return new(types.NotSupported)
	}
	return nil
}
