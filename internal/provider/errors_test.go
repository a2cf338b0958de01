// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const oneFlavor = `
provider "novasphere" {}
resource "novasphere_compute_flavor" "f" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 5
}
`

// flat returns a command's output in one line, without the frame around diagnostics.
func flat(out string) string {
	return strings.Join(strings.Fields(regexp.MustCompile(`[│╷╵]`).ReplaceAllString(out, " ")), " ")
}

// TestAccLoginErrors: a user whose vCenter cannot be reached soon gets one clear sentence, without a trace of Go or of the password.
func TestAccLoginErrors(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	old := acctest.Start(t, vcsim.Options{APIVersion: "6.7.3"})
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	wire := vc.Wire(t)
	for name, test := range map[string]struct {
		wire *acctest.Wire
		env  []string
		says string
	}{
		"wrong password": {wire, []string{"VSPHERE_PASSWORD=s3cret-not-this"}, "check user and password (VSPHERE_USER, VSPHERE_PASSWORD)"},
		"unreachable": {&acctest.Wire{Server: closed.Addr().String(), CAFile: wire.CAFile}, nil,
			"cannot be reached (connection refused): check vsphere_server"},
		"unknown name": {&acctest.Wire{Server: "vcenter.invalid", CAFile: wire.CAFile}, nil,
			`the host name in "vcenter.invalid" cannot be resolved: check vsphere_server (VSPHERE_SERVER).`},
		"untrusted": {&acctest.Wire{Server: wire.Server, CAFile: vc.CAFile}, nil,
			"set ca_file to the authority that signed it, or allow_unverified_ssl = true"},
		"too old":   {old.Wire(t), nil, "needs vCenter 7.0 or later."},
		"no server": {&acctest.Wire{}, []string{"NOVASPHERE_CA_FILE="}, "set the environment variable VSPHERE_SERVER."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := filepath.Join(t.TempDir(), "trace.log")
			ws := vc.NewWorkspace(t, test.wire, oneFlavor+`data "novasphere_compute_flavor" "other" { name = "x" }`,
				append([]string{"TF_LOG=TRACE", "TF_LOG_PATH=" + log}, test.env...)...)
			start := time.Now()
			out, err := ws.Run("plan", "-no-color")
			if took := time.Since(start); took > time.Minute { // for a busy computer; a call is otherwise waited for some minutes
				t.Errorf("it took %s", took)
			}
			if err == nil || !strings.Contains(flat(out), test.says) {
				t.Errorf("%q is not in:\n%s", test.says, out)
			}
			trace, err := os.ReadFile(log)
			if err != nil || len(trace) == 0 {
				t.Fatalf("no log: %v", err)
			}
			for what, text := range map[string]string{"output": out, "log": string(trace)} {
				for _, secret := range []string{"s3cret", vc.Password} {
					if strings.Contains(text, secret) {
						t.Errorf("the password is in the %s", what)
					}
				}
				if strings.Contains(text, "goroutine ") || strings.Contains(text, "panic:") {
					t.Errorf("there is a Go stack in the %s", what)
				}
			}
		})
	}
}

// TestAccPasswordStaysSecret traces a whole life and searches the trace for the password.
func TestAccPasswordStaysSecret(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Password: "s3cret-and-long"})
	log := filepath.Join(t.TempDir(), "trace.log")
	ws := vc.NewWorkspace(t, vc.Wire(t), oneFlavor, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	out := ws.Apply() + ws.Destroy()
	trace, err := os.ReadFile(log)
	if err != nil || !bytes.Contains(trace, []byte("novasphere")) {
		t.Fatalf("no log: %v", err)
	}
	if strings.Contains(out, "s3cret") || bytes.Contains(trace, []byte("s3cret")) {
		t.Error("the password was printed")
	}
}

// TestAccRefusedHalfWay: the vCenter refuses a call after an instance was made. The instance is in the state, tainted, and the next apply
// succeeds with one VM.
func TestAccRefusedHalfWay(t *testing.T) {
	t.Parallel()
	for refused, fault := range map[string]string{"CloneVM_Task": "InsufficientResourcesFault", "ReconfigVM_Task": "GenericVmConfigFault"} {
		t.Run(refused, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{Unmodified: refused == "ReconfigVM_Task"}) // the plain simulator needs a second call
			var off atomic.Bool
			wire := vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
				switch {
				case off.Load() || call.Name != refused || refused == "ReconfigVM_Task" && !bytes.Contains(call.Body, []byte("deviceChange")) &&
					!bytes.Contains(call.Body, []byte("cpuAllocation")):
					return nil
				case refused == "CloneVM_Task":
					ask()
					for len(vc.VMs("OpenStack/*")) == 0 {
						time.Sleep(time.Millisecond)
					}
				}
				return acctest.Refusal(fault)
			})
			ws := vc.NewWorkspace(t, wire, small(1, "0s"))
			out, err := ws.Run("apply", "-auto-approve", "-no-color")
			if err == nil || !strings.Contains(out, "refused by the test") && !strings.Contains(flat(out), "not enough resources") {
				t.Fatalf("the apply did not fail as it should: %v\n%s", err, out)
			}
			vm := vc.VM("OpenStack/web-0")
			if state := ws.Must("state", "show", "-no-color", "novasphere_compute_instance.web[0]"); !strings.Contains(state, "(tainted)") ||
				!strings.Contains(state, vm.Config.InstanceUuid) {
				t.Errorf("the state holds:\n%s", state)
			}
			off.Store(true)
			ws.Apply()
			if now := vc.VM("OpenStack/web-0"); now.Config.InstanceUuid == vm.Config.InstanceUuid {
				t.Error("the half-made machine was kept")
			}
			ws.PlanIsEmpty()
		})
	}
}
