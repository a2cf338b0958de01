package planned

import (
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// What a zone has only so much of.
const (
	VCPUs    = iota
	RAM      // MB
	Disk     // GiB
	MHz      // reserved
	Reserved // MB of memory, reserved
	Scarce   // how many there are of these
)

// Usage is what an instance takes of a zone.
type Usage struct {
	Zone string
	Of   [Scarce]int64
}

// Exceeds tells whether one usage is of more of something than another, or in another zone. Nobody's usage is nothing.
func (u *Usage) Exceeds(other *Usage, of int) bool {
	return u != nil && (other == nil || u.Zone != other.Zone || u.Of[of] > other.Of[of])
}

// UsageChange is one instance: what it has, nil while it is not there, and what it is planned to have.
type UsageChange struct{ Has, Wants *Usage }

// UsageTracker adds up what the instances of one configuration take of their zones. It counts each once, by its name, which no two
// can have: one that is replaced is planned with what it has, then as if there were none.
//
// It asks nobody. What a zone can hold is told it, and stays as it was told: what is planned comes on top.
type UsageTracker struct {
	mu      sync.Mutex
	changes map[string]UsageChange // by the instance's name
	zones   map[string]*ZoneUsage
}

// ZoneUsage is what is taken of one zone.
type ZoneUsage struct {
	Room    *openstack.Capacity // nil until it is told
	Has     [Scarce]int64       // what instances that are there have, as far as they have been met
	Planned [Scarce]int64       // what all are planned to have, less that

	given map[string]bool
}

// FirstTime tells whether a warning about the zone is given for the first time, and notes that it is. Terraform does not show those of an
// instance's second plan.
func (z *ZoneUsage) FirstTime(warning string) bool {
	given := z.given[warning]
	z.given[warning] = true
	return !given
}

func newUsageTracker() *UsageTracker {
	return &UsageTracker{changes: map[string]UsageChange{}, zones: map[string]*ZoneUsage{}}
}

// zone is the usage of a zone. The tracker is locked.
func (t *UsageTracker) zone(name string) *ZoneUsage {
	if t.zones[name] == nil {
		t.zones[name] = &ZoneUsage{given: map[string]bool{}}
	}
	return t.zones[name]
}

// Tell notes what a zone can hold. What it is told first stays.
func (t *UsageTracker) Tell(room openstack.Capacity) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if zone := t.zone(room.Zone); zone.Room == nil {
		zone.Room = &room
	}
}

// Grows tells whether an instance is to have more of something than it has, or to be in another zone: then it matters what the zone can
// hold.
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

// joined is a change with what the instance of its name is known to have: it is planned anew because it is replaced.
func (t *UsageTracker) joined(name string, change UsageChange) UsageChange {
	if change.Has == nil {
		change.Has = t.changes[name].Has
	}
	return change
}

// Plan counts an instance instead of what it was counted as before, and has its zone judged with it, where it is known what the zone can
// hold. No other instance is counted until judge returns.
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

// Meet notes an instance that is there, under the name that it has. It may never be planned with what it has: one that is tainted is not.
func (t *UsageTracker) Meet(name string, has Usage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.changes[name]; !known {
		t.replace(name, UsageChange{&has, &has})
	}
}

// Rename looks up an instance under another name from now on.
func (t *UsageTracker) Rename(from, to string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if change, known := t.changes[from]; known && from != to {
		delete(t.changes, from)
		t.count(t.changes[to], -1)
		t.changes[to] = change
	}
}

// Leave counts an instance that goes. It is none of those that were there where its zone is asked for later.
func (t *UsageTracker) Leave(name string, has Usage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.zone(has.Zone).Room != nil {
		t.replace(name, UsageChange{Has: &has})
	}
}

// Zone is the usage of a zone at this moment.
func (t *UsageTracker) Zone(name string) ZoneUsage {
	t.mu.Lock()
	defer t.mu.Unlock()
	z := t.zone(name)
	return ZoneUsage{Room: z.Room, Has: z.Has, Planned: z.Planned}
}

// replace counts an instance's change instead of its former one.
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
