// SPDX-License-Identifier: MPL-2.0

// Package bridge joins an embedded NSX Manager to an embedded vCenter, as compute managers and hosts do: segments that NSX realizes come
// onto the distributed switches, and NICs that come onto them are plugged into segment ports.
package bridge

import (
	"fmt"
	"sync"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// Options choose how the two are joined. The zero value joins everything without delay. How long a port keeps a NIC that is gone, and how
// long a port that NSX made by itself outlives its NIC, are the manager's own delays: nsxsim.Delays.Detach and Vanish.
type Options struct {
	// Lag is from a segment's realization until vCenter shows its portgroups, and from its deletion until they are gone.
	Lag time.Duration
	// Zones are the names of the distributed switches of a transport zone, by its path. A zone that is not here reaches all switches.
	Zones map[string][]string
	// Opaque gives the hosts an N-VDS, as with NSX 3.x: vCenter shows segments as opaque networks.
	Opaque bool
	// Report hears of what NSX wants and vCenter cannot do: a segment whose portgroup a machine uses is deleted, a switch is not there.
	Report func(error)
}

// Bridge is what joins the two.
type Bridge struct {
	options Options
	manager *nsxsim.Manager
	vcenter *vcsim.VCenter

	mu       sync.Mutex
	switches map[string]bool // the logical switches that NSX has put into the vCenter
	errands  []errand
	held     int
	closed   bool
	settling sync.Mutex // held while an errand is done, so that they are done in their order
}

// errand is what is to be done in the vCenter.
type errand struct {
	at time.Time
	do func() error
}

// Join joins a manager to a vCenter. What is realized already, and NICs that are there, are told of at once.
func Join(m *nsxsim.Manager, v *vcsim.VCenter, o Options) *Bridge {
	b := &Bridge{options: o, manager: m, vcenter: v, switches: map[string]bool{}}
	m.Join(b)
	v.WatchCards(b.heard)
	return b
}

// Hold keeps vCenter from showing anything new of NSX, and from forgetting anything, until it is released: a portgroup that is late.
func (b *Bridge) Hold() (release func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held++
	return sync.OnceFunc(func() {
		b.mu.Lock()
		b.held--
		b.mu.Unlock()
		b.settle()
	})
}

// Close ends what waits: the vCenter is asked for nothing any more. It comes before the vCenter's own.
func (b *Bridge) Close() {
	b.settling.Lock()
	defer b.settling.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
}

// PutSegment implements nsxsim.Fabric.
func (b *Bridge) PutSegment(s nsxsim.Segment) {
	b.mu.Lock()
	b.switches[s.SwitchUUID] = true
	b.mu.Unlock()
	b.later(func() error {
		return b.vcenter.PutSegment(vcsim.Segment{ID: s.ID, Path: s.Path, Name: s.Name, SwitchUUID: s.SwitchUUID,
			Switches: b.options.Zones[s.ZonePath], Opaque: b.options.Opaque})
	})
}

// RemoveSegment implements nsxsim.Fabric.
func (b *Bridge) RemoveSegment(id string) {
	b.later(func() error { return b.vcenter.RemoveSegment(id) })
}

// later has something done in the vCenter once its time has come, after all that came before it.
func (b *Bridge) later(do func() error) {
	b.mu.Lock()
	b.errands = append(b.errands, errand{time.Now().Add(b.options.Lag), do})
	b.mu.Unlock()
	if b.options.Lag > 0 {
		time.AfterFunc(b.options.Lag, b.settle)
		return
	}
	b.settle()
}

// settle does what is due.
func (b *Bridge) settle() {
	b.settling.Lock()
	defer b.settling.Unlock()
	for do := b.due(); do != nil; do = b.due() {
		if err := do(); err != nil && b.options.Report != nil {
			b.options.Report(fmt.Errorf("NSX and vCenter disagree: %w", err))
		}
	}
}

func (b *Bridge) due() func() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.held > 0 || len(b.errands) == 0 || b.errands[0].at.After(time.Now()) {
		return nil
	}
	do := b.errands[0].do
	b.errands = b.errands[1:]
	return do
}

// heard tells NSX of a NIC on one of its segments. It holds the lock of the NIC's machine, and asks the vCenter nothing.
func (b *Bridge) heard(what vcsim.Connection, c vcsim.Card) {
	b.mu.Lock()
	ours := b.switches[c.SwitchUUID]
	b.mu.Unlock()
	card := nsxsim.Card{Machine: c.Machine, Device: c.Device, MAC: c.MAC, ExternalID: c.ExternalID, SwitchUUID: c.SwitchUUID}
	switch {
	case !ours:
	case what == vcsim.Connected:
		b.manager.Connected(card)
	default:
		b.manager.Disconnected(card)
	}
}
