// SPDX-License-Identifier: MPL-2.0

package wire

import (
	"testing"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// companyOf returns a company of asking changes with open questions and away changes answered at a time.
func companyOf(asking, away int, now time.Time, left time.Duration) *company {
	c := &company{turns: map[*turn]bool{}, away: habit(50 * time.Millisecond), after: habit(50 * time.Millisecond)}
	for range asking {
		c.turns[&turn{asking: 1}] = true
	}
	for range away {
		c.turns[&turn{since: now.Add(-left)}] = true
	}
	return c
}

// TestLooksWaitForCompany: a call waits for operations that will soon ask too, never for long, and never for one alone.
func TestLooksWaitForCompany(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, at := range map[string]struct {
		of    *company
		here  int
		soon  wanting
		waits time.Duration
	}{
		"one change alone":          {companyOf(1, 0, now, 0), 1, wanting{}, 0},
		"all of ten have come":      {companyOf(10, 0, now, 0), 10, wanting{}, 0},
		"one of ten is missing":     {companyOf(9, 1, now, 0), 9, wanting{}, 0},
		"six of ten are missing":    {companyOf(4, 6, now, 0), 4, wanting{}, 150 * time.Millisecond},
		"six are missing for long":  {companyOf(4, 6, now, time.Second), 4, wanting{}, 0},
		"four wait for a slow task": {companyOf(10, 0, now, 0), 6, wanting{}, 0},
		"nine have ended, one begins": {&company{ended: 9, last: now, away: habit(50 * time.Millisecond),
			after: habit(50 * time.Millisecond)}, 1, wanting{}, 150 * time.Millisecond},
		"nine have ended, and none begins": {&company{ended: 9, last: now.Add(-time.Second), away: habit(50 * time.Millisecond),
			after: habit(50 * time.Millisecond)}, 1, wanting{}, 0},
		"one has ended, and the next one asks": {&company{ended: 1, last: now, away: habit(50 * time.Millisecond),
			after: habit(50 * time.Millisecond)}, 1, wanting{}, 0},
		"a read before eight polls":      {companyOf(10, 0, now, 0), 2, wanting{8, now.Add(30 * time.Millisecond)}, 30 * time.Millisecond},
		"a machine with much else to do": {&company{ended: 9, last: now, after: habit(time.Minute)}, 1, wanting{}, longestPatience},
	} {
		if waits := at.of.when(now, now, at.here, at.soon).Sub(now); waits != at.waits {
			t.Errorf("%s: the look waits %v, not %v", name, waits, at.waits)
		}
	}
}

// TestTurnsAreCounted: questions and answers are counted from begin to end, a nested change once.
func TestTurnsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWaiter(&Conn{})
	ctx, end := w.begin(t.Context())
	inner, endInner := w.begin(ctx)
	if len(w.company.turns) != 1 || turnOf(inner) != turnOf(ctx) || MarkPlanRead(ctx) != ctx {
		t.Error("a part of a change counts as another")
	}
	w.company.asks(turnOf(ctx), time.Now())
	w.company.asks(turnOf(MarkPlanRead(t.Context())), time.Now())
	if missing := w.company.missing(time.Now()).n; missing != 0 {
		t.Errorf("%d are missing while all wait for an answer", missing)
	}
	w.company.answered(turnOf(ctx), time.Now())
	if missing := w.company.missing(time.Now()).n; missing != 1 {
		t.Errorf("%d are missing after one was answered", missing)
	}
	endInner()
	end()
	if len(w.company.turns) != 0 || w.company.ended != 1 {
		t.Errorf("%d changes are left, and %d have ended", len(w.company.turns), w.company.ended)
	}
}

// TestPaceOfTasks: tasks of a kind are first read when others of that kind were lately done: sooner while that is early enough, later
// once it was too soon.
func TestPaceOfTasks(t *testing.T) {
	t.Parallel()
	w := newWaiter(&Conn{})
	p := &Poll{Kind: "PowerOnVM_Task"}
	if first := w.first(p); first != firstPoll {
		t.Errorf("the first of its kind is looked at after %v", first)
	}
	for range 100 {
		w.learn(p, map[string]bool{})
	}
	if first := w.first(p); first != window {
		t.Errorf("tasks that are always done are looked at after %v", first)
	}
	p.seenAt = time.Now()
	same := map[string]bool{}
	for range 10 {
		w.learn(p, same)
	}
	if first := w.first(p); first != window*5/4 {
		t.Errorf("those of one look say it once: after %v", first)
	}
	for range 100 {
		w.learn(p, map[string]bool{})
	}
	if first := w.first(p); first != slowestPace {
		t.Errorf("slow tasks are looked at after %v", first)
	}
	if first := w.first(&Poll{read: true}); first != window {
		t.Errorf("reads wait %v", first)
	}
}

// TestReadAlong: what was read along with a task counts if it shows the VM as it is afterwards.
func TestReadAlong(t *testing.T) {
	t.Parallel()
	content := func(state types.VirtualMachinePowerState, config any) types.ObjectContent {
		return types.ObjectContent{Obj: ref{Type: "VirtualMachine", Value: "vm-1"}, PropSet: []types.DynamicProperty{
			{Name: "runtime.powerState", Val: state}, {Name: "config", Val: config}}}
	}
	shown := types.VirtualMachineConfigInfo{Name: "web"}
	off := func(e TaskRun) *mo.VirtualMachine {
		return e.Machine(func(vm mo.VirtualMachine) bool {
			return vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff
		})
	}
	if vm := off(TaskRun{seen: content(types.VirtualMachinePowerStatePoweredOff, shown)}); vm == nil || vm.Config.Name != "web" {
		t.Error("the machine is off and shown, and is to be read again")
	}
	if off(TaskRun{seen: content(types.VirtualMachinePowerStatePoweredOn, shown)}) != nil {
		t.Error("what was seen before the task was done is taken for what it has left")
	}
	bare := content(types.VirtualMachinePowerStatePoweredOff, shown)
	bare.PropSet = bare.PropSet[:1]
	if off(TaskRun{seen: bare}) != nil || off(TaskRun{}) != nil {
		t.Error("a machine without a configuration is taken for one")
	}
}
