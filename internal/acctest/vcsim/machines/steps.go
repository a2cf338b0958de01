// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// InSteps has the next task that changes a machine tell figures of its progress, one after the other, before it is carried out: each stands
// until next is called. A task of the simulator's own ends at once and tells none, while those of a real vCenter tell them for as long as
// they run (API reference, TaskInfo.progress).
func (m *Machines) InSteps(vm types.ManagedObjectReference, figures ...int32) (next func()) {
	h := &hold{how: stepped, done: make(chan struct{}), refused: map[string]int{}, figures: figures,
		next: make(chan struct{}, len(figures))}
	m.Holds.begin(vm, h)
	return func() { h.next <- struct{}{} }
}

// tell shows a task's figures.
func (m *Machines) tell(ctx *simulator.Context, t *simulator.Task, h *hold) {
	for _, figure := range h.figures {
		ctx.Map.AtomicUpdate(ctx, t, []types.PropertyChange{{Name: "info.progress", Val: figure}})
		for waits := true; waits && !base.Cancelled(ctx, t); {
			select {
			case <-h.next:
				waits = false
			case <-m.Stopped():
				return
			case <-time.After(base.Patience):
			}
		}
	}
}
