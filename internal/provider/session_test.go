package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// small is n instances of a small flavor.
func small(n int, wait string) string {
	return fmt.Sprintf(fleet, 1, 1024, n, wait)
}

// sessions are how often a protocol was opened and closed.
func sessions(calls map[string]int) [4]int {
	return [4]int{calls["Login"], calls["Logout"], calls["POST /rest/com/vmware/cis/session"], calls["DELETE /rest/com/vmware/cis/session"]}
}

// TestAccOneSession counts logins and logouts at the wire, process by process.
func TestAccOneSession(t *testing.T) {
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	ws := vc.NewWorkspace(t, wire, `provider "novasphere" {}`)
	expect := func(what string, want [4]int) {
		t.Helper()
		calls, _ := wire.Take()
		if got := sessions(calls); got != want || want == [4]int{} && len(calls) != 0 {
			t.Errorf("%s: SOAP logins and logouts, REST logins and logouts are %v, not %v; calls %v", what, got, want, calls)
		}
	}
	ws.Must("plan", "-no-color")
	expect("plan of nothing", [4]int{})
	ws.Configure(small(12, "5m"))
	ws.Must("validate", "-no-color")
	expect("validate", [4]int{})
	ws.Must("plan", "-no-color")
	expect("plan", [4]int{1, 1, 0, 0})
	ws.Must("apply", "-auto-approve", "-no-color")
	calls, _ := wire.Take()
	// Terraform plans in one process and applies in another; only the second speaks REST, to attach labels.
	if got := sessions(calls); got[0] != got[1] || got[0] < 1 || got[0] > 2 || got[2] != 1 || got[3] != 1 {
		t.Errorf("apply: %v", got)
	}
	ws.PlanIsEmpty()
	expect("empty plan", [4]int{1, 1, 0, 0})
}

// TestAccSlowLogout shows that a process ends in time, and with a logout, where the vCenter takes a second for every call.
func TestAccSlowLogout(t *testing.T) {
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	ws := vc.NewWorkspace(t, wire, `data "novasphere_networking_network" "n" { name = "public" }`)
	ws.Must("plan", "-no-color")
	wire.Take()
	wire.Delay(time.Second)
	ws.Must("plan", "-no-color")
	wire.Delay(0)
	calls, _ := wire.Take()
	if got := sessions(calls); got != [4]int{1, 1, 0, 0} {
		t.Errorf("the sessions are %v", got)
	}
	wire.Delay(4 * time.Second) // longer than the logout may take: it is given up, and the process does not hang
	start := time.Now()
	ws.Must("version")
	base := time.Since(start)
	ws.Must("plan", "-no-color")
	took := time.Since(start) - base
	calls, _ = wire.Take()
	n := time.Duration(acctest.Total(calls) - calls["Logout"])
	if limit := n*4*time.Second + 4*time.Second; took > limit {
		t.Errorf("%d calls of 4 s and the end took %s", n, took)
	}
}

// TestAccSessionLostBetween loses the sessions while an apply is at work.
func TestAccSessionLostBetween(t *testing.T) {
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	ws := vc.NewWorkspace(t, wire, small(12, "5m"))
	stop := make(chan struct{})
	done := make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				done <- n
				return
			case <-time.After(300 * time.Millisecond):
				vc.ExpireSessions()
				n++
			}
		}
	}()
	ws.Apply()
	close(stop)
	lost := <-done
	calls, _ := wire.Take()
	if got := sessions(calls); got[0] < 2 || got[0] > lost+2 || got[2] > lost+1 {
		t.Errorf("%v sessions for %d losses", got, lost)
	}
	if n := len(vc.VMs("OpenStack/*")); n != 12 {
		t.Errorf("%d machines", n)
	}
	ws.PlanIsEmpty()
}
