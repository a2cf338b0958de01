// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// another returns the name of a host other than one.
func (l *lab) another(than string) string {
	l.t.Helper()
	for name := range l.hosts() {
		if name != than {
			return name
		}
	}
	l.t.Fatal("the cluster has one host")
	return ""
}

// TestActionLiveMigrate: to a named host, to any other, not at all where it is there already; the guest keeps running and the next plan is
// empty.
func TestActionLiveMigrate(t *testing.T) {
	t.Parallel()
	l := newLab(t, vcsim.Options{})
	web, _ := l.made("web")
	first := l.hostOf("web")
	second := l.another(first)
	l.ResetCalls()
	if text := l.done(migrate, id(web, "host", second)); !strings.Contains(text, "web moves from "+first+" to "+second) {
		t.Error(text)
	}
	if now := l.hostOf("web"); now != second {
		t.Errorf("it is on %s, not on %s", now, second)
	}
	if text := l.done(migrate, id(web, "host", second)); text != "web is on "+second+" already" {
		t.Error(text)
	}
	l.counted(map[string]int{"RelocateVM_Task": 1, "PowerOffVM_Task": 0, "ShutdownGuest": 0, "ReconfigVM_Task": 0})
	if plan := l.next(web, server("web", nil)); plan.Action != protocol.Nothing {
		t.Errorf("the next plan: %s %v", plan.Action, plan.Diagnostics)
	}
	l.done(migrate, id(web))
	if now := l.hostOf("web"); now == second {
		t.Errorf("it is still on %s", now)
	}
	named := server("named", map[string]any{"hypervisor_hostname": second})
	wish := l.Bring(instance, named, protocol.Object{})
	l.done(migrate, id(wish, "host", first))
	plan := l.next(wish, named)
	if plan.Action != protocol.Nothing || len(plan.Diagnostics) > 0 {
		t.Errorf("the next plan of one that names its host: %s %s", plan.Action, plan.Diagnostics)
	}
	l.refused(migrate, id(web, "host", "nowhere"), "host", "there is no \"nowhere\" in the cluster")
	l.refused(migrate, id(web, "host", web.Text("hypervisor_hostname")), "host", "its ESX hosts are \"") // the cluster is no host to go to
	l.done(power, id(web, "state", "shutoff"))
	l.refused(migrate, id(web), "instance_id", "web is shutoff")
}

// TestActionMigratesNoBoundInstance: one that its zone binds to a host stays there.
func TestActionMigratesNoBoundInstance(t *testing.T) {
	t.Parallel()
	l := newLab(t, vcsim.Options{})
	l.made("free")
	host := l.hostOf("free")
	bound := l.Bring(instance, server("bound", map[string]any{"availability_zone": "nova:" + host}), protocol.Object{})
	l.ResetCalls()
	l.refused(migrate, id(bound), "instance_id", "is bound to the host "+host)
	l.counted(map[string]int{"RelocateVM_Task": 0, "ReconfigVM_Task": 0})
	text := strings.Join(l.Invoke(leave, map[string]any{"node_id": host}).Progress, "\n")
	if !strings.Contains(text, "bound stays") || !strings.Contains(text, "free has left") {
		t.Error(text)
	}
	if on := l.hostOf("bound"); on != host {
		t.Errorf("it is on %s", on)
	}
}

// TestActionEvacuate: all running instances leave a host, those that are off only where that is asked for, and machines that are nobody's
// stay with a warning. A second invocation has nothing to do.
func TestActionEvacuate(t *testing.T) {
	t.Parallel()
	l := newLab(t, vcsim.Options{ForeignVMs: 2})
	var made []protocol.Object
	for i := range 6 {
		web, _ := l.made(fmt.Sprintf("web-%d", i))
		made = append(made, web)
	}
	host := l.hostOf("web-0")
	for i := range made {
		if name := fmt.Sprintf("web-%d", i); l.hostOf(name) != host {
			l.toHost(name, host)
		}
	}
	stranger := l.stranger().Name
	if l.hostOf(stranger) != host {
		l.toHost(stranger, host)
	}
	l.done(power, id(made[5], "state", "shutoff"))
	l.ResetCalls()
	got := l.Invoke(leave, map[string]any{"node_id": host})
	text := strings.Join(got.Progress, "\n")
	if len(protocol.Errors(got.Said)) > 0 || !strings.Contains(text, "5 of 5") || !strings.Contains(text, "(100%)") {
		t.Errorf("%v\n%s", got.Said, text)
	}
	if said := fmt.Sprint(got.Said); !strings.Contains(said, "Machines stay on the compute node") || !strings.Contains(said, stranger) {
		t.Errorf("no warning about %s: %s", stranger, said)
	}
	for i := range made {
		if stays := l.hostOf(fmt.Sprintf("web-%d", i)) == host; stays != (i == 5) {
			t.Errorf("web-%d stays: %t", i, stays)
		}
	}
	l.counted(map[string]int{"RelocateVM_Task": 5, "ReconfigVM_Task": 0, "EnterMaintenanceMode_Task": 0})
	l.ResetCalls()
	if text := l.done(leave, map[string]any{"node_id": host}); text != "no instance is to leave "+host {
		t.Error(text)
	}
	l.done(leave, map[string]any{"node_id": l.hosts()[host].Value, "evacuate_powered_off": true})
	l.counted(map[string]int{"RelocateVM_Task": 1})
	l.refused(leave, map[string]any{"node_id": "nowhere"}, "node_id", "no ESX host \"nowhere\"")
}

// TestActionEvacuateInterrupted: what is under way ends, and what has not begun stays: no instance is lost, and each that stays is named.
func TestActionEvacuateInterrupted(t *testing.T) {
	t.Parallel()
	l := newLab(t, vcsim.Options{})
	const n = 8
	for i := range n {
		l.made(fmt.Sprintf("web-%d", i))
	}
	host := l.hostOf("web-0")
	for i := range n {
		if name := fmt.Sprintf("web-%d", i); l.hostOf(name) != host {
			l.toHost(name, host)
		}
	}
	got := l.InvokeWithin(t.Context(), leave, map[string]any{"node_id": host}, func(line string) {
		if strings.Contains(line, "moves from") {
			l.Stop()
		}
	})
	stayed := 0
	for i := range n {
		if l.hostOf(fmt.Sprintf("web-%d", i)) == host {
			stayed++
		}
	}
	if errors := protocol.Errors(got.Said); len(errors) != stayed || !got.Ended {
		t.Errorf("%d stayed, and the errors are %v, ended: %t", stayed, errors, got.Ended)
	}
}
