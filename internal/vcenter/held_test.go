// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"errors"
	"maps"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

var holdings = map[string]vcsim.Holding{"busy": vcsim.Busy, "unfit": vcsim.Unfit, "queued": vcsim.Queued}

// holdTime is how long the other task holds a VM.
const holdTime = 400 * time.Millisecond

// heldMachine is a VM that another task holds for a while, starting at a given call.
type heldMachine struct {
	vc    *acctest.VCenter
	how   vcsim.Holding
	at    string      // the call; empty: from the beginning
	ready atomic.Bool // the VM is made
	once  sync.Once
	all   sync.WaitGroup

	mu      sync.Mutex
	refused map[string]int
}

func (h *heldMachine) begin() {
	h.once.Do(func() {
		release := h.vc.Hold(h.vc.VM("OpenStack/web").Self, h.how)
		h.all.Go(func() {
			time.Sleep(holdTime)
			refused := release()
			h.mu.Lock()
			defer h.mu.Unlock()
			h.refused = maps.Clone(refused)
		})
	})
}

// count returns the calls that were not refused because of the other task.
func (h *heldMachine) count() powerCalls {
	h.all.Wait()
	calls := powerCallsOf(h.vc)
	h.mu.Lock()
	defer h.mu.Unlock()
	return powerCalls{calls.shutdowns - h.refused["ShutdownGuest"], calls.offs - h.refused["PowerOffVM_Task"],
		calls.changes - h.refused["ReconfigVM_Task"], calls.starts - h.refused["PowerOnVM_Task"]}
}

// TestHeldMachine: a change of a VM that another client's snapshot holds is made once that is over, and only once.
func TestHeldMachine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]heldTest{
		"resize": {"", resize, powerCalls{1, 0, 1, 1}}, "resize, held while the guest is off": {"ReconfigVM_Task", resize,
			powerCalls{1, 0, 1, 1}},
		"resize, held at the start": {"PowerOnVM_Task", resize, powerCalls{1, 0, 1, 1}},
		"rename": {"", func(t *testing.T, c *vcenter.Client, s openstack.Server) error {
			s.Name = "www"
			_, err := c.Servers.Update(t.Context(), machine.Key{ID: s.ID, MoRef: s.MoRef}, servers.Update{ServerSpec: s.ServerSpec})
			return err
		}, powerCalls{0, 0, 1, 0}},
		"suspend": {"", func(t *testing.T, c *vcenter.Client, s openstack.Server) error {
			s.PowerState = openstack.Suspended
			_, err := c.Servers.Update(t.Context(), machine.Key{ID: s.ID, MoRef: s.MoRef}, servers.Update{ServerSpec: s.ServerSpec})
			return err
		}, powerCalls{}},
		"attach": {"", func(t *testing.T, c *vcenter.Client, s openstack.Server) error {
			network, err := c.Networks.Network(t.Context(), "", "public")
			if err == nil {
				_, err = c.Servers.AttachInterface(t.Context(), s.ID, network, openstack.NIC{Port: uuid.NewString(), MAC: openstack.RandomMAC()})
			}
			return err
		}, powerCalls{0, 0, 1, 0}},
		"destroy": {"", func(t *testing.T, c *vcenter.Client, s openstack.Server) error {
			return c.Servers.Delete(t.Context(), machine.Key{ID: s.ID, MoRef: s.MoRef}, true)
		}, powerCalls{1, 0, 0, 0}},
		"destroy, held while it is off": {"Destroy_Task", func(t *testing.T, c *vcenter.Client, s openstack.Server) error {
			return c.Servers.Delete(t.Context(), machine.Key{ID: s.ID, MoRef: s.MoRef}, false)
		}, powerCalls{0, 1, 0, 0}},
	} {
		for how, holding := range holdings {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				vc := c.run(t, holding)
				if strings.HasPrefix(name, "resize") {
					isRunning(t, vc.VM("OpenStack/web"), 4)
				}
			})
		}
	}
}

// heldTest is one change of a VM that another task holds.
type heldTest struct {
	at   string // the call at which the other task starts; empty: before the change
	do   func(t *testing.T, c *vcenter.Client, s openstack.Server) error
	want powerCalls
}

// run makes a VM, has another task hold it, changes it, and counts the calls.
func (c heldTest) run(t *testing.T, holding vcsim.Holding) *acctest.VCenter {
	t.Helper()
	vc := acctest.Start(t, vcsim.Options{})
	h := &heldMachine{vc: vc, how: holding, at: c.at}
	client := clientOver(t, vc, vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if h.at != "" && call.Name == h.at && h.ready.Load() {
			h.begin()
		}
		return nil
	}))
	server := made(t, client, "web")
	vc.ResetCalls()
	h.ready.Store(true)
	if h.at == "" {
		h.begin()
	}
	if err := c.do(t, client, server); err != nil {
		t.Error(err)
	}
	if got := h.count(); got != c.want {
		t.Errorf("the calls that counted were %+v, not %+v; refused were %v", got, c.want, h.refused)
	}
	return vc
}

func resize(t *testing.T, c *vcenter.Client, s openstack.Server) error {
	_, err := resizedTo(t, c, s, 4)
	return err
}

// TestHeldTooLong: at the deadline the error tells what holds the VM, and the guest was not touched.
func TestHeldTooLong(t *testing.T) {
	t.Parallel()
	for how, holding := range holdings {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			client := clientOver(t, vc, vc.Wire(t))
			server := made(t, client, "web")
			release := vc.Hold(vc.VM("OpenStack/web").Self, holding)
			defer release()
			ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
			defer stop()
			server.Name = "www"
			_, err := client.Servers.Update(ctx, machine.Key{ID: server.ID, MoRef: server.MoRef},
				servers.Update{ServerSpec: server.ServerSpec})
			for _, says := range []string{"reconfiguring web", "another task holds the machine: VirtualMachine.createSnapshot",
				"on web, started by vcsim", "cancel it"} {
				if err == nil || !strings.Contains(err.Error(), says) {
					t.Errorf("the error %v does not say %q", err, says)
				}
			}
			if vm := vc.VM("OpenStack/web"); vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
				t.Errorf("it is %s", vm.Runtime.PowerState)
			}
		})
	}
}

// TestHeldAndInterrupted: an interrupt ends the wait, also for one NIC that others could be attached with.
func TestHeldAndInterrupted(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(ctx context.Context, t *testing.T, c *vcenter.Client, s openstack.Server) error{
		"resize": func(ctx context.Context, _ *testing.T, c *vcenter.Client, s openstack.Server) error {
			s.Flavor = openstack.Flavor{ID: "sized", Name: "m1.sized", VCPUs: 2, RAM: 2048, Disk: 5, RxTxFactor: 1}
			_, err := c.Servers.Update(ctx, machine.Key{ID: s.ID, MoRef: s.MoRef}, servers.Update{ServerSpec: s.ServerSpec})
			return err
		},
		"attach": func(ctx context.Context, t *testing.T, c *vcenter.Client, s openstack.Server) error {
			network, err := c.Networks.Network(t.Context(), "", "public")
			if err != nil {
				return err
			}
			nic, err := c.Servers.AttachInterface(ctx, s.ID, network, openstack.NIC{})
			if nic.MAC != "" {
				t.Errorf("the NIC %+v is kept, which was never begun", nic)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			client := clientOver(t, vc, vc.Wire(t))
			server := made(t, client, "web")
			vc.ResetCalls()
			release := vc.Hold(vc.VM("OpenStack/web").Self, vcsim.Busy)
			defer release()
			ctx, interrupt := context.WithCancel(t.Context())
			time.AfterFunc(300*time.Millisecond, interrupt)
			begun := time.Now()
			err := do(ctx, t, client, server)
			if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "another task holds the machine") ||
				time.Since(begun) > 10*time.Second {
				t.Errorf("after %s the error is %v", time.Since(begun), err)
			}
			if calls := powerCallsOf(vc); calls.offs != 0 || calls.starts != 0 {
				t.Errorf("the calls were %+v", calls)
			}
		})
	}
}
