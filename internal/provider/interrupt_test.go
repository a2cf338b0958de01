// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// until waits for an event that comes soon.
func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !happened(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not happen", what)
		}
	}
}

// TestAccInterrupted interrupts an apply once, in the middle of its clones. Every VM that exists is in the state, and the next apply
// succeeds.
func TestAccInterrupted(t *testing.T) {
	t.Parallel()
	const n = 24 // ten go at a time, so that more would begin in the second after the interruption
	for _, clones := range []int{1, 6} {
		t.Run(fmt.Sprintf("at clone %d", clones), func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			wire := vc.Wire(t)
			ws := vc.NewWorkspace(t, wire, small(0, "5m"))
			ws.Apply()
			ws.Configure(small(n, "5m"))
			vc.ResetCalls()
			wire.Delay(300 * time.Millisecond)
			out := &bytes.Buffer{}
			run := ws.Start(t.Context(), out, "apply", "-auto-approve", "-no-color")
			until(t, "a clone", func() bool { return vc.Calls()["CloneVM_Task"] >= clones })
			if err := run.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			if err := run.Wait(); err == nil {
				t.Errorf("the apply was not interrupted:\n%s", out)
			}
			wire.Delay(0)
			made := vc.VMs("OpenStack/*")
			if len(made) == 0 || len(made) == n {
				t.Errorf("%d machines were made before the interruption took effect", len(made))
			}
			state := ws.Must("state", "pull")
			for _, vm := range made {
				if !strings.Contains(state, vm.Config.InstanceUuid) {
					t.Errorf("%s is not in the state", vm.Name)
				}
			}
			ws.Apply()
			if now := vc.VMs("OpenStack/*"); len(now) != n {
				t.Errorf("%d machines after the next apply", len(now))
			}
			ws.PlanIsEmpty()
			ws.Destroy()
			if left := vc.VMs("OpenStack/*"); len(left) != 0 {
				t.Errorf("%d machines are orphans", len(left))
			}
		})
	}
}

// kill ends a command and its providers without notice.
func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", cmd.Process.Pid))
	if err != nil || len(lists) == 0 {
		t.Fatal("its children are not known: ", err)
	}
	var children []int
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, field := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(field); err == nil {
				children = append(children, pid)
			}
		}
	}
	if len(children) == 0 {
		t.Fatal("it has no provider")
	}
	for _, pid := range append([]int{cmd.Process.Pid}, children...) {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	_ = cmd.Wait()
}

var importBlock = regexp.MustCompile(`import \{\s+to\s+= \S+\s+id\s+= "[0-9a-f-]{36}"\s+\}`)

// TestAccKilled kills an apply after its VM was made and before the state was written. The next apply reports the VM and how to adopt it,
// and doing so leads to an empty plan.
func TestAccKilled(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("it finds the provider's process in /proc")
	}
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	ws := vc.NewWorkspace(t, wire, small(0, "5m"))
	ws.Apply()
	ws.Configure(small(1, "5m"))
	wire.Delay(200 * time.Millisecond)
	run := ws.Start(t.Context(), &bytes.Buffer{}, "apply", "-auto-approve", "-no-color")
	until(t, "a clone", func() bool { return len(vc.VMs("OpenStack/*")) == 1 })
	wire.Delay(3 * time.Second) // so that nothing else happens before the kill
	kill(t, run)
	wire.Delay(0)
	id := vc.VM("OpenStack/web-0").Config.InstanceUuid
	if strings.Contains(ws.Must("state", "pull"), id) {
		t.Fatal("the state was written before the kill")
	}
	out, err := ws.Run("apply", "-auto-approve", "-no-color")
	for _, part := range []string{`"web-0" exists already at /dc1/vm/OpenStack/web-0`, "its creation was finished",
		"states of other workspaces first", vc.User} {
		if err == nil || !strings.Contains(flat(out), part) {
			t.Errorf("%q is not in:\n%s", part, out)
		}
	}
	block := importBlock.FindString(strings.ReplaceAll(out, "│", ""))
	if !strings.Contains(block, id) {
		t.Fatalf("no import block with %s in:\n%s", id, out)
	}
	if vms := vc.VMs("OpenStack/*"); len(vms) != 1 || vms[0].Config.InstanceUuid != id {
		t.Fatalf("there are %d machines", len(vms))
	}
	ws.Configure(small(1, "5m") + strings.Replace(block, "novasphere_compute_instance.ADDRESS", "novasphere_compute_instance.web[0]", 1))
	if out := ws.Apply(); !strings.Contains(out, "1 imported, 0 added") || !strings.Contains(out, "0 destroyed") {
		t.Errorf("the import said:\n%s", out)
	}
	ws.Configure(small(1, "5m"))
	ws.PlanIsEmpty()
	if vm := vc.VM("OpenStack/web-0"); vm.Config.InstanceUuid != id || vm.Runtime.PowerState != "poweredOn" {
		t.Errorf("the machine is %s, %s", vm.Config.InstanceUuid, vm.Runtime.PowerState)
	}
}

// TestAccNameTaken: neither a foreign VM nor one of another workspace with the same name is touched.
func TestAccNameTaken(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{ForeignVMs: 4})
	wire := vc.Wire(t)
	first := vc.NewWorkspace(t, wire, small(1, "0s"))
	first.Apply()
	for name, says := range map[string]string{"foreign-00002": "this provider did not make it",
		"web-0": "and its creation was finished. It may belong to another workspace"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := vc.VM("OpenStack/" + name)
			ws := vc.NewWorkspace(t, wire, fmt.Sprintf(`
data "novasphere_networking_network" "n" { name = "public" }
resource "novasphere_compute_instance" "it" {
  name        = %q
  flavor_name = "m1.small"
  image_name  = "debian-12"
  wait_for_ip = "0s"
  network { uuid = data.novasphere_networking_network.n.id }
}`, name))
			out, err := ws.Run("apply", "-auto-approve", "-no-color")
			for _, part := range []string{says, "/dc1/vm/OpenStack/" + name, before.Config.InstanceUuid, "Choose another name"} {
				if err == nil || !strings.Contains(flat(out), part) {
					t.Errorf("%q is not in:\n%s", part, out)
				}
			}
			after := vc.VM("OpenStack/" + name)
			if after.Self != before.Self || after.Config.ChangeVersion != before.Config.ChangeVersion ||
				after.Runtime.PowerState != before.Runtime.PowerState {
				t.Error("the machine was touched")
			}
			// a plan that is refused leaves no state at all
			if out, _ := ws.Run("state", "list"); strings.Contains(out, "novasphere_compute_instance") {
				t.Error("the state has taken it over")
			}
		})
	}
}
