// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"context"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const kindOfInstance = "novasphere_compute_instance"

// scene is a vCenter with the instance web that this provider has made.
type scene struct {
	t      *testing.T
	vc     *acctest.VCenter
	p      *protocol.Provider
	wanted map[string]any
	web    protocol.Object
	id     string
}

// sceneOf makes web, with more arguments.
func sceneOf(t *testing.T, more map[string]any) *scene {
	t.Helper()
	vc := acctest.Start(t, vcsim.Options{})
	s := &scene{t: t, vc: vc, p: vc.Provider(t, nil)}
	for name, disk := range map[string]int{"a.small": 20, "a.large": 40} {
		s.p.Bring("novasphere_compute_flavor", map[string]any{"name": name, "vcpus": 1, "ram": 512, "disk": disk},
			s.p.None("novasphere_compute_flavor"))
	}
	s.wanted = map[string]any{"name": "web", "flavor_name": "a.small", "image_name": "debian-12", "wait_for_ip": "0s",
		"network": []any{map[string]any{"name": "public"}}}
	maps.Copy(s.wanted, more)
	s.web = s.p.Bring(kindOfInstance, s.wanted, s.p.None(kindOfInstance))
	s.id = s.vm().Config.InstanceUuid
	return s
}

// vm returns web as the vCenter has it.
func (s *scene) vm() mo.VirtualMachine { return s.vc.VM("OpenStack/web") }

// config returns the configuration of an action about web.
func (s *scene) config(more map[string]any) map[string]any {
	config := map[string]any{"instance_id": s.id}
	maps.Copy(config, more)
	return config
}

// invoke invokes an action about web, and fails the test on an error.
func (s *scene) invoke(action string, more map[string]any) protocol.Invoked {
	s.t.Helper()
	out := s.p.Invoke("novasphere_compute_instance_"+action, s.config(more))
	if len(protocol.Errors(out.Said)) > 0 || !out.Ended || len(out.Progress) == 0 {
		s.t.Fatalf("%s: %v, %q, ended: %t", action, out.Said, out.Progress, out.Ended)
	}
	return out
}

// refused fails the test unless an action about web is refused at an attribute, with a text, at plan or when it is invoked.
func (s *scene) refused(action string, more map[string]any, attribute, text string) {
	s.t.Helper()
	refusal(s.t, s.p.Invoke("novasphere_compute_instance_"+action, s.config(more)).Said, attribute, text)
}

func refusal(t *testing.T, said []protocol.Diagnostic, attribute, text string) {
	t.Helper()
	errors := protocol.Errors(said)
	if len(errors) != 1 || errors[0].Attribute != attribute || !strings.Contains(errors[0].Text, text) {
		t.Errorf("it is not refused at %q with %q: %v", attribute, text, said)
	}
}

// next reads web and plans its configuration, as the next plan does.
func (s *scene) next(more map[string]any) protocol.Plan {
	s.t.Helper()
	now, said := s.p.Read(s.web)
	if len(protocol.Errors(said)) > 0 {
		s.t.Fatal(said)
	}
	s.web = now
	wanted := maps.Clone(s.wanted)
	maps.Copy(wanted, more)
	plan := s.p.Plan(kindOfInstance, wanted, now)
	plan.Diagnostics = append(said, plan.Diagnostics...)
	return plan
}

// quiet fails the test unless the next plan shows and says nothing.
func (s *scene) quiet() {
	s.t.Helper()
	if plan := s.next(nil); plan.Action != protocol.Nothing || len(plan.Diagnostics) > 0 {
		s.t.Errorf("the next plan shows %s: %v", plan.Action, plan.Diagnostics)
	}
}

// stops is how often a guest was stopped since the calls were counted anew.
func (s *scene) stops() int {
	calls := s.vc.Calls()
	return calls["ShutdownGuest"] + calls["PowerOffVM_Task"]
}

// act does something to web behind the provider's back.
func (s *scene) act(do func(context.Context, *object.VirtualMachine) (*object.Task, error)) {
	s.t.Helper()
	task, err := do(s.t.Context(), object.NewVirtualMachine(s.vc.Client().Client, s.vm().Self))
	if err == nil {
		err = task.Wait(s.t.Context())
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// dying returns a provider whose process is killed at the nth call of a name: before the vCenter has it, or once it was sent.
func (s *scene) dying(call string, nth int32, sent bool) *protocol.Provider {
	s.t.Helper()
	var dead atomic.Bool
	var count atomic.Int32
	wire := s.vc.Between(s.t, func(c acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if dead.Load() {
			return acctest.Refusal("RuntimeFault")
		}
		if c.Name != call || count.Add(1) != nth {
			return nil
		}
		dead.Store(true)
		if sent {
			ask()
		}
		return acctest.Refusal("RuntimeFault")
	})
	return s.vc.Provider(s.t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile})
}

// watched returns a provider, and what it sends of some calls in their order. To have a guest stop itself is to stop it.
func (s *scene) watched(calls ...string) (p *protocol.Provider, sent func() []string) {
	s.t.Helper()
	var mu sync.Mutex
	var seen []string
	wire := s.vc.Between(s.t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		name := c.Name
		if name == "ShutdownGuest" {
			name = "PowerOffVM_Task"
		}
		if slices.Contains(calls, name) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, name)
		}
		return nil
	})
	return s.vc.Provider(s.t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile}), func() []string {
		mu.Lock()
		defer mu.Unlock()
		defer func() { seen = nil }()
		return seen
	}
}

// kill is a call at which an action is killed.
type kill struct {
	call string
	nth  int32
}

// killed has an action killed at a call, waits until its guest has gone down where it was told to, and invokes it again.
func (s *scene) killed(action string, at kill, sent bool) {
	s.t.Helper()
	out := s.dying(at.call, at.nth, sent).Invoke("novasphere_compute_instance_"+action, s.config(nil))
	if len(protocol.Errors(out.Said)) == 0 {
		s.t.Fatalf("%s was not killed: %q", action, out.Progress)
	}
	if at.call == "ShutdownGuest" && sent {
		for s.vm().Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
			if s.t.Context().Err() != nil {
				s.t.Fatal("the guest does not go down")
			}
		}
	}
	s.invoke(action, nil)
}

// eachKill runs a test for each call, killed before it is sent and after.
func eachKill(t *testing.T, all []kill, test func(t *testing.T, at kill, sent bool)) {
	for _, at := range all {
		for _, sent := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s %d sent %t", at.call, at.nth, sent), func(t *testing.T) {
				t.Parallel()
				test(t, at, sent)
			})
		}
	}
}
