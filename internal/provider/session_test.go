// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// small returns n instances of a small flavor.
func small(n int, wait string) string {
	return fmt.Sprintf(fleet, 1, 1024, n, wait)
}

// sessions returns how often sessions were opened and closed, SOAP and REST.
func sessions(calls map[string]int) [4]int {
	return [4]int{calls["Login"], calls["Logout"], calls["POST /rest/com/vmware/cis/session"], calls["DELETE /rest/com/vmware/cis/session"]}
}

// TestAccOneSession counts logins and logouts on the wire, process by process.
func TestAccOneSession(t *testing.T) {
	t.Parallel()
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
	// Terraform plans in one process and applies in another; only the second uses REST, to attach labels.
	if got := sessions(calls); got[0] != got[1] || got[0] < 1 || got[0] > 2 || got[2] != 1 || got[3] != 1 {
		t.Errorf("apply: %v", got)
	}
	ws.PlanIsEmpty()
	expect("empty plan", [4]int{1, 1, 0, 0})
}

// farewell is the end of a provider's process, as its vCenter and Terraform's log saw it.
type farewell struct {
	took            time.Duration // from the first logout's arrival to the end of the command
	asked, answered int           // logouts, SOAP and REST
	gaveUp, killed  bool
}

// farewells starts a vCenter that delays logouts, and returns a function that runs a plan which opens both kinds of session and then
// ends.
func farewells(t *testing.T) func(pause time.Duration) farewell {
	vc := acctest.Start(t, vcsim.Options{})
	var mu sync.Mutex
	var pause time.Duration
	var begun time.Time
	var seen farewell
	over := make(chan struct{})
	wire := vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name != "Logout" && call.Name != "DELETE /rest/com/vmware/cis/session" {
			return nil
		}
		mu.Lock()
		if seen.asked++; seen.asked == 1 {
			begun = time.Now()
		}
		wait := time.After(pause)
		mu.Unlock()
		select {
		case <-over:
			return httptest.NewRecorder()
		case <-wait:
		}
		said := ask()
		mu.Lock()
		defer mu.Unlock()
		seen.answered++
		return said
	})
	t.Cleanup(func() { close(over) })
	ws := vc.NewWorkspace(t, wire, `data "novasphere_images_image" "i" { name = "`+vcsim.LibraryItem+`" }`, "TF_LOG=DEBUG")
	return func(length time.Duration) farewell {
		t.Helper()
		mu.Lock()
		pause, seen = length, farewell{}
		mu.Unlock()
		log := ws.Must("plan", "-no-color")
		end := time.Now()
		if !strings.Contains(log, "plugin process exited") {
			t.Fatalf("the log says nothing of the provider's end:\n%s", log)
		}
		mu.Lock()
		defer mu.Unlock()
		seen.took = end.Sub(begun)
		seen.gaveUp = strings.Contains(log, "[WARN] logging out: ")
		seen.killed = strings.Contains(log, "failed to exit gracefully") || strings.Contains(log, "signal: killed")
		return seen
	}
}

// TestAccSlowLogout: a process logs out of a slow vCenter, and ends by itself where that takes too long: Terraform kills it two seconds
// after asking it to end. A busy computer has six attempts.
func TestAccSlowLogout(t *testing.T) { //nolint:paralleltest // Terraform gives a provider two seconds to end
	leave := farewells(t)
	expect := func(pause time.Duration, right func(farewell) bool) (last farewell) {
		t.Helper()
		for range 6 {
			if last = leave(pause); right(last) {
				return last
			}
			t.Logf("with logouts of %s: %+v", pause, last)
		}
		t.Errorf("a provider whose logouts take %s ends like this: %+v", pause, last)
		return last
	}
	base := expect(0, func(f farewell) bool { return f.asked == 2 && f.answered == 2 && !f.gaveUp && !f.killed })
	expect(time.Second, func(f farewell) bool {
		return f.asked == 2 && f.answered == 2 && !f.gaveUp && !f.killed && f.took > time.Second
	})
	expect(30*time.Second, func(f farewell) bool {
		return f.asked == 2 && f.answered == 0 && f.gaveUp && !f.killed && f.took < base.took+2*time.Second
	})
}

// TestAccSessionLostBetween ends the sessions during an apply.
func TestAccSessionLostBetween(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	ws := vc.NewWorkspace(t, wire, small(12, "5m"))
	stop := make(chan struct{})
	done := make(chan int)
	go func() {
		n, seen := 0, 0
		for {
			select {
			case <-stop:
				done <- n
				return
			case <-time.After(5 * time.Millisecond):
				if now := acctest.Total(vc.Calls()); now >= seen+20 { // not too often: a call must succeed on a slow computer too
					vc.ExpireSessions()
					n, seen = n+1, now
				}
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
