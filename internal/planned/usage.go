// SPDX-License-Identifier: MPL-2.0

package planned

import (
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// The resources of a zone that are limited.
const (
	VCPUs    = iota
	RAM      // MB
	Disk     // GiB
	MHz      // reserved
	Reserved // MB of memory, reserved
	Scarce   // the number of resources
)

// Usage is what an instance uses of a zone.
type Usage struct {
	Zone string
	Of   [Scarce]int64
}

// Exceeds reports whether u uses more of a resource than other, or is in another zone. A nil usage is zero.
func (u *Usage) Exceeds(other *Usage, of int) bool {
	return u != nil && (other == nil || u.Zone != other.Zone || u.Of[of] > other.Of[of])
}

// UsageChange is the change of one instance: what it uses, nil if it does not exist, and what it is planned to use.
type UsageChange struct{ Has, Wants *Usage }

// UsageTracker adds up what the instances of one configuration use of their zones. It counts each instance once, by its unique name:
// Terraform plans a replaced instance twice, first with its present usage, then as a creation.
//
// It makes no calls. A zone's capacity is told to it once and not updated: planned usage is added to it.
type UsageTracker struct {
	mu      sync.Mutex
	changes map[string]UsageChange // by the instance's name
	zones   map[string]*ZoneUsage
}

// ZoneUsage is what is used of one zone.
type ZoneUsage struct {
	Room    *openstack.Capacity // nil until Tell
	Has     [Scarce]int64       // usage of existing instances, as far as they have been read
	Planned [Scarce]int64       // planned usage of all instances, minus Has

	given map[string]bool
}

// FirstTime reports whether a warning about the zone is given for the first time, and records it. Terraform does not show the warnings of
// an instance's second plan.
func (z *ZoneUsage) FirstTime(warning string) bool {
	given := z.given[warning]
	z.given[warning] = true
	return !given
}

func newUsageTracker() *UsageTracker {
	return &UsageTracker{changes: map[string]UsageChange{}, zones: map[string]*ZoneUsage{}}
}

// zone returns the usage of a zone. The caller holds the lock.
func (t *UsageTracker) zone(name string) *ZoneUsage {
	if t.zones[name] == nil {
		t.zones[name] = &ZoneUsage{given: map[string]bool{}}
	}
	return t.zones[name]
}

// Tell records a zone's capacity. Later values are ignored.
func (t *UsageTracker) Tell(room openstack.Capacity) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if zone := t.zone(room.Zone); zone.Room == nil {
		zone.Room = &room
	}
}

// Grows reports whether an instance is to use more of a resource, or to move to another zone: only then does the zone's capacity matter.
func (t *UsageTracker) Grows(name string, change UsageChange) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	change = t.joined(name, change)
	for of := range Scarce {
		if change.Wants.Exceeds(change.Has, of) {
			return true
		}
	}
	return false
}

// joined adds the known usage of the instance with this name to a change: a replaced instance is planned a second time without it.
func (t *UsageTracker) joined(name string, change UsageChange) UsageChange {
	if change.Has == nil {
		change.Has = t.changes[name].Has
	}
	return change
}

// Plan counts an instance's change in place of its former one. If the zone's capacity is known, it calls judge with the zone's usage; no
// other instance is counted until judge returns.
func (t *UsageTracker) Plan(name string, change UsageChange, judge func(*ZoneUsage, UsageChange)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if change.Wants == nil {
		return
	}
	change = t.joined(name, change)
	t.replace(name, change)
	if zone := t.zone(change.Wants.Zone); zone.Room != nil {
		judge(zone, change)
	}
}

// Meet records an existing instance by its current name, because it may never be planned with its usage: a tainted one is not.
func (t *UsageTracker) Meet(name string, has Usage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.changes[name]; !known {
		t.replace(name, UsageChange{&has, &has})
	}
}

// Rename records an instance under another name.
func (t *UsageTracker) Rename(from, to string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if change, known := t.changes[from]; known && from != to {
		delete(t.changes, from)
		t.count(t.changes[to], -1)
		t.changes[to] = change
	}
}

// Leave counts an instance that is removed, if the zone's capacity is known already; if it is asked for later, the instance is gone by
// then.
func (t *UsageTracker) Leave(name string, has Usage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.zone(has.Zone).Room != nil {
		t.replace(name, UsageChange{Has: &has})
	}
}

// Zone returns a copy of a zone's current usage.
func (t *UsageTracker) Zone(name string) ZoneUsage {
	t.mu.Lock()
	defer t.mu.Unlock()
	z := t.zone(name)
	return ZoneUsage{Room: z.Room, Has: z.Has, Planned: z.Planned}
}

// replace counts an instance's change in place of its former one.
func (t *UsageTracker) replace(name string, change UsageChange) {
	t.count(t.changes[name], -1)
	t.count(change, 1)
	t.changes[name] = change
}

func (t *UsageTracker) count(change UsageChange, sign int64) {
	for of := range Scarce {
		if has := change.Has; has != nil {
			zone := t.zone(has.Zone)
			zone.Has[of] += sign * has.Of[of]
			zone.Planned[of] -= sign * has.Of[of]
		}
		if wants := change.Wants; wants != nil {
			t.zone(wants.Zone).Planned[of] += sign * wants.Of[of]
		}
	}
}
