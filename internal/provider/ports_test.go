// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const pool = `
resource "novasphere_networking_network" "lab" {
  name = "lab"
  segments { segmentation_id = 100 }
}
resource "novasphere_networking_subnet" "lab" {
  network_id = novasphere_networking_network.lab.id
  cidr       = %q
}
`

const ofPool = `
resource "novasphere_networking_port" "p" {
  count      = %d
  name       = "p-${count.index}"
  network_id = %s
  fixed_ip { subnet_id = %s }
}
`

// ownPool returns a network with a subnet and some ports in one configuration.
func ownPool(cidr string, ports int) string {
	return fmt.Sprintf(pool, cidr) + fmt.Sprintf(ofPool, ports, "novasphere_networking_network.lab.id", "novasphere_networking_subnet.lab.id")
}

// claims counts the recorded ports, and fails the test where two of them share an address or a MAC.
func claims(t *testing.T, vc *acctest.VCenter) (ports int) {
	t.Helper()
	taken := map[string]string{}
	for _, vm := range vc.VMs("novasphere/novasphere-network-*") {
		for key, text := range acctest.Extra(vm) {
			if !strings.HasPrefix(key, "novasphere.port.") || text == "" {
				continue
			}
			var record struct {
				Value struct {
					MAC      string `json:"mac"`
					FixedIPs []struct {
						Address string `json:"address"`
					} `json:"fixed_ips"`
				} `json:"value"`
			}
			if err := json.Unmarshal([]byte(text), &record); err != nil || len(record.Value.FixedIPs) != 1 {
				t.Fatalf("%s: %s, %v", key, text, err)
			}
			ports++
			for _, claim := range []string{record.Value.MAC, record.Value.FixedIPs[0].Address} {
				if taken[claim] != "" {
					t.Errorf("%s and %s both have %s", taken[claim], key, claim)
				}
				taken[claim] = key
			}
		}
	}
	return ports
}

// TestAccCallsPerPort: a hundred ports with their addresses cost at most 400 calls in all, and their plan at most 40.
func TestAccCallsPerPort(t *testing.T) { //nolint:paralleltest // how many calls are combined depends on the load of the computer
	const n = 100
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	ws := vc.NewWorkspace(t, wire, ownPool("10.0.0.0/24", n))
	measure := func(step string, most int, act func()) {
		start := time.Now()
		act()
		calls, bytes := wire.Take()
		t.Logf("%-8s %4d calls, %5d KiB, %4.1f s", step, acctest.Total(calls), bytes>>10, time.Since(start).Seconds())
		if acctest.Total(calls) > most {
			t.Errorf("%s: %d calls, more than %d: %s", step, acctest.Total(calls), most, callList(calls))
		}
	}
	measure("create", 400, func() { ws.Apply() })
	if have := claims(t, vc); have != n {
		t.Errorf("%d ports are recorded", have)
	}
	measure("plan", 40, ws.PlanIsEmpty)
	measure("destroy", 400, func() { ws.Destroy() })
	if left := vc.VMs("novasphere/novasphere-network-*"); len(left) > 0 {
		t.Error("the network's records are left")
	}
}

// TestAccTwoWorkspacesOnePool: two Terraform processes request two hundred ports each of one /24 at the same time: each address is given
// once, and the requests that come too late are refused.
func TestAccTwoWorkspacesOnePool(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	base := vc.NewWorkspace(t, wire, fmt.Sprintf(pool, "10.0.0.0/24"))
	base.Apply()
	data := `
data "novasphere_networking_subnet" "lab" { cidr = "10.0.0.0/24" }
` + fmt.Sprintf(ofPool, 200, "data.novasphere_networking_subnet.lab.network_id", "data.novasphere_networking_subnet.lab.id")
	both := []*acctest.Workspace{vc.NewWorkspace(t, wire, data), vc.NewWorkspace(t, wire, data)}
	var failures [2]int
	var all sync.WaitGroup
	for i, ws := range both {
		all.Go(func() {
			out, _ := ws.Run("apply", "-auto-approve", "-no-color")
			failures[i] = strings.Count(out, "no address is left")
		})
	}
	all.Wait()
	if have := claims(t, vc); have != 253 || failures[0]+failures[1] != 147 {
		t.Errorf("%d ports have an address, %d and %d were told that none is left", have, failures[0], failures[1])
	}
	for _, ws := range both {
		ws.Destroy()
	}
	if have := claims(t, vc); have != 0 {
		t.Errorf("%d ports are left", have)
	}
	again := vc.NewWorkspace(t, wire, strings.Replace(data, "200", "253", 1))
	again.Apply()
	if have := claims(t, vc); have != 253 {
		t.Errorf("of the whole pool %d addresses are to be had", have)
	}
	again.Destroy()
	base.Destroy()
}

var (
	offered = regexp.MustCompile(`import \{\s*to = (\w+)\.ADDRESS\s*id = ("[^"]+")\s*\}`)
	located = regexp.MustCompile(`with (novasphere_\S+),`)
)

// TestAccKilledClaims kills Terraform and the provider at ten moments of an apply. The next runs succeed with the import blocks that
// errors offer; no address is given twice; and leftovers can be listed.
func TestAccKilledClaims(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("it finds the provider's process in /proc")
	}
	const n = 200
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	wire.Delay(30 * time.Millisecond) // so that a kill falls between a claim and its answer
	config := ownPool("10.0.0.0/23", n)
	ws := vc.NewWorkspace(t, wire, config)
	for round := range 10 {
		run := ws.Start(t.Context(), &bytes.Buffer{}, "apply", "-auto-approve", "-no-color")
		moment := time.Duration(rand.IntN(1500)) * time.Millisecond
		if round%2 == 1 { // some time after the first claim of this run
			before := vc.Calls()["ReconfigVM_Task"]
			for end := time.Now().Add(10 * time.Second); vc.Calls()["ReconfigVM_Task"] == before && time.Now().Before(end); {
				time.Sleep(5 * time.Millisecond)
			}
			moment /= 5
		}
		time.Sleep(moment)
		slay(run)
		claims(t, vc)
		config = adopt(t, ws, config)
	}
	wire.Delay(0)
	ws.Apply()
	ws.PlanIsEmpty()
	leftovers := claims(t, vc) - n
	ws.Configure(config + "data \"novasphere_networking_ports\" \"free\" { unplugged = true }\noutput \"n\" { value = " +
		"length(data.novasphere_networking_ports.free.ids) }\n")
	ws.Apply()
	if out := strings.TrimSpace(ws.Must("output", "-no-color", "n")); out != fmt.Sprint(n+leftovers) {
		t.Errorf("the data source lists %s ports, and there are %d", out, n+leftovers)
	}
	t.Logf("%d ports are left over", leftovers)
}

// slay is kill for a command that may be at its beginning, without a provider yet, or at its end.
func slay(cmd *exec.Cmd) {
	pids := []int{cmd.Process.Pid}
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", cmd.Process.Pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, field := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(field); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGKILL) // an ended process needs no kill
	}
	_ = cmd.Wait()
}

// adopt adds the import blocks that the errors of a plan or apply offer.
func adopt(t *testing.T, ws *acctest.Workspace, config string) string {
	t.Helper()
	out, err := ws.Run("apply", "-auto-approve", "-no-color", "-target=novasphere_networking_subnet.lab")
	if err == nil {
		return config
	}
	text := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", " ")), " ")
	block, at := offered.FindStringSubmatch(text), located.FindStringSubmatch(text)
	if block == nil || at == nil {
		t.Fatalf("no import block is offered:\n%s", out)
	}
	config += fmt.Sprintf("import {\n  to = %s\n  id = %s\n}\n", at[1], block[2])
	ws.Configure(config)
	return adopt(t, ws, config)
}

// TestAccCallsOfPluggedInstances: an instance on its own port, which is booked on the switch, costs little more than one on a plain
// network, and a plan of many makes as few calls.
//
//nolint:paralleltest // how many calls are combined depends on the load of the computer
func TestAccCallsOfPluggedInstances(t *testing.T) {
	const n = 40
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	ws := vc.NewWorkspace(t, wire, ownPool("10.0.0.0/24", n)+fmt.Sprintf(`
resource "novasphere_compute_flavor" "f" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}
resource "novasphere_compute_instance" "web" {
  count       = %d
  name        = "web-${count.index}"
  flavor_name = novasphere_compute_flavor.f.name
  image_name  = "debian-12"
  network { port = novasphere_networking_port.p[count.index].id }
}
`, n))
	for _, step := range []struct {
		name string
		most float64
		act  func()
	}{{"create", 6, func() { ws.Apply() }}, {"plan", 0.5, ws.PlanIsEmpty}, {"destroy", 6, func() { ws.Destroy() }}} {
		step.act()
		calls, _ := wire.Take()
		t.Logf("%-8s %5.2f calls per instance with its port", step.name, float64(acctest.Total(calls))/n)
		checkBudget(t, step.name, calls, n, step.most)
	}
}
