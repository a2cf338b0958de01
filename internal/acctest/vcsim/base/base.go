// SPDX-License-Identifier: MPL-2.0

// Package base is what the rooms of the simulated vCenter share: how a rule is registered, tasks that end as a real server's do, and
// helpers that find objects, names and fields.
package base

import (
	"sync"
	"sync/atomic"

	"github.com/vmware/govmomi/simulator"
)

// Base is what all rules of one vCenter share.
type Base struct {
	Registry *simulator.Registry
	done     chan struct{} // closed when the vCenter stops
	serial   atomic.Int64

	// Storage is held while the simulator makes, changes or removes disks and files: it reads a whole datastore without
	// its lock, which the race detector reports when two machines do so at once. It is taken after a machine's own lock
	// and before a folder's.
	Storage sync.Mutex
}

// New prepares what the rules of one vCenter share.
func New(registry *simulator.Registry) *Base {
	return &Base{Registry: registry, done: make(chan struct{})}
}

// Stop ends what waits.
func (b *Base) Stop() { close(b.done) }

// Stopped is closed when the vCenter stops.
func (b *Base) Stopped() <-chan struct{} { return b.done }

// Next is a number that no other call gets.
func (b *Base) Next() int64 { return b.serial.Add(1) }
