// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/clusters"
)

// placed puts a clone on a host.
func placed(h *object.HostSystem) func(*types.VirtualMachineCloneSpec) {
	ref := h.Reference()
	return func(s *types.VirtualMachineCloneSpec) { s.Location.Host = &ref }
}

// runsOn is the host of a machine, where the host says so too.
func (l *lab) runsOn(vm *object.VirtualMachine) types.ManagedObjectReference {
	l.Helper()
	host := *l.see(vm).Runtime.Host
	for _, name := range []string{"esx-1", "esx-2", "esx-3"} {
		h := l.esx(name)
		if listed := slices.Contains(l.seeHost(h).Vm, vm.Reference()); listed != (h.Reference() == host) {
			l.Errorf("it runs on %v, and %s lists it: %t", host, name, listed)
		}
	}
	return host
}

// automate sets how much DRS does by itself in the inventory's cluster.
func (l *lab) automate(on bool, behavior types.DrsBehavior) {
	l.Helper()
	_, err := l.task(l.compute().Reconfigure(l.ctx, &types.ClusterConfigSpecEx{DrsConfig: &types.ClusterDrsConfigInfo{Enabled: &on,
		DefaultVmBehavior: behavior}}, true))
	l.ok(err)
}

func (l *lab) exit(h *object.HostSystem) error {
	_, err := l.task(h.ExitMaintenanceMode(l.ctx, 0))
	return err
}

func TestMaintenanceMovesMachines(t *testing.T) {
	t.Parallel()
	l := strict(t)
	h := l.esx("esx-1")
	faults(t, l.exit(h), &types.InvalidState{})
	first, second := l.mustClone("a", nil, on, placed(h)), l.mustClone("b", nil, on, placed(h))
	off := l.mustClone("off", nil, placed(h))
	if l.runsOn(first) != h.Reference() {
		t.Fatal("it is elsewhere")
	}
	l.ok(l.maintain(h))
	faults(t, l.maintain(h), &types.InvalidState{})
	if !l.seeHost(h).Runtime.InMaintenanceMode {
		t.Error("it is not in maintenance")
	}
	x, y := l.runsOn(first), l.runsOn(second)
	if x == h.Reference() || y == h.Reference() || x == y {
		t.Errorf("they run on %v and %v", x, y)
	}
	if l.see(first).Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		t.Error("it was stopped")
	}
	if l.runsOn(off) != h.Reference() {
		t.Error("a machine that is off was moved without being asked for")
	}
	if got := l.seeHost(h).Summary.QuickStats.OverallMemoryUsage; got != clusters.IdleMemory {
		t.Errorf("%d MB are in use", got)
	}

	// It takes no machine, in no way.
	ref := h.Reference()
	_, err := l.clone("c", nil, placed(h))
	faults(t, err, &types.InvalidState{})
	_, err = l.task(l.folder.CreateVM(l.ctx, types.VirtualMachineConfigSpec{Name: "c",
		Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}}, l.pool, h))
	faults(t, err, &types.InvalidState{})
	_, err = l.task(first.Relocate(l.ctx, types.VirtualMachineRelocateSpec{Host: &ref}, ""))
	faults(t, err, &types.InvalidState{})
	l.absent("c")
	_, err = l.task(off.PowerOn(l.ctx)) // DRS starts it where it can
	l.ok(err)
	if l.runsOn(off) == ref {
		t.Error("it runs on the host in maintenance")
	}
	l.ok(l.exit(h))
	_, err = l.task(first.Relocate(l.ctx, types.VirtualMachineRelocateSpec{Host: &ref}, ""))
	l.ok(err)
	if l.runsOn(first) != ref {
		t.Error("it did not come back")
	}

	u := unmodified(t)
	vm := u.mustClone("a", nil, on)
	where := object.NewHostSystem(u.c.Client, *u.see(vm).Runtime.Host)
	u.ok(u.maintain(where))
	if *u.see(vm).Runtime.Host != where.Reference() {
		t.Error("the simulator has learnt to evacuate")
	}
}

func TestMaintenanceMovesStoppedMachines(t *testing.T) {
	t.Parallel()
	l := strict(t)
	h := l.esx("esx-1")
	off := l.mustClone("off", nil, placed(h))
	_, err := l.task(h.EnterMaintenanceMode(l.ctx, 1, true, nil))
	l.ok(err)
	if l.runsOn(off) == h.Reference() {
		t.Error("it was left behind")
	}
	l.ok(l.exit(h))

	// Without DRS somebody has to move it.
	l.automate(false, "")
	h = object.NewHostSystem(l.c.Client, l.runsOn(off))
	_, err = l.task(h.EnterMaintenanceMode(l.ctx, 1, true, nil))
	faults(t, err, &types.Timedout{})
	l.ok(l.maintain(h))
	_, err = l.task(off.PowerOn(l.ctx))
	faults(t, err, &types.InvalidState{})
}

func TestMaintenanceWaitsForMachines(t *testing.T) {
	t.Parallel()
	l := strict(t)
	h := l.esx("esx-1")
	vm := l.mustClone("a", nil, on, placed(h))
	for name, hold := range map[string]func(){
		"DRS is off":        func() { l.automate(false, types.DrsBehaviorFullyAutomated) },
		"DRS only advises":  func() { l.automate(true, types.DrsBehaviorManual) },
		"only for starting": func() { l.automate(true, types.DrsBehaviorPartiallyAutomated) },
		"not this machine": func() {
			l.automate(true, types.DrsBehaviorFullyAutomated)
			_, err := l.task(l.compute().Reconfigure(l.ctx, &types.ClusterConfigSpecEx{DrsVmConfigSpec: []types.ClusterDrsVmConfigSpec{{
				ArrayUpdateSpec: types.ArrayUpdateSpec{Operation: types.ArrayUpdateOperationAdd},
				Info:            &types.ClusterDrsVmConfigInfo{Key: vm.Reference(), Enabled: types.NewBool(false)},
			}}}, true))
			l.ok(err)
		},
	} {
		hold()
		begun := time.Now()
		faults(t, l.maintain(h), &types.Timedout{})
		if took := time.Since(begun); took < time.Second || took > time.Minute {
			t.Errorf("%s: it took %s", name, took)
		}
		if got := l.seeHost(h); got.Runtime.InMaintenanceMode || l.runsOn(vm) != h.Reference() {
			t.Errorf("%s: in maintenance: %t", name, got.Runtime.InMaintenanceMode)
		}
		if name == "not this machine" {
			_, err := l.task(l.compute().Reconfigure(l.ctx, &types.ClusterConfigSpecEx{DrsVmConfigSpec: []types.ClusterDrsVmConfigSpec{{
				ArrayUpdateSpec: types.ArrayUpdateSpec{Operation: types.ArrayUpdateOperationRemove, RemoveKey: vm.Reference()},
			}}}, true))
			l.ok(err)
		}
	}
}

// Without a timeout a host waits until its last machine stops, or until it is told not to.
func TestMaintenanceWithoutTimeout(t *testing.T) {
	t.Parallel()
	l := strict(t)
	l.automate(false, "")
	h := l.esx("esx-1")
	vm := l.mustClone("a", nil, on, placed(h))
	task, err := h.EnterMaintenanceMode(l.ctx, 0, false, nil)
	l.ok(err)
	_, err = l.task(h.EnterMaintenanceMode(l.ctx, 1, false, nil))
	faults(t, err, &types.TaskInProgress{})
	_, err = l.clone("b", nil, placed(h))
	faults(t, err, &types.InvalidState{}) // it is on its way
	l.ok(task.Cancel(l.ctx))
	faults(t, task.Wait(l.ctx), &types.RequestCanceled{})
	l.soon("it takes machines again", func() bool { _, err := l.clone("b", nil, placed(h)); return err == nil })
	if l.seeHost(h).Runtime.InMaintenanceMode {
		t.Error("it is in maintenance")
	}

	task, err = h.EnterMaintenanceMode(l.ctx, 0, false, nil)
	l.ok(err)
	_, err = l.task(vm.PowerOff(l.ctx))
	l.ok(err)
	l.ok(task.Wait(l.ctx))
	if !l.seeHost(h).Runtime.InMaintenanceMode {
		t.Error("it is not in maintenance")
	}
}

// Machines come and go while their hosts do: nothing waits for each other, no machine runs where none may, and the figures add up.
func TestMaintenanceAmongLives(t *testing.T) {
	t.Parallel()
	l := strict(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var lives sync.WaitGroup
		for i := range 6 {
			lives.Go(func() {
				for n := range 3 {
					l.life(fmt.Sprintf("vm-%d-%d", i, n))
				}
			})
		}
		lives.Wait()
	}()
	rests := 0
	for finished := false; !finished; rests++ {
		h := l.esx(fmt.Sprintf("esx-%d", rests%3+1))
		if _, err := l.task(h.EnterMaintenanceMode(l.ctx, 30, true, nil)); err != nil {
			t.Fatal(err)
		}
		for _, ref := range l.seeHost(h).Vm {
			var vm mo.VirtualMachine // which may be gone by now
			if err := l.c.RetrieveOne(l.ctx, ref, []string{"runtime"}, &vm); err == nil &&
				vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn && *vm.Runtime.Host == h.Reference() {
				t.Errorf("%v runs on a host in maintenance", ref)
			}
		}
		l.ok(l.exit(h))
		select {
		case <-done:
			finished = true
		case <-time.After(base.Patience):
		}
	}
	if rests < 2 {
		t.Errorf("%d hosts rested", rests)
	}
	for _, name := range []string{"esx-1", "esx-2", "esx-3"} {
		if got := l.seeHost(l.esx(name)).Summary.QuickStats; got.OverallCpuUsage != clusters.IdleMHz ||
			got.OverallMemoryUsage != clusters.IdleMemory {
			t.Errorf("%s still uses %+v", name, got)
		}
	}
}
