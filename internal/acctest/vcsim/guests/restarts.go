// SPDX-License-Identifier: MPL-2.0

package guests

import (
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// RestartWhen has a machine's guest that is asked to restart go down at once, and come back when it is let: real ones take their time.
func (g *Guests) RestartWhen(vm types.ManagedObjectReference) (back func()) {
	let := make(chan struct{})
	g.restarts.Store(vm, let)
	return sync.OnceFunc(func() { close(let) })
}

// RestartNever has a machine's guest ignore that it is asked to restart.
func (g *Guests) RestartNever(vm types.ManagedObjectReference) {
	g.restarts.Store(vm, (chan struct{})(nil))
}

// Restarts returns how a machine's guest restarts: as RestartWhen or, with a nil channel, as RestartNever says, or at once.
func (g *Guests) Restarts(vm types.ManagedObjectReference) (let <-chan struct{}, atOnce bool) {
	found, set := g.restarts.Load(vm)
	channel, _ := found.(chan struct{})
	return channel, !set
}

// GoDown is what a guest that restarts does first: VMware Tools stop.
func (g *Guests) GoDown(ctx *simulator.Context, vm *mo.VirtualMachine) { g.takeBackReport(ctx, vm) }
