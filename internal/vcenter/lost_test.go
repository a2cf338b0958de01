// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// TestLostRead: reads are repeated if the connection is cut.
func TestLostRead(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"RetrievePropertiesEx", "FindByUuid"} {
		for where, cut := range cuts {
			t.Run(call+" "+where, func(t *testing.T) {
				t.Parallel()
				vc := acctest.Start(t, vcsim.Options{})
				wire := vc.Wire(t)
				c := clientOver(t, vc, wire)
				server := made(t, c, "web")
				wire.Take()
				wire.Cut(call, cut)
				read, err := c.Machines.Read(t.Context(), machine.Key{ID: server.ID})
				if err != nil || read.Name != "web" {
					t.Errorf("%q, %v", read.Name, err)
				}
				if calls, _ := wire.Take(); sum(calls, call) != map[string]int{"RetrievePropertiesEx": 2, "FindByUuid": 2}[call] {
					t.Errorf("the calls were %v", calls)
				}
			})
		}
	}
}

// TestReadRefusedForAMoment: a busy vCenter refuses the read of a task. The wait for the task goes on, and a lasting refusal is an error
// after some tries.
func TestReadRefusedForAMoment(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"InvalidState", "TaskInProgress"} {
		for refusals, fails := range map[int32]bool{1: false, 1000: true} {
			t.Run(fmt.Sprintf("%s %d times", fault, refusals), func(t *testing.T) {
				t.Parallel()
				vc := acctest.Start(t, vcsim.Options{})
				var refused, changed atomic.Int32
				between := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
					if call.Name == "ReconfigVM_Task" {
						changed.Add(1)
					}
					if call.Name != "RetrievePropertiesEx" || changed.Load() == 0 || refused.Add(1) > refusals {
						return nil
					}
					return acctest.Refusal(fault)
				})
				_, err := clientOver(t, vc, between).Flavors.Create(t.Context(), small)
				if (err != nil) != fails || changed.Load() != 1 || len(vc.Catalogue()) != 1 || fails && refused.Load() > 10 {
					t.Errorf("%v after %d changes and %d refusals; the catalogue holds %v", err, changed.Load(), refused.Load(), vc.Catalogue())
				}
			})
		}
	}
}

// TestLostChange: the connection is cut at each change in an instance's life. The result is as if nothing had happened.
func TestLostChange(t *testing.T) {
	t.Parallel()
	big := small
	big.ID, big.Name, big.VCPUs, big.RAM = "big", "m1.big", 4, 4096
	resize := func(ctx context.Context, c *vcenter.Client, s openstack.Server) error {
		s.Flavor, s.Name, s.Metadata = big, "web-2", map[string]string{"role": "db"}
		now, err := c.Servers.Update(ctx, machine.Key{ID: s.ID, MoRef: s.MoRef}, servers.Update{ServerSpec: s.ServerSpec})
		if err == nil && (now.VCPUs != 4 || now.Name != "web-2" || now.PowerState != openstack.Active) {
			err = fmt.Errorf("it became %+v", now)
		}
		return err
	}
	turnOff := func(ctx context.Context, c *vcenter.Client, s openstack.Server) error {
		s.PowerState = openstack.Shutoff
		_, err := c.Servers.Update(ctx, machine.Key{ID: s.ID, MoRef: s.MoRef}, servers.Update{ServerSpec: s.ServerSpec})
		return err
	}
	remove := func(ctx context.Context, c *vcenter.Client, s openstack.Server) error {
		return c.Servers.Delete(ctx, machine.Key{ID: s.ID, MoRef: s.MoRef}, false)
	}
	resized := func(vm mo.VirtualMachine) bool {
		return vm.Name == "web-2" && vm.Config.Hardware.NumCPU == 4 && vm.Config.Hardware.MemoryMB == 4096 && vm.Runtime.PowerState == "poweredOn"
	}
	for call, test := range map[string]struct {
		act  func(context.Context, *vcenter.Client, openstack.Server) error
		want func(mo.VirtualMachine) bool // nil: no VM is left
	}{
		"ReconfigVM_Task": {resize, resized},
		"ShutdownGuest":   {resize, resized},
		"PowerOnVM_Task":  {resize, resized},
		"PowerOffVM_Task": {remove, nil},
		"Destroy_Task":    {remove, nil},
		"FindByUuid":      {turnOff, func(vm mo.VirtualMachine) bool { return vm.Runtime.PowerState == "poweredOff" }},
	} {
		for where, cut := range cuts {
			t.Run(call+" "+where, func(t *testing.T) {
				t.Parallel()
				vc := acctest.Start(t, vcsim.Options{})
				wire := vc.Wire(t)
				c := clientOver(t, vc, wire)
				server := made(t, c, "web")
				wire.Take()
				wire.Cut(call, cut)
				if err := test.act(t.Context(), c, server); err != nil {
					t.Error(err)
				}
				vms := vc.VMs("OpenStack/*")
				if test.want == nil && len(vms) != 0 || test.want != nil && (len(vms) != 1 || !test.want(vms[0])) {
					t.Errorf("there are %d machines: %+v", len(vms), names(vms))
				}
				if calls, _ := wire.Take(); calls[call] == 0 && call != "FindByUuid" {
					t.Errorf("%s was never sent: %v", call, calls)
				}
			})
		}
	}
}

func names(vms []mo.VirtualMachine) (out []string) {
	for _, vm := range vms {
		out = append(out, fmt.Sprintf("%s %s %d vcpus", vm.Name, vm.Runtime.PowerState, vm.Config.Hardware.NumCPU))
	}
	return out
}
