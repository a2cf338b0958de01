// SPDX-License-Identifier: MPL-2.0

package reconfigure

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// applied returns a VM after a reconfigure, as a vCenter would have it.
func applied(t *testing.T, info types.VirtualMachineConfigInfo, d types.VirtualMachineConfigSpec) types.VirtualMachineConfigInfo {
	t.Helper()
	set(&info.InstanceUuid, d.InstanceUuid)
	set(&info.Annotation, d.Annotation)
	set(&info.GuestId, d.GuestId)
	set(&info.Firmware, d.Firmware)
	set(&info.Hardware.NumCPU, d.NumCPUs)
	set(&info.Hardware.MemoryMB, int32(d.MemoryMB))
	set(&info.Hardware.NumCoresPerSocket, d.NumCoresPerSocket)
	set(&info.CpuAllocation, d.CpuAllocation)
	set(&info.MemoryAllocation, d.MemoryAllocation)
	set(&info.CpuHotAddEnabled, d.CpuHotAddEnabled)
	set(&info.MemoryHotAddEnabled, d.MemoryHotAddEnabled)
	set(&info.MemoryReservationLockedToMax, d.MemoryReservationLockedToMax)
	set(&info.NestedHVEnabled, d.NestedHVEnabled)
	set(&info.SevEnabled, d.SevEnabled)
	set(&info.LatencySensitivity, d.LatencySensitivity)
	set(&info.Tools, d.Tools)
	if b := d.BootOptions; b != nil {
		now := *b
		if now.EfiSecureBootEnabled == nil && info.BootOptions != nil {
			now.EfiSecureBootEnabled = info.BootOptions.EfiSecureBootEnabled
		}
		info.BootOptions = &now
	}
	if d.VirtualNuma != nil {
		info.NumaInfo = &types.VirtualMachineVirtualNumaInfo{CoresPerNumaNode: d.VirtualNuma.CoresPerNumaNode,
			AutoCoresPerNumaNode: types.NewBool(*d.VirtualNuma.CoresPerNumaNode == 0)}
	}
	for _, o := range d.ExtraConfig {
		v := o.GetOptionValue()
		info.ExtraConfig = slices.DeleteFunc(slices.Clone(info.ExtraConfig),
			func(have types.BaseOptionValue) bool { return have.GetOptionValue().Key == v.Key })
		if v.Value != "" {
			info.ExtraConfig = append(info.ExtraConfig, o)
		}
	}
	info.Hardware.Device = appliedDevices(t, slices.Clone(info.Hardware.Device), d.DeviceChange)
	return info
}

func set[T comparable](target *T, value T) {
	var unset T
	if value != unset {
		*target = value
	}
}

// appliedDevices applies device changes in order. It refuses what a vCenter refuses: two devices in one place, a missing controller, an
// edit of a missing device, a disk that shrinks.
func appliedDevices(t *testing.T, devices []types.BaseVirtualDevice,
	changes []types.BaseVirtualDeviceConfigSpec) []types.BaseVirtualDevice {
	t.Helper()
	renamed, next := map[int32]int32{}, int32(5000+len(devices)*10)
	for _, change := range changes {
		spec := change.GetVirtualDeviceConfigSpec()
		v := spec.Device.GetVirtualDevice()
		if to, ok := renamed[v.ControllerKey]; ok {
			v.ControllerKey = to
		}
		i := slices.IndexFunc(devices, func(d types.BaseVirtualDevice) bool { return d.GetVirtualDevice().Key == v.Key && v.Key > 0 })
		switch {
		case spec.Operation == types.VirtualDeviceConfigSpecOperationAdd:
			next++
			renamed[v.Key], v.Key = next, next
			devices = append(devices, spec.Device)
		case i < 0:
			t.Fatalf("%s of a device that is not there: %T %d", spec.Operation, spec.Device, v.Key)
		case spec.Operation == types.VirtualDeviceConfigSpecOperationRemove:
			devices = slices.Delete(devices, i, i+1)
		default:
			if disk, ok := spec.Device.(*types.VirtualDisk); ok && disk.CapacityInKB < devices[i].(*types.VirtualDisk).CapacityInKB {
				t.Fatal("a disk shrinks")
			}
			devices[i] = spec.Device
		}
	}
	b, seen := hardware.SlotsOf(devices, ""), map[hardware.Place]bool{}
	for _, device := range devices {
		disk, ok := device.(*types.VirtualDisk)
		if !ok {
			continue
		}
		at, ok := b.PlaceOf(disk)
		if !ok || seen[at] || at.Unit >= hardware.UnitsOf[at.Kind] || at.Kind == "scsi" && at.Unit == hardware.SCSISelf {
			t.Fatalf("a disk at %s, of %v", at, seen)
		}
		seen[at] = true
	}
	return devices
}

// source returns a template with the devices of every VM, and its root disk on an LSI Logic adapter.
func source() types.VirtualMachineConfigInfo {
	info := template()
	at := func(controller, unit int32) types.VirtualDevice {
		return types.VirtualDevice{ControllerKey: controller, UnitNumber: &unit}
	}
	ide := func(key, bus int32) *types.VirtualIDEController {
		return &types.VirtualIDEController{VirtualController: types.VirtualController{VirtualDevice: types.VirtualDevice{Key: key},
			BusNumber: bus}}
	}
	lsi := &types.VirtualLsiLogicController{}
	lsi.Key = 1000
	root := &types.VirtualDisk{VirtualDevice: at(1000, 0), CapacityInKB: 2 << 20, CapacityInBytes: 2 << 30}
	root.Key = 2000
	video := &types.VirtualMachineVideoCard{VirtualDevice: types.VirtualDevice{Key: 500}, VideoRamSizeInKB: 4096}
	info.Hardware.Device = []types.BaseVirtualDevice{ide(200, 0), ide(201, 1), video, lsi, root}
	return info
}

// draw returns a random flavor and the properties of a random image, most of them sensible.
func draw(r *rand.Rand) (openstack.Flavor, map[string]string) {
	pickOf := func(values ...string) string { return values[r.IntN(len(values))] }
	f := openstack.Flavor{ID: "1", Name: "f", VCPUs: []int64{1, 2, 4, 8}[r.IntN(4)], RAM: 1024 << r.IntN(4), Disk: int64(r.IntN(3)) * 20,
		Ephemeral: int64(r.IntN(3)), Swap: int64(r.IntN(3)) * 512, ExtraSpecs: map[string]string{}}
	properties := map[string]string{}
	for _, row := range vmspec.Table {
		value := pickOf("1", "2", "true", "false", "100", "high", "custom", "normal", "dedicated", "1GB", "required", "2.0", "tpm-crb", "reset",
			"disabled", "vmx-19", "vmx-21", "bogus", "-1", "")
		if r.IntN(6) > 0 && row.Values != "none" { // one of the values that the row names
			words := strings.FieldsFunc(row.Values, func(c rune) bool { return c == ',' || c == ' ' || c == ';' })
			if word := words[r.IntN(len(words))]; len(word) > 1 && word != "number" {
				value = word
			}
		}
		if row.ExtraSpec != "" && r.IntN(25) == 0 {
			f.ExtraSpecs[row.ExtraSpec] = value
		}
		if row.Property != "" && r.IntN(25) == 0 {
			properties[row.Property] = value
		}
	}
	return f, properties
}

// wishFor returns an instance of the flavor with its disks in their places on a VM, or false where it is refused.
func wishFor(t *testing.T, f openstack.Flavor, properties map[string]string, have types.VirtualMachineConfigInfo,
	disks []openstack.Disk) (vmspec.Instance, bool) {
	t.Helper()
	compiled, err := vmspec.Compile(f, properties)
	checkError(t, err)
	if err != nil {
		return vmspec.Instance{}, false
	}
	want, err := blockdevices.Disks(f, nil)
	if err == nil {
		want, err = blockdevices.ResizedDisks(disks, want)
	}
	if err == nil {
		want, err = hardware.Placed(have.Hardware.Device, have.Version, want, compiled.Needs.Adapter)
	}
	checkError(t, err)
	w := vmspec.Instance{ID: "A0000000-0000-4000-8000-000000000001", Name: "n", Flavor: f, Properties: properties,
		Disks: append([]openstack.Disk{}, want...), Clock: vmspec.Clock{Slowest: 2000, Fastest: 2500},
		NICs: []vmspec.NIC{{Network: openstack.Network{Kind: openstack.NetworkDistributed, PortgroupKey: "p", SwitchUUID: "u"},
			MAC: "00:50:56:00:00:01"}}}
	if err == nil {
		_, _, err = vmspec.Desired(w)
		checkError(t, err)
	}
	return w, err == nil
}

// checkError checks that a refusal names an attribute.
func checkError(t *testing.T, err error) {
	t.Helper()
	var field *openstack.FieldError
	if err != nil && (!errors.As(err, &field) || field.Err == nil || field.Err.Error() == "") {
		t.Fatalf("a refusal that names no attribute: %v", err)
	}
}

// TestAppliedIsWanted: a spec that was applied needs no further change, after a clone and after a resize to any other flavor.
func TestAppliedIsWanted(t *testing.T) {
	t.Parallel()
	made, resized := 0, 0
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 7))
		f, properties := draw(r)
		from := source()
		w, ok := wishFor(t, f, properties, from, nil)
		if !ok {
			continue
		}
		made++
		spec, _, _ := vmspec.Desired(w)
		vm := applied(t, from, Clone(from, spec))
		if d := Delta(vm, spec); !Empty(d) {
			t.Fatalf("seed %d: %v %v: a clone lacks %s", seed, f, properties, describe(d))
		}
		next, _ := draw(r)
		next.ID = "2"
		n, ok := wishFor(t, next, properties, vm, w.Disks)
		if !ok {
			continue
		}
		resized++
		after, _, _ := vmspec.Desired(n)
		after = Reset(spec, after)
		if _, err := ResizeNeedsPowerOff(nil, openstack.Server{ServerSpec: openstack.ServerSpec{Flavor: f, Properties: properties, Clock: w.Clock,
			Disks: w.Disks}, ServerStatus: openstack.ServerStatus{VCPUs: f.VCPUs, RAM: f.RAM}}, next); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		vm = applied(t, vm, Delta(vm, after))
		if d := Delta(vm, after); !Empty(d) {
			t.Fatalf("seed %d: from %v to %v with %v: a resize lacks %s", seed, f, next, properties, describe(d))
		}
	}
	t.Logf("%d made, %d resized", made, resized)
	if made < 300 || resized < 20 {
		t.Errorf("%d were made and %d resized of 4000: the draw is too wild", made, resized)
	}
}

// describe prints a spec with its pointers resolved.
func describe(d types.VirtualMachineConfigSpec) string {
	out := fmt.Sprintf("%+v", d)
	for _, change := range d.DeviceChange {
		out += fmt.Sprintf("\n%+v %+v", change.GetVirtualDeviceConfigSpec(), change.GetVirtualDeviceConfigSpec().Device)
	}
	return out
}
