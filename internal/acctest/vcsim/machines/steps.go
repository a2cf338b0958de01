// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// InSteps has the next task that changes a machine tell figures of its progress, one after the other, before it is carried out. Whoever
// began it has its answer once the first figure shows; each stands until next is called, which returns once the following one shows, and
// after the last at once. A task of the simulator's own ends at once and tells none, while those of a real vCenter tell them for as long as
// they run (API reference, TaskInfo.progress).
func (m *Machines) InSteps(vm types.ManagedObjectReference, figures ...int32) (next func()) {
	h := &hold{how: stepped, done: make(chan struct{}), refused: map[string]int{}, figures: figures, shown: make(chan struct{}),
		next: make(chan chan struct{})}
	m.Holds.begin(vm, h)
	return func() {
		shown := make(chan struct{})
		select {
		case h.next <- shown:
			<-shown
		case <-h.done:
		case <-m.Stopped():
		}
	}
}

// tell shows a task's figures.
func (m *Machines) tell(ctx *simulator.Context, t *simulator.Task, h *hold) {
	defer close(h.done)
	shown := h.shown
	for _, figure := range h.figures {
		ctx.Map.AtomicUpdate(ctx, t, []types.PropertyChange{{Name: "info.progress", Val: figure}})
		close(shown)
		for shown = nil; shown == nil; {
			select {
			case shown = <-h.next:
			case <-m.Stopped():
				return
			case <-time.After(base.Patience):
			}
			if shown == nil && base.Cancelled(ctx, t) {
				return
			}
		}
	}
	close(shown)
}
