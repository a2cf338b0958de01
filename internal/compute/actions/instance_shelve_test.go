// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/vmware/govmomi/object"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// refusing answers a call with a fault, and leaves the others to the vCenter.
func refusing(call string) func(acctest.Call, func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	return func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if c.Name == call {
			return acctest.Refusal("InvalidRequest")
		}
		return nil
	}
}

// shelved fails the test unless web is in a power state and the next plan shows that it was in another, by OpenStack's words.
func (s *scene) shelved(power, state string) {
	s.t.Helper()
	if is := string(s.vm().Runtime.PowerState); is != power {
		s.t.Errorf("it is %s, not %s", is, power)
	}
	plan := s.next(nil)
	if was := plan.Prior.Text("power_state"); was != state {
		s.t.Errorf("its state is %q, not %q: %v", was, state, plan.Diagnostics)
	}
}

// TestShelve: an instance is put away and brought back as its power_state does it, and what is done is not done again.
func TestShelve(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, map[string]any{"power_state": "active"})
	s.vc.ResetCalls()
	out := s.invoke("shelve", nil)
	t.Logf("shelved: %q, calls %v", out.Progress, s.vc.Calls())
	s.shelved("poweredOff", "shelved_offloaded")
	s.invoke("shelve", nil)
	if calls := s.vc.Calls(); s.stops() != 1 || calls["ReconfigVM_Task"] != 1 {
		t.Errorf("the calls are %v", calls)
	}
	if plan := s.next(nil); plan.Action != protocol.Update || plan.Text("power_state") != "active" {
		t.Errorf("the next plan shows %s", plan.Action)
	}
	if plan := s.next(map[string]any{"power_state": "shelved_offloaded"}); plan.Action != protocol.Nothing {
		t.Errorf("with shelved_offloaded written, the next plan shows %s: %v", plan.Action, plan.Diagnostics)
	}
	s.vc.ResetCalls()
	out = s.invoke("unshelve", nil)
	t.Logf("brought back: %q, calls %v", out.Progress, s.vc.Calls())
	s.invoke("unshelve", nil)
	if calls := s.vc.Calls(); calls["PowerOnVM_Task"] != 1 || calls["ReconfigVM_Task"] != 1 {
		t.Errorf("the calls are %v", calls)
	}
	s.shelved("poweredOn", "active")
	s.quiet()
	s.p.Destroy(s.web)
}

// TestShelveKilled: a call that is killed is gone on with by the next, with one stop.
func TestShelveKilled(t *testing.T) {
	t.Parallel()
	eachKill(t, []kill{{"ShutdownGuest", 1}, {"ReconfigVM_Task", 1}}, func(t *testing.T, at kill, sent bool) {
		s := sceneOf(t, map[string]any{"power_state": "active"})
		s.vc.ResetCalls()
		s.killed("shelve", at, sent)
		if s.shelved("poweredOff", "shelved_offloaded"); s.stops() != 1 {
			t.Errorf("it was stopped %d times", s.stops())
		}
	})
	eachKill(t, []kill{{"ReconfigVM_Task", 1}, {"PowerOnVM_Task", 1}}, func(t *testing.T, at kill, sent bool) {
		s := sceneOf(t, map[string]any{"power_state": "active"})
		s.invoke("shelve", nil)
		s.killed("unshelve", at, sent)
		s.shelved("poweredOn", "active")
		s.quiet()
	})
}

// TestUnshelveSuspended: an instance that is suspended was not put away, and keeps its memory.
func TestUnshelveSuspended(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, map[string]any{"power_state": "suspended"})
	s.refused("unshelve", nil, "instance_id", "is suspended")
	s.refused("rescue", nil, "instance_id", "is suspended")
	s.act(func(ctx context.Context, vm *object.VirtualMachine) (*object.Task, error) { return vm.PowerOn(ctx) })
	s.invoke("unshelve", nil)
}
