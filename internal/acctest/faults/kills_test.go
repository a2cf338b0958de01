// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
)

// ending is a way to end a CLI and its provider at a call.
type ending struct {
	name     string
	how      syscall.Signal
	goesOn   bool // the call is answered, because the provider still runs
	children bool // the provider gets the signal too
}

var (
	killed      = ending{"kill", syscall.SIGKILL, false, true}
	interrupted = ending{"Ctrl-C", syscall.SIGINT, true, true} // a terminal sends it to both
)

// TestKills ends a CLI and its provider at random calls while thirty resources are made, changed and destroyed, while volumes are, while
// images are, while networks get VLANs of a range, while subnets are cut from pools, while routers and floating IPs are, and while
// networks are on NSX with their ports and instances, with security groups, and behind routers: by SIGKILL a hundred times each in the long
// form and ten in the short one, and by Ctrl-C a tenth as often. FAULTS_SEED chooses other calls; the log names the seed.
func TestKills(t *testing.T) {
	t.Parallel()
	n := map[string]int{"short": 10, "long": 100}[form(t)]
	if runtime.GOOS != "linux" {
		t.Skip("it finds the provider's process in /proc")
	}
	for _, noun := range []*faults.Noun{mixture(), volumes(), images(), vlans(), pools(), gateways(), segments(), groupsOnNSX(),
		gatewaysOnNSX()} {
		t.Run(noun.Name, func(t *testing.T) {
			t.Parallel()
			kills(t, noun, n)
		})
	}
}

// kills kills n times while a noun is made, changed and destroyed, and interrupts a tenth as often.
func kills(t *testing.T, noun *faults.Noun, n int) {
	t.Helper()
	seed := seed(t)
	var table faults.Table
	t.Cleanup(func() { t.Logf("FAULTS_SEED=%d\n%s", seed, table.Markdown()) })
	clean := noun.Clean(t)
	for i := range n + max(n/10, 3) {
		end := killed
		if i >= n {
			end = interrupted
		}
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		verb := noun.Verbs()[i%3]
		at, done := 1+random.IntN(len(clean[verb])), random.IntN(2) == 0
		table.Clean(end.name, verb, len(clean[verb]))
		t.Run(fmt.Sprintf("%d %s at call %d of %s", i+1, end.name, at, verb), func(t *testing.T) {
			t.Parallel()
			verdict := end.play(t, noun, verb, at, done)
			// where Terraform has lost its whole state, objects that others use are not told (a subnet pool with subnets)
			for again := 0; verdict.Torn && !verdict.Good() && again < 3; again++ {
				verdict = end.play(t, noun, verb, at, done)
			}
			table.Add(end.name, verb, verdict)
			if !verdict.Good() {
				t.Errorf("FAULTS_SEED=%d, at %s (carried out: %v): %s", seed, verdict.Call, done, verdict)
			}
		})
	}
}

// play ends the CLI at a call. If done is set, the vCenter executes the call first.
func (e ending) play(t *testing.T, noun *faults.Noun, verb faults.Verb, at int, done bool) faults.Verdict {
	t.Helper()
	running := make(chan *exec.Cmd, 1)
	tamper := func(_ faults.Server, next http.Handler, w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		if done {
			next.ServeHTTP(answer, r)
		}
		e.signal(t, <-running)
		switch {
		case !e.goesOn:
			faults.HangUp(w)
		case done:
			maps.Copy(w.Header(), answer.Header())
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
		default:
			next.ServeHTTP(w, r)
		}
	}
	return faults.Command(t, noun, verb, at, tamper, func(ws *acctest.Workspace) error {
		out := &bytes.Buffer{}
		cmd := ws.Start(t.Context(), out, "apply", "-auto-approve", "-no-color")
		running <- cmd
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("%w:\n%s", err, out)
		}
		return nil
	})
}

// signal signals the CLI and its children.
func (e ending) signal(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	pids := []int{cmd.Process.Pid}
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", cmd.Process.Pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, field := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(field); err == nil && e.children {
				pids = append(pids, pid)
			}
		}
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, e.how); err != nil {
			t.Logf("%s of %d: %s", e.how, pid, err)
		}
	}
}

// seed returns the seed of random numbers: FAULTS_SEED, or 1.
func seed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("FAULTS_SEED")
	if text == "" {
		return 1
	}
	out, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("FAULTS_SEED: %s", err)
	}
	return out
}
