// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/devices"
)

// keysOf are advanced parameters of a machine.
func keysOf(l *lab, vm *object.VirtualMachine, keys ...string) (values []string) {
	have := l.see(vm).Config.ExtraConfig
	for _, key := range keys {
		values = append(values, base.OptionText(have, key))
	}
	return values
}

func TestAdvancedParametersOfARunningMachine(t *testing.T) {
	t.Parallel()
	refused := &types.InvalidPowerState{}
	for how, want := range map[Advanced]map[string]types.BaseMethodFault{
		AllTaken: {"guestinfo.a": nil, "novasphere.a": nil, "nvp.iface-id.7": nil, "disk.EnableUUID": nil,
			"isolation.tools.copy.disable": nil},
		KnownRefused: {"guestinfo.a": nil, "novasphere.a": nil, "nvp.iface-id.7": nil, "disk.EnableUUID": refused,
			"isolation.tools.copy.disable": refused},
		AllRefused: {"guestinfo.a": nil, "novasphere.a": refused, "nvp.iface-id.7": refused, "disk.EnableUUID": refused,
			"isolation.tools.copy.disable": refused},
	} {
		l := strict(t)
		l.v.TakeAdvanced(how)
		vm, still := l.mustClone("a", nil, on), l.mustClone("b", nil)
		for key, fault := range want {
			err := l.reconfigure(vm, types.VirtualMachineConfigSpec{Annotation: key, ExtraConfig: options(key, "x")})
			if fault == nil {
				l.ok(err)
			} else {
				faults(t, err, fault)
			}
			if got := l.see(vm).Config; (base.OptionText(got.ExtraConfig, key) == "x") != (fault == nil) ||
				(got.Annotation == key) != (fault == nil) {
				t.Errorf("%d: %s is %q, beside the annotation %q", how, key, base.OptionText(got.ExtraConfig, key), got.Annotation)
			}
			l.ok(l.reconfigure(still, types.VirtualMachineConfigSpec{ExtraConfig: options(key, "x")})) // what is off takes all
		}
	}
}

func TestPortKeysOfARunningMachineStay(t *testing.T) {
	t.Parallel()
	l := strict(t)
	vm := l.mustClone("a", &types.VirtualMachineConfigSpec{ExtraConfig: options("nvp.iface-id.0", "port", "novasphere.a", "x")}, on)
	faults(t, l.reconfigure(vm, types.VirtualMachineConfigSpec{ExtraConfig: options("nvp.iface-id.0", "")}), &types.InvalidPowerState{})
	l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{ExtraConfig: options("nvp.iface-id.0", "free", "novasphere.a", "", "nvp.iface-id.1",
		"")}))
	if got := keysOf(l, vm, "nvp.iface-id.0", "novasphere.a"); got[0] != "free" || got[1] != "" {
		t.Errorf("the keys are %q", got)
	}
}

// What a guest is told live lasts until its machine is off, or for good: either server is one that was seen.
func TestGuestinfoOfARunningMachine(t *testing.T) {
	t.Parallel()
	for _, drops := range []bool{false, true} {
		l := strict(t)
		l.v.DropGuestinfo(drops)
		vm := l.mustClone("a", &types.VirtualMachineConfigSpec{ExtraConfig: options("guestinfo.a", "made", "guestinfo.b", "made")}, on)
		l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{ExtraConfig: options("guestinfo.b", "live", "guestinfo.c", "live", "novasphere.a",
			"live")}))
		if told := l.v.Told(vm.Reference()); told["guestinfo.a"] != "made" || told["guestinfo.b"] != "made" || told["guestinfo.c"] != "" {
			t.Errorf("at its boot it was told %v", told)
		}
		_, err := l.task(vm.PowerOff(l.ctx))
		l.ok(err)
		l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{ExtraConfig: options("guestinfo.d", "off")}))
		for range 2 { // what was set while it was off outlasts every power-off
			_, err = l.task(vm.PowerOn(l.ctx))
			l.ok(err)
			live := map[bool]string{false: "live"}[drops]
			told := l.v.Told(vm.Reference())
			if told["guestinfo.a"] != "made" || told["guestinfo.b"] != live || told["guestinfo.c"] != live || told["guestinfo.d"] != "off" {
				t.Errorf("dropped %t: at its next boot it is told %v", drops, told)
			}
			_, err = l.task(vm.PowerOff(l.ctx))
			l.ok(err)
		}
		if got := keysOf(l, vm, "novasphere.a"); got[0] != "live" {
			t.Error("a parameter that no guest reads is gone")
		}
	}
}

// What goes on after a pause has not booted.
func TestAResumedGuestReadsNothing(t *testing.T) {
	t.Parallel()
	l := strict(t)
	vm := l.mustClone("a", &types.VirtualMachineConfigSpec{ExtraConfig: options("guestinfo.a", "made")}, on)
	l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{ExtraConfig: options("guestinfo.a", "live")}))
	_, err := l.task(vm.Suspend(l.ctx))
	l.ok(err)
	_, err = l.task(vm.PowerOn(l.ctx))
	l.ok(err)
	if told := l.v.Told(vm.Reference()); told["guestinfo.a"] != "made" {
		t.Errorf("it was told %v", told)
	}
}

// The vSphere Web Services SDK Programming Guide lists what a change of a running machine may not name.
func TestDevicesOfARunningMachine(t *testing.T) {
	t.Parallel()
	l := strict(t)
	vm := l.mustClone("a", nil, on)
	still := l.mustClone("b", nil)
	card := func(m *object.VirtualMachine, change func(*types.VirtualEthernetCard)) types.VirtualMachineConfigSpec {
		all := object.VirtualDeviceList(l.see(m).Config.Hardware.Device).SelectByType((*types.VirtualEthernetCard)(nil))
		fresh := devices.CopyAll(all[:1])[0]
		change(fresh.(types.BaseVirtualEthernetCard).GetVirtualEthernetCard())
		return editOf(fresh)
	}
	disk := func(m *object.VirtualMachine, change func(*types.VirtualDisk)) types.VirtualMachineConfigSpec {
		all := object.VirtualDeviceList(l.see(m).Config.Hardware.Device).SelectByType((*types.VirtualDisk)(nil))
		fresh := devices.CopyAll(all[:1])[0].(*types.VirtualDisk)
		change(fresh)
		return editOf(fresh)
	}
	mode := func(d *types.VirtualDisk) {
		backing := *d.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		backing.DiskMode = string(types.VirtualDiskModeIndependent_persistent)
		d.Backing = &backing
	}
	for name, spec := range map[string]func(*object.VirtualMachine) types.VirtualMachineConfigSpec{
		"macAddress": func(m *object.VirtualMachine) types.VirtualMachineConfigSpec {
			return card(m, func(c *types.VirtualEthernetCard) { c.AddressType, c.MacAddress = "manual", "00:50:56:01:02:03" })
		},
		"addressType": func(m *object.VirtualMachine) types.VirtualMachineConfigSpec {
			return card(m, func(c *types.VirtualEthernetCard) {
				c.AddressType = map[bool]string{true: "assigned", false: "manual"}[c.AddressType == "manual"]
			})
		},
		"wakeOnLanEnabled": func(m *object.VirtualMachine) types.VirtualMachineConfigSpec {
			return card(m, func(c *types.VirtualEthernetCard) {
				c.WakeOnLanEnabled = types.NewBool(!base.IsTrue(c.WakeOnLanEnabled))
			})
		},
		"diskMode": func(m *object.VirtualMachine) types.VirtualMachineConfigSpec { return disk(m, mode) },
		"unitNumber": func(m *object.VirtualMachine) types.VirtualMachineConfigSpec {
			return disk(m, func(d *types.VirtualDisk) { d.UnitNumber = types.NewInt32(5) })
		},
	} {
		faults(t, l.reconfigure(vm, spec(vm)), &types.InvalidPowerState{})
		if name == "diskMode" || name == "macAddress" {
			l.ok(l.reconfigure(still, spec(still)))
		}
	}
	l.ok(l.reconfigure(vm, card(vm, func(c *types.VirtualEthernetCard) {
		c.Connectable = &types.VirtualDeviceConnectInfo{StartConnected: true}
	})))
}

func editOf(device types.BaseVirtualDevice) types.VirtualMachineConfigSpec {
	return types.VirtualMachineConfigSpec{
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit,
			Device: device}}}
}
