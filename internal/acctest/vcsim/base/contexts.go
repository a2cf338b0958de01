// SPDX-License-Identifier: MPL-2.0

package base

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// Apart is a context like another that shares no locks with it.
func Apart(ctx *simulator.Context) *simulator.Context {
	return &simulator.Context{Context: ctx.Context, Session: ctx.Session, Map: ctx.Map}
}

// Get finds an object whose type its caller knows. Another type would be a mistake of ours, and is the zero value.
func Get[T any](ctx *simulator.Context, ref types.ManagedObjectReference) T {
	object, _ := ctx.Map.Get(ref).(T)
	return object
}
