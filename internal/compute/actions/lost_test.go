// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// lost is what comes of an action when the connection is cut at one of its calls.
type lost struct {
	does   string // the action, and what is written for it
	config map[string]any
	call   string                       // at the first call of this name
	first  func(t *testing.T, s *scene) // optional: what was done to web before

	sent  int    // how often the call is sent
	stops int    // how often vCenter is told to stop the guest
	says  string // what the error says; empty: there is none
	is    string // what vCenter then has of web
}

// facts are what vCenter has of web: power state, snapshots, disks, whether its host is another than the one it was made on, and whether
// its record says that it is shelved.
func (s *scene) facts(host types.ManagedObjectReference) string {
	vm := s.vm()
	out := string(vm.Runtime.PowerState)
	if tree := s.tree(); tree != "" {
		out += fmt.Sprintf(", %d snapshots", strings.Count(tree, "quiesced"))
	}
	if *vm.Runtime.Host != host {
		out += ", elsewhere"
	}
	if n := strings.Count(rescueFacts(vm), " unit "); n > 1 {
		out += fmt.Sprintf(", %d disks", n)
	}
	if strings.Contains(acctest.Extra(vm)["novasphere.server"], `"shelved":true`) {
		out += ", shelved"
	}
	return out
}

// off powers web off behind the provider's back.
func off(_ *testing.T, s *scene) {
	s.act(func(ctx context.Context, vm *object.VirtualMachine) (*object.Task, error) { return vm.PowerOff(ctx) })
}

// after has another action done first.
func after(action string, config map[string]any) func(t *testing.T, s *scene) {
	return func(_ *testing.T, s *scene) { s.invoke(action, config) }
}

// TestActionsLost: the connection is cut at each kind of change that an action sends, before vCenter has it and after it was carried out.
// What would be done twice is sent once, and the error tells that and what to do; what vCenter refuses where it is done, or what a look
// at the machine tells, ends as if nothing had happened. No guest is stopped twice.
func TestActionsLost(t *testing.T) {
	t.Parallel()
	unknown := func(what string) string { return "it is not known whether " + what }
	power := func(state string, graceful int) map[string]any {
		if state != "shutoff" {
			return map[string]any{"state": state}
		}
		return map[string]any{"state": state, "graceful_timeout": graceful}
	}
	taken := after("snapshot", snapshot("create"))
	for name, c := range map[string]struct{ before, after lost }{
		"reset": {lost{does: "reboot", config: map[string]any{"type": "hard"}, call: "ResetVM_Task", sent: 1,
			says: unknown("web was reset"), is: "poweredOn"},
			lost{sent: 1, says: unknown("web was reset"), is: "poweredOn"}},
		"reboot guest": {lost{does: "reboot", call: "RebootGuest", sent: 1, says: unknown("the guest of web was asked to restart"),
			is: "poweredOn"},
			lost{sent: 1, says: unknown("the guest of web was asked to restart"), is: "poweredOn"}},
		"power off": {lost{does: "power", config: power("shutoff", 0), call: "PowerOffVM_Task", sent: 2, stops: 1, is: "poweredOff"},
			lost{sent: 2, stops: 2, is: "poweredOff"}}, // the second is refused, since it is off
		"shut down": {lost{does: "power", config: power("shutoff", 600), call: "ShutdownGuest", sent: 2, stops: 1, is: "poweredOff"},
			lost{sent: 2, stops: 2, is: "poweredOff"}},
		"power on": {lost{does: "power", config: power("active", 0), call: "PowerOnVM_Task", first: off, sent: 2, is: "poweredOn"},
			lost{sent: 2, is: "poweredOn"}},
		"suspend": {lost{does: "power", config: power("suspended", 0), call: "SuspendVM_Task", sent: 2, is: "suspended"},
			lost{sent: 2, is: "suspended"}},
		"migrate": {lost{does: "live_migrate", call: "RelocateVM_Task", sent: 1, says: unknown("web moves to"), is: "poweredOn"},
			lost{sent: 1, is: "poweredOn, elsewhere"}},
		"take a snapshot": {lost{does: "snapshot", config: snapshot("create"), call: "CreateSnapshot_Task", sent: 1,
			says: unknown("the snapshot before of web was taken"), is: "poweredOn"},
			lost{sent: 1, is: "poweredOn, 1 snapshots"}},
		"revert": {lost{does: "snapshot", config: snapshot("revert"), call: "RevertToSnapshot_Task", first: taken, sent: 1,
			says: unknown("web was taken back to the snapshot before"), is: "poweredOn, 1 snapshots"},
			lost{sent: 1, says: unknown("web was taken back to the snapshot before"), is: "poweredOff, 1 snapshots"}},
		"delete a snapshot": {lost{does: "snapshot", config: snapshot("delete"), call: "RemoveSnapshot_Task", first: taken, sent: 2,
			is: "poweredOn"},
			lost{sent: 2, is: "poweredOn"}},
		"copy the disk of a rescue": {lost{does: "rescue", call: "CopyVirtualDisk_Task", sent: 2, stops: 1, is: "poweredOn, 2 disks"},
			lost{sent: 2, stops: 1, is: "poweredOn, 2 disks"}},
		"rescue": {lost{does: "rescue", call: "ReconfigVM_Task", sent: 3, stops: 1, is: "poweredOn, 2 disks"},
			lost{sent: 2, stops: 1, is: "poweredOn, 2 disks"}},
		"unrescue": {lost{does: "unrescue", call: "ReconfigVM_Task", first: after("rescue", nil), sent: 2, stops: 1, is: "poweredOn"},
			lost{sent: 1, stops: 1, is: "poweredOn"}},
		"shelve": {lost{does: "shelve", call: "ReconfigVM_Task", sent: 2, stops: 1, is: "poweredOff, shelved"},
			lost{sent: 1, stops: 1, is: "poweredOff, shelved"}},
		"unshelve": {lost{does: "unshelve", call: "ReconfigVM_Task", first: after("shelve", nil), sent: 2, is: "poweredOn"},
			lost{sent: 1, is: "poweredOn"}},
	} {
		c.after.does, c.after.config, c.after.call, c.after.first = c.before.does, c.before.config, c.before.call, c.before.first
		t.Run(name+" before", func(t *testing.T) { t.Parallel(); c.before.test(t, acctest.CutBefore) })
		t.Run(name+" after", func(t *testing.T) { t.Parallel(); c.after.test(t, acctest.CutAfter) })
	}
}

// test invokes the action over a connection that is cut, and looks what came of it.
func (l lost) test(t *testing.T, cut acctest.Cut) {
	t.Helper()
	s := sceneOf(t, map[string]any{"power_state": "active"})
	if l.first != nil {
		l.first(t, s)
	}
	host := *s.vm().Runtime.Host
	wire := s.vc.Wire(t)
	p := s.vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile})
	s.vc.ResetCalls()
	wire.Cut(l.call, cut)
	out := p.Invoke("novasphere_compute_instance_"+l.does, s.config(l.config))
	errors := protocol.Errors(out.Said)
	if l.says == "" && len(errors) > 0 || l.says != "" && (len(errors) != 1 || !strings.Contains(errors[0].Text, l.says)) || !out.Ended {
		t.Errorf("not %q, but %v", l.says, out.Said)
	}
	if len(errors) > 0 && !strings.Contains(errors[0].Text, "invoke the action again") {
		t.Errorf("it does not tell what to do: %v", errors)
	}
	if calls, _ := wire.Take(); calls[l.call] != l.sent || s.stops() != l.stops {
		t.Errorf("it was sent %d times and not %d, with %d stops and not %d: %v", calls[l.call], l.sent, s.stops(), l.stops, calls)
	}
	if is := s.facts(host); is != l.is {
		t.Errorf("it is %s, and not %s", is, l.is)
	}
}

// TestSnapshotBehindItself: where what holds the machine is the taking of this very snapshot, for an invocation that was killed, there is
// one of it afterwards.
func TestSnapshotBehindItself(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, nil)
	var sent atomic.Int32
	wire := s.vc.Between(t, func(c acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if c.Name != "CreateSnapshot_Task" || sent.Add(1) > 1 {
			return nil
		}
		ask()
		for s.tree() == "" && t.Context().Err() == nil {
			continue // the task ends at once
		}
		return acctest.Refusal("TaskInProgress")
	})
	p := s.vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile})
	out := p.Invoke("novasphere_compute_instance_snapshot", s.config(snapshot("create")))
	if errors := protocol.Errors(out.Said); len(errors) > 0 || !out.Ended {
		t.Errorf("%v", out.Said)
	}
	if tree := s.tree(); strings.Count(tree, "before") != 1 || sent.Load() != 1 {
		t.Errorf("it was sent %d times, and there are %q", sent.Load(), tree)
	}
}

// TestShutdownAskedTwice: a guest that was asked to shut down, without an answer, takes its VMware Tools down first: that they refuse to
// be asked again is no reason to power it off.
func TestShutdownAskedTwice(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, nil)
	var sent, forced atomic.Int32
	wire := s.vc.Between(t, func(c acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		switch {
		case c.Name == "PowerOffVM_Task":
			forced.Add(1)
		case c.Name == "ShutdownGuest" && sent.Add(1) == 1:
			ask()
			lost := httptest.NewRecorder()
			lost.Code = http.StatusBadGateway
			return lost
		case c.Name == "ShutdownGuest":
			return acctest.Refusal("ToolsUnavailable")
		}
		return nil
	})
	p := s.vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile})
	out := p.Invoke("novasphere_compute_instance_power", s.config(map[string]any{"state": "shutoff", "graceful_timeout": 600}))
	if errors := protocol.Errors(out.Said); len(errors) > 0 || !out.Ended {
		t.Errorf("%v", out.Said)
	}
	if state := s.vm().Runtime.PowerState; state != types.VirtualMachinePowerStatePoweredOff || sent.Load() != 2 || forced.Load() != 0 {
		t.Errorf("it is %s; it was asked %d times, and powered off %d times", state, sent.Load(), forced.Load())
	}
}
