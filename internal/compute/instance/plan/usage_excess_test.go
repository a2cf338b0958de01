// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
)

// aRoom returns a zone with 40 vCPUs, 10000 MB, of which 2000 are in use, and 500 GiB, of which 100 are in use.
func aRoom(zone string) openstack.Capacity {
	return openstack.Capacity{Zone: zone, Hosts: 2, Processors: 10, MostProcessors: 8, Memory: 10000, MostMemory: 6000, Disk: 500,
		MemoryUsed: 2000, DiskUsed: 100,
		FreeMHz: 3000, FreeMemory: 4000, CPURatio: 4, RAMRatio: 1, DiskRatio: 1}
}

func takes(zone string, vcpus, ram, disk, mhz, pinned int64) *planned.Usage {
	return &planned.Usage{Zone: zone, Of: [planned.Scarce]int64{vcpus, ram, disk, mhz, pinned}}
}

// counted counts an instance, and returns the excesses that it causes.
func counted(l *planned.UsageTracker, name string, change planned.UsageChange) (out []excess) {
	l.Plan(name, change, func(zone *planned.ZoneUsage, change planned.UsageChange) { out = excesses(zone, name, change) })
	return out
}

// A step is a planned instance, and the excesses that it causes.
type step struct {
	name       string
	has, wants *planned.Usage
	texts      []string
}

// many returns n instances of one size; the texts belong to the last one.
func many(n int, c *planned.Usage, last ...string) (out []step) {
	for i := range n {
		out = append(out, step{name: fmt.Sprint("vm-", i), wants: c})
	}
	out[n-1].texts = last
	return out
}

func both(more ...[]step) (out []step) {
	for _, steps := range more {
		out = append(out, steps...)
	}
	return out
}

// amounts returns instances that exceed a zone together.
func amounts() map[string][]step {
	fits, small := takes("a", 1, 1000, 40, 300, 400), takes("a", 1, 1000, 40, 0, 0)
	return map[string][]step{
		"everything fits": many(8, fits),
		"memory": both(many(9, takes("a", 1, 1000, 0, 0, 0), "with vm-8 the zone a gives out more than its ram_allocation_ratio says: there "+
			"are 10000 MB of memory (10000 MB x 1), 2000 are in use, 9000 are planned, and 1000 are missing"),
			[]step{{name: "later", wants: small}}),
		"disk": both(many(11, takes("a", 0, 0, 40, 0, 0), "disk_allocation_ratio says: there are 500 GiB of disk (500 GiB x 1), 100 are in "+
			"use, 440 are planned, and 40 are missing"),
			[]step{{name: "later", wants: takes("a", 0, 0, 40, 0, 0)}}),
		"vCPUs with those that are there": both(
			[]step{{name: "old-1", has: takes("a", 20, 0, 0, 0, 0), wants: takes("a", 20, 0, 0, 0, 0)},
				{name: "old-2", has: takes("a", 10, 0, 0, 0, 0), wants: takes("a", 10, 0, 0, 0, 0)}},
			many(6, takes("a", 2, 0, 0, 0, 0), "cpu_allocation_ratio says: there are 40 vCPUs (10 processors x 4), 30 are in use by this "+
				"configuration's instances, 12 are planned, and 2 are missing")),
		"vCPUs when one is met that is there": {{name: "new", wants: takes("a", 8, 0, 0, 0, 0)},
			{name: "old", has: takes("a", 35, 0, 0, 0, 0), wants: takes("a", 35, 0, 0, 0, 0),
				texts: []string{"with old the zone a gives out more than its cpu_allocation_ratio says: there are 40 vCPUs (10 processors x 4), " +
					"35 are in use by this configuration's instances, 8 are planned, and 3 are missing"}}},
		"CPU that is reserved": many(11, takes("a", 0, 0, 0, 300, 0), "with vm-10 this plan reserves 3300 MHz in the zone a, and its "+
			"resource pool has 3000 left to reserve: 300 are missing"),
		"memory that is reserved": both(many(11, takes("a", 0, 0, 0, 0, 400), "with vm-10 this plan reserves 4400 MB of memory in the zone "+
			"a, and its resource pool has 4000 left to reserve: 400 are missing"),
			[]step{{name: "later", wants: takes("a", 0, 0, 0, 0, 400)}}),
		"the largest host's processors": {{name: "as large", wants: takes("a", 8, 0, 0, 0, 0)},
			{name: "big", wants: takes("a", 9, 0, 0, 0, 0), texts: []string{"big asks for 9 vCPUs, and the largest host of the zone a that " +
				"takes instances has 8 processors: 1 are missing"}},
			{name: "bigger", wants: takes("a", 10, 0, 0, 0, 0), texts: []string{"bigger asks for 10 vCPUs, and the largest host of the zone a " +
				"that takes instances has 8 processors: 2 are missing"}},
			{name: "bigger", wants: takes("a", 10, 0, 0, 0, 0)}},
	}
}

// single returns instances that are too large by themselves, and some that grow.
func single() map[string][]step {
	small, large := takes("a", 1, 1000, 40, 0, 0), takes("a", 8, 6000, 40, 0, 0)
	return map[string][]step{
		"the largest host's memory": {{name: "big", wants: takes("a", 1, 6004, 0, 0, 0),
			texts: []string{"big asks for 6004 MB of memory, and the largest host of the zone a that takes instances has 6000 MB: 4 are missing"}}},
		"both texts of one instance": {{name: "big", wants: takes("a", 41, 0, 0, 0, 0),
			texts: []string{"the largest host", "cpu_allocation_ratio"}}},
		"too large for the largest host, but unchanged": {{name: "new", wants: small}, {name: "old", has: takes("a", 9, 7000, 0, 0, 0),
			wants: takes("a", 9, 7000, 0, 0, 0)}},
		"too large for the largest host, and replaced": {{name: "new", wants: small}, {name: "old", has: takes("a", 9, 1000, 0, 0, 0),
			wants: takes("a", 9, 1000, 0, 0, 0)},
			{name: "old", wants: takes("a", 9, 1000, 0, 0, 0)}, {name: "newer", wants: takes("a", 9, 1000, 0, 0, 0),
				texts: []string{"newer asks for 9 vCPUs"}}},
		"growth": {{name: "old", has: small, wants: large}, // grows by 7 vCPUs and 5000 MB
			{name: "other", has: small, wants: large, texts: []string{"with other the zone a gives out more than its ram_allocation_ratio " +
				"says: there are 10000 MB of memory (10000 MB x 1), 2000 are in use, 10000 are planned, and 2000 are missing"}}},
	}
}

// successions returns instances that change, are replaced or move.
func successions() map[string][]step {
	small, large := takes("a", 1, 1000, 40, 0, 0), takes("a", 8, 6000, 40, 0, 0)
	return map[string][]step{
		"what shrinks makes room": {{name: "old", has: large, wants: small}, {name: "new", wants: takes("a", 1, 6000, 0, 0, 0)},
			{name: "newer", wants: takes("a", 1, 6000, 0, 0, 0)},
			{name: "newest", wants: takes("a", 1, 6000, 0, 0, 0), texts: []string{"13000 are planned, and 5000 are missing"}}},
		"replaced is counted once": {{name: "old", has: takes("a", 8, 6000, 300, 2000, 3000), wants: takes("a", 8, 6000, 300, 2000, 3000)},
			{name: "old", wants: takes("a", 8, 6000, 300, 2000, 3000)}, {name: "old", wants: takes("a", 8, 6000, 300, 2000, 3000)},
			{name: "new", wants: takes("a", 8, 6000, 300, 2000, 3000)},
			{name: "more", wants: takes("a", 1, 2001, 0, 0, 0), texts: []string{"8001 are planned, and 1 are missing"}}},
		"replaced by a larger one": {{name: "old", has: small, wants: small}, {name: "old", wants: large},
			{name: "new", wants: takes("a", 1, 3004, 0, 0, 0), texts: []string{"8004 are planned, and 4 are missing"}}},
		"moved": {{name: "old", has: takes("b", 1, 6000, 0, 0, 0), wants: takes("a", 1, 6000, 0, 0, 0)},
			{name: "new", wants: takes("a", 1, 2004, 0, 0, 0), texts: []string{"with new the zone a gives out more than its " +
				"ram_allocation_ratio says: there are 10000 MB of memory (10000 MB x 1), 2000 are in use, 8004 are planned, and 4 are missing"}},
			{name: "into its place", wants: takes("b", 1, 6000, 0, 0, 0)}, {name: "beside", wants: takes("b", 1, 6000, 0, 0, 0)},
			{name: "third", wants: takes("b", 1, 3000, 0, 0, 0), texts: []string{"the zone b gives out more than its ram_allocation_ratio " +
				"says: there are 10000 MB of memory (10000 MB x 1), 2000 are in use, 9000 are planned"}}},
	}
}

// zones returns zones that are full, have their own ratios, or are unknown.
func zones() map[string][]step {
	return map[string][]step{
		"another zone": {{name: "one", wants: takes("a", 1, 6000, 0, 0, 0)}, {name: "two", wants: takes("b", 1, 6000, 0, 0, 0)}},
		"a zone that is full": {{name: "one", wants: takes("full", 1, 4, 1, 0, 0),
			texts: []string{"ram_allocation_ratio says: there are 10000 MB of memory (10000 MB x 1), 12000 are in use, 4 are planned, and 2004 " +
				"are missing"}},
			{name: "no memory", wants: takes("full", 1, 0, 1, 0, 0)}},
		"a zone of its own ratios": {{name: "one", wants: takes("ratio", 3, 6000, 300, 0, 0)}, {name: "two", wants: takes("ratio", 3, 5000,
			101, 0, 0), texts: []string{
			"cpu_allocation_ratio says: there are 5 vCPUs (10 processors x 0.5)", "disk_allocation_ratio says: there are 400 GiB of disk (500 " +
				"GiB x 0.8)"}}},
		"admission control": {{name: "one", wants: takes("kept", 0, 0, 0, 3001, 0),
			texts: []string{"3000 left to reserve beside what vSphere HA's admission control keeps for a failover: 1 are missing"}}},
		"no host": {{name: "one", wants: takes("none", 1, 1, 1, 1, 1),
			texts: []string{"no host of the zone none takes instances"}}, {name: "two", wants: takes("none", 1, 1, 1, 1, 1)}},
		"a pool that is not shown":     {{name: "one", wants: takes("hidden", 1, 1, 1, 5000, 5000)}},
		"a zone that nobody could ask": {{name: "one", wants: takes("silent", 1000, 1000000, 100000, 100000, 100000)}},
		"nothing known":                {{name: "one"}},
	}
}

// trackerOfZones returns a tracker that knows the capacity of each zone in the cases.
func trackerOfZones() *planned.UsageTracker {
	l := planned.New().Usage
	for _, zone := range []string{"a", "b", "full", "ratio", "kept", "none", "hidden"} {
		room := aRoom(zone)
		switch zone {
		case "full":
			room.MemoryUsed = 12000
		case "ratio":
			room.CPURatio, room.RAMRatio, room.DiskRatio = 0.5, 2.5, 0.8
		case "kept":
			room.Kept = true
		case "none":
			room = openstack.Capacity{Zone: "none"}
		case "hidden":
			room.FreeMHz, room.FreeMemory = -1, -1
		}
		l.Tell(room)
	}
	return l
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, cases := range []map[string][]step{amounts(), single(), successions(), zones()} {
		for name, steps := range cases {
			testSteps(t, name, steps)
		}
	}
}

// testSteps counts the instances of a case one after the other.
func testSteps(t *testing.T, name string, steps []step) {
	t.Helper()
	l := trackerOfZones()
	for i, s := range steps {
		heard := counted(l, s.name, planned.UsageChange{Has: s.has, Wants: s.wants})
		for j, e := range heard {
			if j >= len(s.texts) || !strings.Contains(e.text, s.texts[j]) {
				t.Errorf("%s: step %d (%s): %s: %s", name, i, s.name, e.summary, e.text)
			}
		}
		if len(heard) < len(s.texts) {
			t.Errorf("%s: step %d (%s) says nothing of %v: %v", name, i, s.name, s.texts[len(heard):], heard)
		}
	}
}

// TestUsageLeave: an instance that an apply destroys leaves its capacity to its successor, if it existed when the zone was read.
func TestUsageLeave(t *testing.T) {
	t.Parallel()
	for _, asked := range []bool{true, false} {
		l := planned.New().Usage
		if asked {
			l.Tell(aRoom("a"))
		}
		l.Leave("old", *takes("a", 8, 6000, 40, 0, 0))
		l.Tell(aRoom("a"))
		counted(l, "old", planned.UsageChange{Wants: takes("a", 8, 6000, 40, 0, 0)})
		if heard := counted(l, "new", planned.UsageChange{Wants: takes("a", 8, 6000, 40, 0, 0)}); (len(heard) > 0) != !asked {
			t.Errorf("asked before: %v: %v", asked, heard)
		}
	}
}

// TestUsageMeets: a tainted instance is refreshed, and then planned as a new one; one that is refreshed and planned under a new name
// counts once.
func TestUsageMeets(t *testing.T) {
	t.Parallel()
	l := planned.New().Usage
	l.Tell(aRoom("a"))
	full := takes("a", 8, 6000, 40, 0, 0)
	l.Meet("tainted", *full)
	l.Meet("former", *takes("a", 8, 1000, 40, 0, 0))
	l.Rename("former", "new")
	l.Rename("unknown", "nothing")
	if heard := counted(l, "tainted", planned.UsageChange{Wants: full}); len(heard) > 0 {
		t.Error(heard)
	}
	l.Meet("tainted", *takes("a", 1, 1, 1, 1, 1)) // it is planned already
	if heard := counted(l, "new", planned.UsageChange{Has: takes("a", 8, 1000, 40, 0, 0),
		Wants: takes("a", 8, 6000, 40, 0, 0)}); len(heard) > 0 {
		t.Error(heard)
	}
	if zone := l.Zone("a"); zone.Has[planned.VCPUs] != 16 || zone.Planned != [planned.Scarce]int64{planned.RAM: 5000} {
		t.Errorf("%v has, %v planned", zone.Has, zone.Planned)
	}
}

// TestUsageInParallel: plans run in parallel, and exactly one of them reports an excess.
func TestUsageInParallel(t *testing.T) {
	t.Parallel()
	l := planned.New().Usage
	var heard sync.Map
	var all sync.WaitGroup
	for i := range 500 {
		all.Go(func() {
			name := fmt.Sprint("vm-", i)
			b := planned.UsageChange{Wants: takes("a", 1, 20, 1, 1, 1)}
			if l.Grows(name, b) {
				l.Tell(aRoom("a"))
			}
			for _, e := range counted(l, name, b) {
				if _, twice := heard.LoadOrStore(e.text[strings.Index(e.text, "more than"):], true); twice {
					t.Error(e.text)
				}
			}
		})
	}
	all.Wait()
	n := 0
	heard.Range(func(any, any) bool { n++; return true })
	if zone := l.Zone("a"); n != 3 || zone.Planned != [planned.Scarce]int64{500, 10000, 500, 500, 500} {
		t.Errorf("%d warnings, %v", n, zone.Planned)
	}
}
