// SPDX-License-Identifier: MPL-2.0

package guests

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// LateGuest is the key of extraConfig that makes a guest report late or in part. Its value is a list such as
// "1=300ms,v6first=200ms".
//
//   - N=duration: the Nth NIC, counted from zero, is listed at once but has no address before that time has passed since
//     the boot, or since the NIC was added.
//   - v6first or v6first=duration: every NIC that gets addresses has one of 2001:db8::/64 in front of them, as a router's
//     advertisement gives it. The others follow that much later; without a duration they come along. Until there is an IPv4
//     address, guest.ipAddress is the IPv6 one.
//
// Like SilentGuest, it holds for a template's clones.
const LateGuest = "vcsim.guest.late"

// lateness is what LateGuest asks for.
type lateness struct {
	nics    map[int]time.Duration
	v6first bool
	others  time.Duration
}

// ParseLate reads a value of LateGuest.
func ParseLate(value string) (lateness, error) {
	late := lateness{nics: map[int]time.Duration{}}
	for part := range strings.SplitSeq(value, ",") {
		what, length, timed := strings.Cut(strings.TrimSpace(part), "=")
		var d time.Duration
		var err error
		if timed {
			d, err = time.ParseDuration(length)
		}
		n, notNumber := strconv.Atoi(what)
		switch {
		case part == "":
		case err != nil || d < 0:
			return late, fmt.Errorf("%s: %q is not how long to wait", LateGuest, length)
		case what == "v6first":
			late.v6first, late.others = true, d
		case notNumber == nil && n >= 0 && timed:
			late.nics[n] = d
		default:
			return late, fmt.Errorf("%s: %q is neither N=duration nor v6first", LateGuest, part)
		}
	}
	return late, nil
}

// addressesDue is the part of a NIC's addresses that it has after it has been up for so long, and when there will be more; zero
// stands for never.
func (l lateness) addressesDue(i int, mac string, addresses []string, up time.Duration) (ready []string, more time.Duration) {
	if len(addresses) == 0 {
		return nil, 0
	}
	begin := l.nics[i]
	switch {
	case up < begin:
		return nil, begin - up
	case !l.v6first:
		return addresses, 0
	}
	ready = []string{advertised(mac)}
	if up < begin+l.others {
		return ready, begin + l.others - up
	}
	for _, a := range addresses {
		if a != ready[0] {
			ready = append(ready, a)
		}
	}
	return ready, 0
}

// advertised is the address that a NIC makes of an advertised prefix and its MAC.
func advertised(mac string) string {
	var b [6]byte
	for i, s := range strings.SplitN(mac, ":", len(b)) {
		n, _ := strconv.ParseUint(s, 16, 8)
		b[i] = byte(n)
	}
	return netip.PrefixFrom(netip.AddrFrom16([16]byte{
		0x20, 0x01, 0x0d, 0xb8, 8: b[0] ^ 2, 9: b[1], 10: b[2], 11: 0xff, 12: 0xfe, 13: b[3], 14: b[4], 15: b[5],
	}), 64).String()
}

// forgetBoot forgets how long a machine's NICs have been up, and what its guest still meant to report.
func (g *Guests) forgetBoot(vm types.ManagedObjectReference) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.reports, vm)
	for id := range g.since {
		if id.vm == vm {
			delete(g.since, id)
		}
	}
}

// upTime is how long a NIC has been up.
func (g *Guests) upTime(id nicID) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.since[id].IsZero() {
		g.since[id] = time.Now()
	}
	return time.Since(g.since[id])
}

// reportAgain reports once more after a while, unless the guest reports by then or stops.
func (g *Guests) reportAgain(ctx *simulator.Context, vm *mo.VirtualMachine, after time.Duration) {
	own, ref, mine := base.Apart(ctx), vm.Self, new(int)
	g.mu.Lock()
	g.reports[ref] = mine
	g.mu.Unlock()
	if after == 0 {
		return
	}
	g.running.Go(func() {
		select {
		case <-g.Stopped():
			return
		case <-time.After(after):
		}
		vm, ok := own.Map.Get(ref).(*simulator.VirtualMachine)
		if !ok {
			return
		}
		own.WithLock(vm, func() {
			g.mu.Lock()
			current := g.reports[ref] == mine
			g.mu.Unlock()
			if current {
				g.report(own, &vm.VirtualMachine)
			}
		})
	})
}
