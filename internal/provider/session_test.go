package provider_test

import (
	"fmt"
	"net/http/httptest"
	"sync/atomic"
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

// TestAccSlowLogout shows that a process says goodbye where the vCenter takes its time, and ends without it where that is too long.
func TestAccSlowLogout(t *testing.T) {
	vc := acctest.Start(t, vcsim.Options{})
	var pause, asked, answered atomic.Int64
	over := make(chan struct{})
	wire := vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name != "Logout" {
			return nil
		}
		asked.Add(1)
		select {
		case <-over:
		case <-time.After(time.Duration(pause.Load())):
			answered.Add(1)
		}
		return ask()
	})
	defer close(over)
	ws := vc.NewWorkspace(t, wire, `data "novasphere_networking_network" "n" { name = "public" }`)
	plan := func(slow time.Duration) time.Duration {
		pause.Store(int64(slow))
		start := time.Now()
		ws.Must("plan", "-no-color")
		return time.Since(start)
	}
	base := plan(0)
	if took := plan(time.Second); answered.Load() != 2 || took < base/2+time.Second {
		t.Errorf("%d of 2 logouts were waited for, in %s", answered.Load(), took)
	}
	if took := plan(8 * time.Second); took > base+4*time.Second || asked.Load() != 3 {
		t.Errorf("the end took %s after %d logouts, without any delay %s", took, asked.Load(), base)
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
