package instance

import (
	"fmt"
	"math"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// What a zone has only so much of.
const (
	asVCPUs  = iota
	asRAM    // MB
	asDisk   // GiB
	asMHz    // reserved
	asPinned // MB of memory, reserved
	allKinds
)

// claim is what an instance takes of a zone.
type claim struct {
	zone string
	of   [allKinds]int64
}

// exceeds says that a claim is for more of something than another, or for another zone. Nobody's claim is nothing.
func (c *claim) exceeds(other *claim, kind int) bool {
	return c != nil && (other == nil || c.zone != other.zone || c.of[kind] > other.of[kind])
}

// booking is one instance: what it has, nil while it is not there, and what it is planned to have.
type booking struct{ has, wants *claim }

// ledger adds up what the instances of one provider configuration take of their zones. It counts each once, by its name, which no two
// can have: one that is replaced is planned with what it has, then as if there were none. What is too much is said the first time, because
// Terraform does not show the warnings of the second: of a zone once, and of an instance that no host can run once for each such instance.
//
// It asks nobody. What a zone can hold is told it, and stays as it was told: what is planned comes on top.
type ledger struct {
	mu     sync.Mutex
	booked map[string]booking
	zones  map[string]*zoneBook
}

// zoneBook is one zone's page.
type zoneBook struct {
	room    *vcenter.Capacity // nil until it is told
	has     [allKinds]int64   // what instances that are there have, as far as they have been met
	planned [allKinds]int64   // what all are planned to have, less that
	said    map[string]bool
}

func newLedger() *ledger { return &ledger{booked: map[string]booking{}, zones: map[string]*zoneBook{}} }

// page is a zone's. The ledger is locked.
func (l *ledger) page(zone string) *zoneBook {
	if l.zones[zone] == nil {
		l.zones[zone] = &zoneBook{said: map[string]bool{}}
	}
	return l.zones[zone]
}

// tell says what a zone can hold. What it is told first stays.
func (l *ledger) tell(room vcenter.Capacity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if page := l.page(room.Zone); page.room == nil {
		page.room = &room
	}
}

// grows says that an instance is to have more of something than it has, or to be in another zone: then it matters what the zone can hold.
func (l *ledger) grows(name string, b booking) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b = l.joined(name, b)
	for kind := range allKinds {
		if b.wants.exceeds(b.has, kind) {
			return true
		}
	}
	return false
}

// joined is a booking with what the instance of its name is known to have: it is planned anew because it is replaced.
func (l *ledger) joined(name string, b booking) booking {
	if b.has == nil {
		b.has = l.booked[name].has
	}
	return b
}

// book counts an instance instead of what it was counted as before, and says what is too much with it and was not before.
func (l *ledger) book(name string, b booking) []excess {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b.wants == nil {
		return nil
	}
	b = l.joined(name, b)
	l.count(l.booked[name], -1)
	l.count(b, 1)
	l.booked[name] = b
	if page := l.page(b.wants.zone); page.room != nil {
		return page.excesses(name, b)
	}
	return nil
}

// meet notes an instance that is there, under the name that it has. It may never be planned with what it has: one that is tainted is not.
func (l *ledger) meet(name string, has claim) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.booked[name]; !known {
		l.booked[name] = booking{&has, &has}
		l.count(l.booked[name], 1)
	}
}

// rename looks up an instance under another name from now on.
func (l *ledger) rename(from, to string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, known := l.booked[from]; known && from != to {
		delete(l.booked, from)
		l.count(l.booked[to], -1)
		l.booked[to] = b
	}
}

// leave counts an instance that goes. It is none of those that were there where its zone is asked for later.
func (l *ledger) leave(name string, has claim) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.page(has.zone).room == nil {
		return
	}
	l.count(l.booked[name], -1)
	l.booked[name] = booking{has: &has}
	l.count(l.booked[name], 1)
}

func (l *ledger) count(b booking, sign int64) {
	for kind := range allKinds {
		if b.has != nil {
			page := l.page(b.has.zone)
			page.has[kind] += sign * b.has.of[kind]
			page.planned[kind] -= sign * b.has.of[kind]
		}
		if b.wants != nil {
			l.page(b.wants.zone).planned[kind] += sign * b.wants.of[kind]
		}
	}
}

// excess is a warning.
type excess struct{ summary, text string }

const refused = "vCenter will refuse the instance"

// excesses are what has not been said yet.
func (p *zoneBook) excesses(name string, b booking) (out []excess) {
	larger := func(kind int) bool { return b.wants.exceeds(b.has, kind) }
	say := func(key, summary, format string, values ...any) {
		if !p.said[key] {
			p.said[key] = true
			out = append(out, excess{summary, fmt.Sprintf(format, values...)})
		}
	}
	if p.room.Hosts == 0 {
		if larger(asVCPUs) || larger(asRAM) {
			say("hosts", refused, "no host of the zone %s takes instances: none is there, or each is disconnected, in maintenance mode or kept "+
				"free for a failover. %s cannot be started until one does", p.room.Zone, name)
		}
		return out
	}
	for _, l := range p.limits() {
		over := p.planned[l.kind] + l.used - l.most
		if l.each { // it is about one instance, not about all
			over = b.wants.of[l.kind] - l.most
		}
		switch {
		case over <= 0 || l.most < 0:
		case l.each && larger(l.kind):
			say(l.key()+name, refused, "%s asks for %d %s, and the largest host of the zone %s that takes instances has %d %s: %d are missing. "+
				"Choose a smaller flavor", name, b.wants.of[l.kind], l.unit, p.room.Zone, l.most, l.has, over)
		case l.each || p.planned[l.kind] <= 0:
		case l.ratio == "":
			say(l.key(), refused, "with %s this plan reserves %d %s in the zone %s, and its resource pool has %d left to reserve%s: %d are "+
				"missing. The instances that are started last will be refused",
				name, p.planned[l.kind], l.unit, p.room.Zone, l.most, p.kept(), over)
		default:
			say(l.key(), "Above the ratio of the zone "+p.room.Zone, "with %s the zone %s gives out more than its %s says: there are %d %s "+
				"(%s), %d are in use%s, %d are planned, and %d are missing. vCenter does not refuse that: %s",
				name, p.room.Zone, l.ratio, l.most, l.unit, l.has, l.used, l.known, p.planned[l.kind], over, l.harm)
		}
	}
	return out
}

func (p *zoneBook) kept() string {
	if p.room.Kept {
		return " beside what vSphere HA's admission control keeps for a failover"
	}
	return ""
}

// limit is how much of something there is.
type limit struct {
	kind  int
	most  int64
	unit  string
	has   string // of what that is so much
	each  bool   // for one instance
	ratio string // the provider's argument; empty: vCenter refuses more
	used  int64
	known string // how far it is known what is used
	harm  string
}

func (l limit) key() string { return fmt.Sprint(l.kind, l.each, l.ratio) }

// limits are a zone's, as a table.
func (p *zoneBook) limits() []limit {
	r := p.room
	given := func(have int64, ratio float64) int64 { return int64(math.Floor(float64(have) * ratio)) }
	times := func(have int64, of string, ratio float64) string { return fmt.Sprintf("%d %s x %g", have, of, ratio) }
	return []limit{
		{kind: asVCPUs, most: r.MostProcessors, unit: "vCPUs", has: "processors", each: true},
		{kind: asRAM, most: r.MostMemory, unit: "MB of memory", has: "MB", each: true},
		{kind: asMHz, most: r.FreeMHz, unit: "MHz"},
		{kind: asPinned, most: r.FreeMemory, unit: "MB of memory"},
		{kind: asVCPUs, most: given(r.Processors, r.CPURatio), unit: "vCPUs", has: times(r.Processors, "processors", r.CPURatio),
			ratio: "cpu_allocation_ratio",
			used:  p.has[asVCPUs], known: " by this configuration's instances", harm: "instances will wait for processors"},
		{kind: asRAM, most: given(r.Memory, r.RAMRatio), unit: "MB of memory", has: times(r.Memory, "MB", r.RAMRatio),
			ratio: "ram_allocation_ratio", used: r.MemoryUsed, harm: "hosts may swap"},
		{kind: asDisk, most: given(r.Disk, r.DiskRatio), unit: "GiB of disk", has: times(r.Disk, "GiB", r.DiskRatio),
			ratio: "disk_allocation_ratio", used: r.DiskUsed, harm: "datastores may run full, which stops instances"},
	}
}
