// SPDX-License-Identifier: MPL-2.0

package uploads

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

const leaseType = "HttpNfcLease"

// lease is the right to send a machine's disks to its host. The machine is nobody's else to change as long as it lasts.
type lease struct {
	mo.HttpNfcLease
	uploads *Uploads
	ctx     *simulator.Context // whose locks nobody shares: see base.Apart
	timer   *time.Timer        // ends the lease
	done    chan struct{}      // closed when it is over

	mu      sync.Mutex // guards what follows
	task    types.ManagedObjectReference
	vm      types.ManagedObjectReference // none until the machine is made
	over    bool
	ready   bool
	sending int
	disks   map[string]*target                         // by the last part of their URLs
	entries map[string]types.HttpNfcLeaseManifestEntry // of what has come, by the same
}

// target is a disk that waits for its bytes.
type target struct {
	key      string // of the device, as the lease names it
	file     string // on this computer
	capacity int64  // bytes
}

func newLease(ctx *simulator.Context, u *Uploads, id string) *lease {
	l := &lease{uploads: u, ctx: base.Apart(ctx), done: make(chan struct{}), disks: map[string]*target{},
		entries: map[string]types.HttpNfcLeaseManifestEntry{}}
	l.Self = types.ManagedObjectReference{Type: leaseType, Value: id}
	l.State = types.HttpNfcLeaseStateInitializing
	l.timer = time.AfterFunc(u.knobs.LeaseTime+u.knobs.ReadyTime, l.expire)
	return l
}

// expire ends a lease that nobody has kept alive.
func (l *lease) expire() {
	l.fail(base.Apart(l.ctx), &types.Timedout{}, "The lease has timed out.")
}

// fail ends a lease and removes its machine.
func (l *lease) fail(ctx *simulator.Context, fault types.BaseMethodFault, message string) bool {
	if !l.end() {
		return false
	}
	made, _ := l.holds()
	l.remove(ctx, made)
	l.uploads.forget(l)
	l.show(ctx, types.PropertyChange{Name: "error", Val: &types.LocalizedMethodFault{Fault: fault, LocalizedMessage: message}},
		types.PropertyChange{Name: "state", Val: types.HttpNfcLeaseStateError})
	close(l.done)
	return true
}

// remove destroys a machine; nothing where there is none.
func (l *lease) remove(ctx *simulator.Context, ref types.ManagedObjectReference) {
	if vm, ok := ctx.Map.Get(ref).(*simulator.VirtualMachine); ok {
		_ = l.uploads.machines.Remove(base.Apart(ctx), vm)
	}
}

// holds are the machine of the lease, and its task.
func (l *lease) holds() (vm, task types.ManagedObjectReference) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.vm, l.task
}

// hold notes the machine, unless the lease is over.
func (l *lease) hold(vm types.ManagedObjectReference) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over {
		l.vm = vm
	}
	return !l.over
}

// end has a lease be over. Of several who want to, one does it.
func (l *lease) end() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return false
	}
	l.over = true
	l.timer.Stop()
	return true
}

// show sets properties, and tells those that wait for them.
func (l *lease) show(ctx *simulator.Context, changes ...types.PropertyChange) {
	ctx.WithLock(l, func() { ctx.Update(l, changes) })
}

func (l *lease) isOver() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.over
}

// fault is why a call about the lease is refused.
func (l *lease) fault() types.BaseMethodFault {
	l.mu.Lock()
	defer l.mu.Unlock()
	timedOut := l.Error != nil
	if timedOut {
		_, timedOut = l.Error.Fault.(*types.Timedout)
	}
	switch {
	case timedOut:
		return new(types.Timedout)
	case l.over || !l.ready:
		return new(types.InvalidState)
	}
	return nil
}

// HttpNfcLeaseProgress keeps the lease alive: nothing else does, no upload either.
func (l *lease) HttpNfcLeaseProgress(_ *simulator.Context, req *types.HttpNfcLeaseProgress) soap.HasFault {
	body := new(methods.HttpNfcLeaseProgressBody)
	fault := l.fault()
	if fault == nil && (req.Percent < 0 || req.Percent > 100) {
		fault = &types.InvalidArgument{InvalidProperty: "percent"}
	}
	if fault == nil && !l.timer.Reset(l.uploads.knobs.LeaseTime) {
		fault = new(types.Timedout)
	}
	if fault != nil {
		body.Fault_ = simulator.Fault("", fault)
		return body
	}
	l.TransferProgress = req.Percent
	body.Res = new(types.HttpNfcLeaseProgressResponse)
	return body
}

// HttpNfcLeaseComplete ends the lease and leaves the machine, whatever has come of its disks.
func (l *lease) HttpNfcLeaseComplete(ctx *simulator.Context, _ *types.HttpNfcLeaseComplete) soap.HasFault {
	body := new(methods.HttpNfcLeaseCompleteBody)
	fault := l.fault()
	l.mu.Lock()
	busy := l.sending > 0
	l.mu.Unlock()
	if fault == nil && (busy || !l.end()) {
		fault = new(types.InvalidState)
	}
	if fault != nil {
		body.Fault_ = simulator.Fault("", fault)
		return body
	}
	l.uploads.forget(l)
	l.show(ctx, types.PropertyChange{Name: "state", Val: types.HttpNfcLeaseStateDone})
	close(l.done)
	body.Res = new(types.HttpNfcLeaseCompleteResponse)
	return body
}

// HttpNfcLeaseAbort ends the lease and removes the machine.
func (l *lease) HttpNfcLeaseAbort(ctx *simulator.Context, req *types.HttpNfcLeaseAbort) soap.HasFault {
	body := new(methods.HttpNfcLeaseAbortBody)
	fault, message := types.BaseMethodFault(new(types.RequestCanceled)), "The lease was aborted."
	if req.Fault != nil && req.Fault.Fault != nil {
		fault, message = req.Fault.Fault, req.Fault.LocalizedMessage
	}
	if refused := l.fault(); refused != nil {
		body.Fault_ = simulator.Fault("", refused)
	} else if !l.fail(ctx, fault, message) {
		body.Fault_ = simulator.Fault("", new(types.InvalidState))
	} else {
		body.Res = new(types.HttpNfcLeaseAbortResponse)
	}
	return body
}

// HttpNfcLeaseGetManifest tells what has come.
func (l *lease) HttpNfcLeaseGetManifest(*simulator.Context, *types.HttpNfcLeaseGetManifest) soap.HasFault {
	l.mu.Lock()
	defer l.mu.Unlock()
	res := new(types.HttpNfcLeaseGetManifestResponse)
	for _, name := range slices.Sorted(maps.Keys(l.entries)) {
		res.Returnval = append(res.Returnval, l.entries[name])
	}
	return &methods.HttpNfcLeaseGetManifestBody{Res: res}
}
