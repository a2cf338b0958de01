// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TestLostClone: the connection is cut at the clone, which is sent once and never leads to a second VM.
func TestLostClone(t *testing.T) {
	t.Parallel()
	for where, cut := range cuts {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			wire := vc.Wire(t)
			c := clientOver(t, vc, wire)
			want := request(t, c, "web")
			wire.Cut("CloneVM_Task", cut)
			server, err := c.Servers.Create(t.Context(), want)
			vms := vc.VMs("OpenStack/*")
			if calls, _ := wire.Take(); calls["CloneVM_Task"] != 1 {
				t.Errorf("%d clones were sent", calls["CloneVM_Task"])
			}
			if cut == acctest.CutBefore {
				if err == nil || len(vms) != 0 || !strings.Contains(err.Error(), "cuts the connection before it answers") ||
					!strings.Contains(err.Error(), "apply again") {
					t.Errorf("%d machines, %v", len(vms), err)
				}
				if server, err = c.Servers.Create(t.Context(), want); err != nil {
					t.Fatal("the next try:", err)
				}
				vms = vc.VMs("OpenStack/*")
			}
			if err != nil || len(vms) != 1 {
				t.Fatalf("%d machines, %v", len(vms), err)
			}
			if vm := vms[0]; vm.Config.InstanceUuid != server.ID || vm.Self.Value != server.MoRef || vm.Runtime.PowerState != "poweredOn" ||
				server.PowerState != openstack.Active {
				t.Errorf("%s %s is %s, the server is %+v", vm.Config.InstanceUuid, vm.Self.Value, vm.Runtime.PowerState, server)
			}
		})
	}
}

// TestRefusedAfterClone: vCenter makes a VM and then returns a fault; the VM comes back with the error.
func TestRefusedAfterClone(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	between := vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name != "CloneVM_Task" {
			return nil
		}
		ask()
		for len(vc.VMs("OpenStack/*")) == 0 {
			time.Sleep(time.Millisecond)
		}
		return acctest.Refusal("InsufficientResourcesFault")
	})
	c := clientOver(t, vc, between)
	server, err := c.Servers.Create(t.Context(), request(t, c, "web"))
	if err == nil || !strings.Contains(err.Error(), "not enough resources") {
		t.Errorf("the error is %v", err)
	}
	if vm := vc.VM("OpenStack/web"); server.ID != vm.Config.InstanceUuid || server.MoRef != vm.Self.Value {
		t.Errorf("the machine %s is lost: %+v", vm.Config.InstanceUuid, server)
	}
}

// TestRefusedBeforeClone: a plain refusal leaves nothing to keep.
func TestRefusedBeforeClone(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	between := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name == "CloneVM_Task" {
			return acctest.Refusal("RestrictedVersion")
		}
		return nil
	})
	c := clientOver(t, vc, between)
	server, err := c.Servers.Create(t.Context(), request(t, c, "web"))
	if err == nil || !strings.Contains(err.Error(), "license") || server.ID != "" {
		t.Errorf("%+v, %v", server, err)
	}
}

// untilOver is a context that expires when the test closes over. A fixed time could be too short on a busy machine.
type untilOver struct {
	context.Context
	over chan struct{}
}

// Done returns the channel that is closed at the deadline.
func (c untilOver) Done() <-chan struct{} { return c.over }

// Err returns context.DeadlineExceeded after the deadline.
func (c untilOver) Err() error {
	select {
	case <-c.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// TestCloneOutOfTime: a clone that takes too long is cancelled, and what was made all the same comes back with the error.
func TestCloneOutOfTime(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ctx := untilOver{t.Context(), make(chan struct{})}
	var cloned, asked atomic.Bool
	wire := vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name == "CloneVM_Task" {
			defer cloned.Store(true)
			return ask()
		}
		if cloned.Load() && asked.CompareAndSwap(false, true) { // the clone's progress is read
			for len(vc.VMs("OpenStack/web")) == 0 {
				time.Sleep(time.Millisecond)
			}
			close(ctx.over)
		}
		return nil
	})
	c := clientOver(t, vc, wire)
	server, err := c.Servers.Create(ctx, request(t, c, "web"))
	if err == nil || !strings.Contains(err.Error(), "longer than its timeout allows") {
		t.Fatalf("the error is %v", err)
	}
	if vm := vc.VM("OpenStack/web"); server.ID != vm.Config.InstanceUuid || server.MoRef != vm.Self.Value {
		t.Errorf("the machine %s is lost: %+v", vm.Config.InstanceUuid, server)
	}
}

// TestInterruptedBeforeClone: nothing is begun after an interrupt.
func TestInterruptedBeforeClone(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	c := clientOver(t, vc, wire)
	want := request(t, c, "web")
	made(t, c, "warm-up")
	wire.Take()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if server, err := c.Servers.Create(ctx, want); err == nil || server.ID != "" {
		t.Errorf("%+v, %v", server, err)
	}
	if calls, _ := wire.Take(); calls["CloneVM_Task"] != 0 {
		t.Errorf("it cloned: %v", calls)
	}
}
