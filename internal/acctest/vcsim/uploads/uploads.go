// SPDX-License-Identifier: MPL-2.0

// Package uploads simulates how the disks of an imported machine reach an ESX host: the lease that ImportVApp gives, and the host that
// takes a disk as a stream. govmomi's simulator takes anything, keeps nothing of it, and never lets a lease end.
package uploads

import (
	"net/http"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/machines"
)

// Knobs choose how hosts take uploads. The zero value is a host that everybody reaches, and a lease of five minutes.
type Knobs struct {
	// LeaseTime is how long a lease lasts without HttpNfcLeaseProgress, five minutes by default. What the lease says is whole seconds.
	LeaseTime time.Duration
	// ReadyTime is how long a lease is initializing.
	ReadyTime time.Duration
	// ChunkedOK takes a body of no declared length, which is answered with 411 else. No source tells what hosts do.
	ChunkedOK bool
	// UnknownHost has leases name a host that does not resolve.
	UnknownHost bool
	// ClosedPort has leases name a port that nobody listens on.
	ClosedPort bool
}

// Uploads are the leases of a vCenter.
type Uploads struct {
	machines *machines.Machines
	knobs    Knobs
	host     *host

	mu     sync.Mutex // guards leases
	leases map[types.ManagedObjectReference]*lease
}

// New begins without a lease. What a host is sent passes through what through makes of its handler.
func New(m *machines.Machines, knobs Knobs, through func(http.Handler) http.Handler) *Uploads {
	if knobs.LeaseTime == 0 {
		knobs.LeaseTime = 5 * time.Minute
	}
	u := &Uploads{machines: m, knobs: knobs, leases: map[types.ManagedObjectReference]*lease{}}
	u.host = &host{knobs: knobs, handler: through(http.HandlerFunc(u.receive))}
	return u
}

// Register has the rules about uploads answer.
func (u *Uploads) Register(r *base.Receivers) { r.Receive("ResourcePool", &importRules{Uploads: u}) }

// Stop closes the host. Leases stay as they are.
func (u *Uploads) Stop() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, l := range u.leases {
		l.timer.Stop()
	}
	u.host.close()
}

// blocked are the methods that a lease does not let through to its machine, as its documentation has it of all that alter the machine's
// state, and whether they say which task is in the way.
var blocked = map[string]bool{"PowerOnVM_Task": true, "Destroy_Task": true, "RelocateVM_Task": true, "ReconfigVM_Task": true,
	"CreateSnapshot_Task": true, "CreateSnapshotEx_Task": true, "UnregisterVM": true, "Rename_Task": true, "AttachDisk_Task": true,
	"UpgradeVM_Task": true, "CloneVM_Task": false, "MarkAsTemplate": false}

// Refuse is what a machine whose disks are being uploaded answers to a method.
func (u *Uploads) Refuse(m *simulator.Method) types.BaseMethodFault {
	names, changes := blocked[m.Name]
	if !changes {
		return nil
	}
	task, held := u.holder(m.This)
	switch {
	case !held:
		return nil
	case names:
		return &types.TaskInProgress{Task: task}
	}
	return new(types.InvalidState)
}

// holder is the task of the lease on a machine.
func (u *Uploads) holder(vm types.ManagedObjectReference) (task types.ManagedObjectReference, held bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, l := range u.leases {
		if has, task := l.holds(); has == vm {
			return task, true
		}
	}
	return task, false
}

// leaseOf is the lease of an id; nil where there is none, or it is over.
func (u *Uploads) leaseOf(id string) *lease {
	u.mu.Lock()
	defer u.mu.Unlock()
	l := u.leases[types.ManagedObjectReference{Type: leaseType, Value: id}]
	if l == nil || l.isOver() {
		return nil
	}
	return l
}

func (u *Uploads) add(l *lease) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.leases[l.Self] = l
}

func (u *Uploads) forget(l *lease) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.leases, l.Self)
}
