// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"fmt"
	"math"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
)

// excess is a warning that a zone does not have enough of a resource.
type excess struct{ summary, text string }

// refusal is the summary of an excess that vCenter does not allow.
const refusal = "vCenter will refuse the instance"

// excesses returns the excesses of a zone that this instance causes. An excess of the zone is reported once; an instance that no host can
// run is reported for each such instance.
func excesses(z *planned.ZoneUsage, name string, change planned.UsageChange) (out []excess) {
	larger := func(of int) bool { return change.Wants.Exceeds(change.Has, of) }
	say := func(key, summary, format string, values ...any) {
		if z.FirstTime(key) {
			out = append(out, excess{summary, fmt.Sprintf(format, values...)})
		}
	}
	if z.Room.Hosts == 0 {
		if larger(planned.VCPUs) || larger(planned.RAM) {
			say("hosts", refusal, "no host of the zone %s takes instances: none is there, or each is disconnected, in maintenance mode or kept "+
				"free for a failover. %s cannot be started until one does", z.Room.Zone, name)
		}
		return out
	}
	for _, l := range limits(z) {
		over := z.Planned[l.kind] + l.used - l.most
		if l.each { // it concerns one instance, not all
			over = change.Wants.Of[l.kind] - l.most
		}
		switch {
		case over <= 0 || l.most < 0:
		case l.each && larger(l.kind):
			say(l.key()+name, refusal, "%s asks for %d %s, and the largest host of the zone %s that takes instances has %d %s: %d are missing. "+
				"Choose a smaller flavor", name, change.Wants.Of[l.kind], l.unit, z.Room.Zone, l.most, l.has, over)
		case l.each || z.Planned[l.kind] <= 0:
		case l.ratio == "":
			say(l.key(), refusal, "with %s this plan reserves %d %s in the zone %s, and its resource pool has %d left to reserve%s: %d are "+
				"missing. The instances that are started last will be refused",
				name, z.Planned[l.kind], l.unit, z.Room.Zone, l.most, keptForFailover(z), over)
		default:
			say(l.key(), "Above the ratio of the zone "+z.Room.Zone, "with %s the zone %s gives out more than its %s says: there are %d %s "+
				"(%s), %d are in use%s, %d are planned, and %d are missing. vCenter does not refuse that: %s",
				name, z.Room.Zone, l.ratio, l.most, l.unit, l.has, l.used, l.known, z.Planned[l.kind], over, l.harm)
		}
	}
	return out
}

func keptForFailover(z *planned.ZoneUsage) string {
	if z.Room.Kept {
		return " beside what vSphere HA's admission control keeps for a failover"
	}
	return ""
}

// limit is the amount of one resource in a zone.
type limit struct {
	kind  int
	most  int64
	unit  string
	has   string // the resource, in words
	each  bool   // applies to one instance
	ratio string // the provider's argument; empty: vCenter refuses more
	used  int64
	known string // how completely the usage is known
	harm  string
}

func (l limit) key() string { return fmt.Sprint(l.kind, l.each, l.ratio) }

// limits returns a zone's limits as a table.
func limits(z *planned.ZoneUsage) []limit {
	r := z.Room
	given := func(have int64, ratio float64) int64 { return int64(math.Floor(float64(have) * ratio)) }
	times := func(have int64, of string, ratio float64) string { return fmt.Sprintf("%d %s x %g", have, of, ratio) }
	return []limit{
		{kind: planned.VCPUs, most: r.MostProcessors, unit: "vCPUs", has: "processors", each: true},
		{kind: planned.RAM, most: r.MostMemory, unit: "MB of memory", has: "MB", each: true},
		{kind: planned.MHz, most: r.FreeMHz, unit: "MHz"},
		{kind: planned.Reserved, most: r.FreeMemory, unit: "MB of memory"},
		{kind: planned.VCPUs, most: given(r.Processors, r.CPURatio), unit: "vCPUs", has: times(r.Processors, "processors", r.CPURatio),
			ratio: "cpu_allocation_ratio", used: z.Has[planned.VCPUs], known: " by this configuration's instances",
			harm: "instances will wait for processors"},
		{kind: planned.RAM, most: given(r.Memory, r.RAMRatio), unit: "MB of memory", has: times(r.Memory, "MB", r.RAMRatio),
			ratio: "ram_allocation_ratio", used: r.MemoryUsed, harm: "hosts may swap"},
		{kind: planned.Disk, most: given(r.Disk, r.DiskRatio), unit: "GiB of disk", has: times(r.Disk, "GiB", r.DiskRatio),
			ratio: "disk_allocation_ratio", used: r.DiskUsed, harm: "datastores may run full, which stops instances"},
	}
}
