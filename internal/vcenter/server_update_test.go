// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// powerCalls counts how often a guest was stopped and started, and how often its VM was reconfigured.
type powerCalls struct{ shutdowns, offs, changes, starts int }

func powerCallsOf(vc *acctest.VCenter) powerCalls {
	calls := vc.Calls()
	return powerCalls{calls["ShutdownGuest"], calls["PowerOffVM_Task"], calls["ReconfigVM_Task"], calls["PowerOnVM_Task"]}
}

// resizedTo resizes an instance to a number of vCPUs.
func resizedTo(t *testing.T, c *vcenter.Client, s openstack.Server, vcpus int64) (openstack.Server, error) {
	t.Helper()
	s.Flavor = openstack.Flavor{ID: "sized", Name: "m1.sized", VCPUs: vcpus, RAM: 1024 * vcpus, Disk: 5, RxTxFactor: 1}
	return c.Servers.Update(t.Context(), machine.Key{ID: s.ID, MoRef: s.MoRef}, servers.Update{ServerSpec: s.ServerSpec})
}

func isRunning(t *testing.T, vm mo.VirtualMachine, cpus int32) {
	t.Helper()
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn || vm.Config.Hardware.NumCPU != cpus {
		t.Errorf("%s is %s and has %d vcpus, not %d", vm.Name, vm.Runtime.PowerState, vm.Config.Hardware.NumCPU, cpus)
	}
}

// TestResizesOfARunningGuest: power operations increase changeVersion, as in every real vCenter, and each resize without hot-add is one
// shutdown, one reconfigure and one start.
func TestResizesOfARunningGuest(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		c := clientOver(t, vc, vc.Wire(t))
		server := made(t, c, "web")
		vc.ResetCalls()
		for i := int64(2); i <= 4; i++ {
			now, err := resizedTo(t, c, server, i)
			if err != nil {
				t.Fatal(err)
			}
			server = now
		}
		if calls := powerCallsOf(vc); calls != (powerCalls{3, 0, 3, 3}) {
			t.Errorf("three resizes made the calls %+v", calls)
		}
		isRunning(t, vc.VM("OpenStack/web"), 4)
	})
}

// TestPowerMovesChangeVersion: the simulator increases changeVersion at power operations, without which the tests above prove nothing.
func TestPowerMovesChangeVersion(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	made(t, clientOver(t, vc, vc.Wire(t)), "web")
	seen := map[string]bool{vc.VM("OpenStack/web").Config.ChangeVersion: true}
	vm := object.NewVirtualMachine(vc.Client().Client, vc.VM("OpenStack/web").Self)
	for _, start := range []func() (*object.Task, error){
		func() (*object.Task, error) { return vm.PowerOff(t.Context()) }, func() (*object.Task, error) { return vm.PowerOn(t.Context()) },
		func() (*object.Task, error) { return vm.Suspend(t.Context()) },
	} {
		task, err := start()
		if err == nil {
			err = task.Wait(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		version := vc.VM("OpenStack/web").Config.ChangeVersion
		if seen[version] || !strings.Contains(version, "T") {
			t.Errorf("the version %s is there again, or is no time", version)
		}
		seen[version] = true
	}
}

// onCall calls act when a call arrives, before vCenter has it, and answers what act returns unless that is nil.
func onCall(t *testing.T, vc *acctest.VCenter, name string, act func(times int32) *httptest.ResponseRecorder) *acctest.Wire {
	var times atomic.Int32
	return vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name != name {
			return nil
		}
		return act(times.Add(1))
	})
}

// byHand changes a VM outside the provider.
func byHand(t *testing.T, vc *acctest.VCenter, path string, spec types.VirtualMachineConfigSpec) {
	t.Helper()
	vm, err := find.NewFinder(vc.Client().Client).VirtualMachine(t.Context(), vc.Datacenter(1)+"/vm/"+path)
	var task *object.Task
	if err == nil {
		task, err = vm.Reconfigure(t.Context(), spec)
	}
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Error(err)
	}
}

// TestResizeMeetsAnotherChange: a change by another client while the guest shuts down counts, and costs no second stop.
func TestResizeMeetsAnotherChange(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		c := clientOver(t, vc, onCall(t, vc, "ReconfigVM_Task", func(times int32) *httptest.ResponseRecorder {
			if times <= 3 {
				byHand(t, vc, "OpenStack/web",
					types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: "backup.turn",
						Value: strings.Repeat("x", int(times))}}})
			}
			return nil
		}))
		server := made(t, c, "web")
		vc.ResetCalls()
		if _, err := resizedTo(t, c, server, 4); err != nil {
			t.Fatal(err)
		}
		if calls := powerCallsOf(vc); calls != (powerCalls{1, 0, 7, 1}) { // three by hand, three refused, one made
			t.Errorf("the calls were %+v", calls)
		}
		isRunning(t, vc.VM("OpenStack/web"), 4)
		if acctest.Extra(vc.VM("OpenStack/web"))["backup.turn"] != "xxx" {
			t.Error("what somebody else has written is gone")
		}
	})
}

// TestRefusedResizeLeavesTheGuestRunning: a change that is refused, at once or at every try until the deadline, leaves the guest running
// as it was.
func TestRefusedResizeLeavesTheGuestRunning(t *testing.T) {
	t.Parallel()
	for fault, tries := range map[string]int32{"NoPermission": 1, "ConcurrentAccess": 4} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			var seen atomic.Int32
			c := clientOver(t, vc, onCall(t, vc, "ReconfigVM_Task", func(times int32) *httptest.ResponseRecorder {
				seen.Store(times)
				return acctest.Refusal(fault)
			}))
			server := made(t, c, "web")
			vc.ResetCalls()
			ctx, stop := context.WithTimeout(t.Context(), 4*time.Second)
			defer stop()
			server.Flavor = openstack.Flavor{ID: "sized", Name: "m1.sized", VCPUs: 4, RAM: 4096, Disk: 5, RxTxFactor: 1}
			if _, err := c.Servers.Update(ctx, machine.Key{ID: server.ID, MoRef: server.MoRef},
				servers.Update{ServerSpec: server.ServerSpec}); err == nil ||
				// the deadline may pass while it is read again
				!strings.Contains(err.Error(), "reconfiguring web") && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the error is %v", err)
			}
			if calls := powerCallsOf(vc); calls != (powerCalls{1, 0, 0, 1}) || seen.Load() < tries || seen.Load() > 20*tries {
				t.Errorf("the calls were %+v, after %d tries", calls, seen.Load())
			}
			isRunning(t, vc.VM("OpenStack/web"), 1)
		})
	}
}

// TestRefusedResizeOfASlowGuest: a guest that shuts down more slowly than the change may take is started again once it is off, and does
// not count as running before.
func TestRefusedResizeOfASlowGuest(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	accepted := make(chan struct{})
	c := clientOver(t, vc, vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name != "ShutdownGuest" {
			return nil
		}
		close(accepted)
		out := httptest.NewRecorder()
		out.Header().Set("Content-Type", "text/xml; charset=utf-8")
		out.Body.WriteString(
			`<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>` +
				`<ShutdownGuestResponse xmlns="urn:vim25"/></soapenv:Body></soapenv:Envelope>`)
		return out
	}))
	server := made(t, c, "web")
	vm := object.NewVirtualMachine(vc.Client().Client, vc.VM("OpenStack/web").Self)
	vc.ResetCalls()
	ctx, interrupt := context.WithCancel(t.Context())
	go func() {
		<-accepted
		interrupt()
		time.Sleep(500 * time.Millisecond) // the time that the guest takes
		if err := vm.ShutdownGuest(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	}()
	server.Flavor = openstack.Flavor{ID: "sized", Name: "m1.sized", VCPUs: 4, RAM: 4096, Disk: 5, RxTxFactor: 1}
	if _, err := c.Servers.Update(ctx, machine.Key{ID: server.ID, MoRef: server.MoRef},
		servers.Update{ServerSpec: server.ServerSpec}); err == nil {
		t.Error("an interrupted change says nothing")
	}
	if calls := powerCallsOf(vc); calls != (powerCalls{1, 0, 0, 1}) {
		t.Errorf("the calls were %+v", calls)
	}
	isRunning(t, vc.VM("OpenStack/web"), 1)
}

// TestResizeOverrulesNobody: if another client starts the VM while it is off for a change, it keeps running.
func TestResizeOverrulesNobody(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		c := clientOver(t, vc, onCall(t, vc, "ReconfigVM_Task", func(int32) *httptest.ResponseRecorder {
			vm := object.NewVirtualMachine(vc.Client().Client, vc.VM("OpenStack/web").Self)
			task, err := vm.PowerOn(t.Context())
			if err == nil {
				err = task.Wait(t.Context())
			}
			if err != nil {
				t.Error(err)
			}
			return nil
		}))
		server := made(t, c, "web")
		vc.ResetCalls()
		if _, err := resizedTo(t, c, server, 4); err == nil || !strings.Contains(err.Error(), "somebody else has started it again") {
			t.Errorf("the error is %v", err)
		}
		if calls := powerCallsOf(vc); calls != (powerCalls{1, 0, 1, 1}) {
			t.Errorf("the calls were %+v", calls)
		}
		isRunning(t, vc.VM("OpenStack/web"), 1)
	})
}

// TestDestroyMeetsANewDisk: a disk that another client attaches while the VM stops is not destroyed with it, and looking for it costs no
// extra call.
func TestDestroyMeetsANewDisk(t *testing.T) {
	t.Parallel()
	const shared = "[vmfs-2] shared/data.vmdk"
	for stop, gently := range map[string]bool{"ShutdownGuest": true, "PowerOffVM_Task": false} {
		t.Run(stop, func(t *testing.T) {
			vc := acctest.Start(t, vcsim.Options{})
			c := clientOver(t, vc, onCall(t, vc, stop, func(int32) *httptest.ResponseRecorder {
				attachShared(t, vc, "web", shared)
				return nil
			}))
			server := made(t, c, "web")
			if err := c.Servers.Delete(t.Context(), machine.Key{ID: server.ID, MoRef: server.MoRef}, gently); err != nil {
				t.Fatal(err)
			}
			if files := strings.Join(vc.Files("[vmfs-2]"), " "); !strings.Contains(files, "shared/data.vmdk") {
				t.Errorf("the disk is gone; there are %s", files)
			}
		})
	}
}
