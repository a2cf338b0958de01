// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/vmware/govmomi/vim25/types"
)

// Lives of machines that overlap: no rule may lock in an order that another one, or the simulator, reverses.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	l := strict(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() {
				for n := range 3 {
					l.life(fmt.Sprintf("vm-%d-%d", i, n))
				}
			})
		}
		all.Wait()
	}()
	select {
	case <-done:
	case <-time.After(3 * time.Minute):
		t.Fatal("they wait for each other")
	}
	if left, err := l.find.VirtualMachineList(l.ctx, "/dc1/vm/vm-*"); err == nil {
		t.Errorf("left: %v", left)
	}
}

// life is one machine from its creation to its end. It only reports, since it runs beside the test.
func (l *lab) life(name string) {
	vm, err := l.clone(name, &types.VirtualMachineConfigSpec{NumCPUs: 2}, on)
	if err != nil {
		l.Error(err)
		return
	}
	steps := []func() error{
		func() error {
			return l.reconfigure(vm, types.VirtualMachineConfigSpec{Annotation: "x", Name: name + "-b"})
		},
		func() error {
			return l.reconfigure(vm, types.VirtualMachineConfigSpec{DeviceChange: nicOn(l.network("public"))})
		},
		func() error { _, err := l.task(vm.Rename(l.ctx, name+"-c")); return err },
		func() error {
			return l.reconfigure(vm, types.VirtualMachineConfigSpec{DeviceChange: diskOn(1000, 1, flat("", true), 1<<30)})
		},
		func() error { return vm.ShutdownGuest(l.ctx) },
		func() error { return vm.WaitForPowerState(l.ctx, types.VirtualMachinePowerStatePoweredOff) },
		func() error { _, err := l.task(vm.Destroy(l.ctx)); return err },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			l.Errorf("%s, step %d: %v", name, i, err)
			return
		}
	}
}
