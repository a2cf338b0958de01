// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"sync"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

func TestStaleChangeVersion(t *testing.T) {
	t.Parallel()
	l := strict(t)
	vm := l.mustClone("a", nil)
	version := l.see(vm).Config.ChangeVersion
	l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{ChangeVersion: version, Annotation: "first"}))
	faults(t, l.reconfigure(vm, types.VirtualMachineConfigSpec{ChangeVersion: version, Annotation: "second"}), &types.ConcurrentAccess{})
	if got := l.see(vm).Config.Annotation; got != "first" {
		t.Errorf("annotation %q", got)
	}

	u := unmodified(t)
	other := u.mustClone("a", nil)
	if err := u.reconfigure(other, types.VirtualMachineConfigSpec{ChangeVersion: "1"}); err != nil {
		t.Errorf("the simulator has learnt: %v", err)
	}
}

// Of reconfigurations with the same changeVersion exactly one wins.
func TestChangeVersionIsAtomic(t *testing.T) {
	t.Parallel()
	l := strict(t)
	vm := l.mustClone("a", nil)
	for range 10 {
		version := l.see(vm, "config.changeVersion").Config.ChangeVersion
		var all sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for range 8 {
			all.Go(func() {
				err := l.reconfigure(vm, types.VirtualMachineConfigSpec{ChangeVersion: version, ExtraConfig: options("k", version)})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				} else {
					faults(t, err, &types.ConcurrentAccess{})
				}
			})
		}
		all.Wait()
		if won != 1 {
			t.Fatalf("%d reconfigurations won", won)
		}
	}
}

func TestReconfigureKeepsWhatIsUnset(t *testing.T) {
	t.Parallel()
	l := strict(t)
	vm := l.mustClone("a", wholeConfig())
	l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{
		CpuAllocation: &types.ResourceAllocationInfo{Limit: types.NewInt64(3000)},
		Flags:         &types.VirtualMachineFlagInfo{EnableLogging: yes()},
		BootOptions:   &types.VirtualMachineBootOptions{BootRetryEnabled: yes()},
		ExtraConfig:   options("novasphere.server", "", "never.was", ""),
	}))
	c := l.see(vm).Config
	if *c.CpuAllocation.Reservation != 500 || *c.CpuAllocation.Limit != 3000 || c.CpuAllocation.Shares.Shares != 4000 {
		t.Errorf("allocation %+v", c.CpuAllocation)
	}
	if !base.IsTrue(c.Flags.DiskUuidEnabled) || !base.IsTrue(c.Flags.EnableLogging) || c.BootOptions.BootDelay != 1500 ||
		!base.IsTrue(c.BootOptions.BootRetryEnabled) {
		t.Errorf("flags %+v, boot %+v", c.Flags, c.BootOptions)
	}
	if base.Option(c.ExtraConfig, "novasphere.server") != nil || base.Option(c.ExtraConfig, "never.was") != nil {
		t.Error("an empty value left an option")
	}
}

func TestRunningMachine(t *testing.T) {
	t.Parallel()
	l := strict(t)
	fixed := l.mustClone("fixed", &types.VirtualMachineConfigSpec{NumCPUs: 2, MemoryMB: 2048}, on)
	for _, c := range []struct {
		spec types.VirtualMachineConfigSpec
		want types.BaseMethodFault
	}{
		{types.VirtualMachineConfigSpec{NumCPUs: 4}, &types.CpuHotPlugNotSupported{}},
		{types.VirtualMachineConfigSpec{NumCPUs: 1}, &types.InvalidPowerState{}},
		{types.VirtualMachineConfigSpec{MemoryMB: 4096}, &types.MemoryHotPlugNotSupported{}},
		{types.VirtualMachineConfigSpec{MemoryMB: 1024}, &types.InvalidPowerState{}},
		{types.VirtualMachineConfigSpec{Firmware: "bios"}, &types.InvalidPowerState{}},
		{types.VirtualMachineConfigSpec{GuestId: "otherGuest"}, &types.InvalidPowerState{}},
		{types.VirtualMachineConfigSpec{CpuHotAddEnabled: yes()}, &types.InvalidPowerState{}},
	} {
		faults(t, l.reconfigure(fixed, c.spec), c.want)
	}
	if hw := l.see(fixed).Config.Hardware; hw.NumCPU != 2 || hw.MemoryMB != 2048 {
		t.Errorf("%d processors, %d MiB", hw.NumCPU, hw.MemoryMB)
	}
	l.ok(l.reconfigure(fixed, types.VirtualMachineConfigSpec{NumCPUs: 2, MemoryMB: 2048, Firmware: "efi", Annotation: "x"}))
	hot := l.mustClone("hot", &types.VirtualMachineConfigSpec{MemoryMB: 4096, CpuHotAddEnabled: yes(), MemoryHotAddEnabled: yes()}, on)
	l.ok(l.reconfigure(hot, types.VirtualMachineConfigSpec{NumCPUs: 4, MemoryMB: 8192}))
	// Linux started below 3 GB stays below
	small := l.mustClone("small", &types.VirtualMachineConfigSpec{MemoryMB: 2048, MemoryHotAddEnabled: yes()}, on)
	faults(t, l.reconfigure(small, types.VirtualMachineConfigSpec{MemoryMB: 4096}), &types.MemoryHotPlugNotSupported{})
	_, err := l.task(fixed.Destroy(l.ctx))
	faults(t, err, &types.InvalidPowerState{})

	u := unmodified(t)
	other := u.mustClone("a", nil, on)
	if err := u.reconfigure(other, types.VirtualMachineConfigSpec{NumCPUs: 4}); err != nil {
		t.Errorf("the simulator has learnt: %v", err)
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	l := strict(t)
	vm := l.mustClone("a", &types.VirtualMachineConfigSpec{NumCPUs: 2, MemoryMB: 1024})
	share := func(reservation, limit int64) *types.ResourceAllocationInfo {
		return &types.ResourceAllocationInfo{Reservation: &reservation, Limit: &limit}
	}
	for name, spec := range map[string]types.VirtualMachineConfigSpec{
		"reservation above limit":  {CpuAllocation: share(2000, 1000)},
		"limit below -1":           {CpuAllocation: share(0, -5)},
		"reservation above memory": {MemoryAllocation: share(2048, -1)},
		"custom without shares":    {CpuAllocation: &types.ResourceAllocationInfo{Shares: &types.SharesInfo{Level: "custom"}}},
		"odd sockets":              {NumCPUs: 3, NumCoresPerSocket: types.NewInt32(2)},
		"odd memory":               {MemoryMB: 1026},
		"too many processors":      {NumCPUs: 10000},
		"too much memory":          {MemoryMB: 1 << 30},
		"unknown guest":            {GuestId: "plan9Guest"},
		"unknown firmware":         {Firmware: "coreboot"},
	} {
		faults(t, l.reconfigure(vm, spec), &types.InvalidArgument{})
		_, err := l.clone("b", &spec)
		if err == nil {
			t.Errorf("%s: cloned", name)
		}
		spec.Name = "b"
		_, err = l.create(spec)
		if err == nil {
			t.Errorf("%s: created", name)
		}
		l.absent("b")
	}
	secure := types.VirtualMachineConfigSpec{
		Name: "b", Firmware: "bios", BootOptions: &types.VirtualMachineBootOptions{EfiSecureBootEnabled: yes()},
	}
	_, err := l.create(secure)
	faults(t, err, &types.InvalidVmConfig{})
	l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{MemoryReservationLockedToMax: yes()}))
	if got := l.see(vm).Config.MemoryAllocation.Reservation; *got != 1024 {
		t.Errorf("%d MiB reserved of 1024", *got)
	}

	u := unmodified(t)
	other := u.mustClone("a", nil)
	if err := u.reconfigure(other, types.VirtualMachineConfigSpec{MemoryMB: 1026, NumCPUs: 10000}); err != nil {
		t.Errorf("the simulator has learnt: %v", err)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	l := strict(t)
	image := l.template("debian-12")
	faults(t, l.reconfigure(image, types.VirtualMachineConfigSpec{NumCPUs: 2}), &types.NotSupported{})
	faults(t, l.reconfigure(image, types.VirtualMachineConfigSpec{ExtraConfig: options("a", "b"), Name: "x"}), &types.NotSupported{})
	l.ok(l.reconfigure(image, types.VirtualMachineConfigSpec{Annotation: "new", ChangeVersion: l.see(image).Config.ChangeVersion}))
	_, err := l.task(image.PowerOn(l.ctx))
	faults(t, err, &types.InvalidState{})
	l.ok(image.MarkAsVirtualMachine(l.ctx, *l.pool, nil))
	l.ok(l.reconfigure(image, types.VirtualMachineConfigSpec{NumCPUs: 2}))
	l.ok(image.MarkAsTemplate(l.ctx))
	if m := l.see(image); !m.Config.Template || m.Name != "debian-12" || m.Summary.Config.Annotation != "new" {
		t.Errorf("%s: template %t, annotation %q", m.Name, m.Config.Template, m.Summary.Config.Annotation)
	}
}
