// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

func compareSpec(t *testing.T, got, want types.VirtualMachineConfigSpec) {
	t.Helper()
	if got.NumCPUs != want.NumCPUs || got.MemoryMB != want.MemoryMB || *got.NumCoresPerSocket != *want.NumCoresPerSocket {
		t.Errorf("%d vcpus, %d a socket, %d MB; Nova: %d, %d, %d", got.NumCPUs, *got.NumCoresPerSocket, got.MemoryMB, want.NumCPUs,
			*want.NumCoresPerSocket, want.MemoryMB)
	}
	if !hardware.SameAllocation(want.CpuAllocation, got.CpuAllocation) ||
		!hardware.SameAllocation(want.MemoryAllocation, got.MemoryAllocation) {
		t.Errorf("allocations %+v %+v; Nova: %+v %+v", got.CpuAllocation, got.MemoryAllocation, want.CpuAllocation, want.MemoryAllocation)
	}
	if guest := got.GuestId; got.Firmware != want.Firmware || got.InstanceUuid != want.InstanceUuid || guest != want.GuestId &&
		(guest != "" || want.GuestId != "otherGuest") {
		t.Errorf("firmware %q, guest %q; Nova: %q, %q", got.Firmware, got.GuestId, want.Firmware, want.GuestId)
	}
	if got.Version != want.Version || isTrue(got.NestedHVEnabled) != isTrue(want.NestedHVEnabled) || videoRAM(got) != videoRAM(want) ||
		len(got.VmProfile) != len(want.VmProfile) {
		t.Errorf("version %q, nested %v, video %d KB, %d profiles; Nova: %q, %v, %d, %d", got.Version, got.NestedHVEnabled, videoRAM(got),
			len(got.VmProfile), want.Version, want.NestedHVEnabled, videoRAM(want), len(want.VmProfile))
	}
	for _, o := range want.ExtraConfig {
		key, value := o.GetOptionValue().Key, o.GetOptionValue().Value
		if option(got, key) != value && !strings.HasPrefix(key, "RemoteDisplay.vnc.") && // no VNC without a password: on purpose
			!strings.HasPrefix(key, volumeKey) { // a first class disk has its id on its device
			t.Errorf("extraConfig lacks %s = %v", key, value)
		}
	}
	compareAnnotation(t, got.Annotation, want.Annotation)
	compareCards(t, cards(got), cards(want))
}

func compareAnnotation(t *testing.T, got, want string) {
	t.Helper()
	ours := strings.Split(got, "\n")
	for i, line := range strings.Split(want, "\n") {
		key, value, _ := strings.Cut(line, ":")
		personal := strings.HasPrefix(key, "user") || strings.HasPrefix(key, "project") || key == "package"
		if i >= len(ours) || personal && !strings.HasPrefix(ours[i], key+":") || !personal && ours[i] != line {
			t.Errorf("annotation line %d is not %s:%s", i, key, value)
		}
	}
}

func videoRAM(spec types.VirtualMachineConfigSpec) int64 {
	for _, change := range spec.DeviceChange {
		if card, ok := change.GetVirtualDeviceConfigSpec().Device.(*types.VirtualMachineVideoCard); ok {
			return card.VideoRamSizeInKB
		}
	}
	return 0
}

func cards(spec types.VirtualMachineConfigSpec) []types.BaseVirtualEthernetCard {
	var out []types.BaseVirtualEthernetCard
	for _, change := range spec.DeviceChange {
		if card, ok := change.GetVirtualDeviceConfigSpec().Device.(types.BaseVirtualEthernetCard); ok {
			out = append(out, card)
		}
	}
	return out
}

func compareCards(t *testing.T, got, want []types.BaseVirtualEthernetCard) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d NICs; Nova: %d", len(got), len(want))
	}
	for i := range want {
		g, w := got[i].GetVirtualEthernetCard(), want[i].GetVirtualEthernetCard()
		if fmt.Sprintf("%T", got[i]) != fmt.Sprintf("%T", want[i]) || g.Key != w.Key || g.MacAddress != w.MacAddress ||
			g.AddressType != w.AddressType || g.ExternalId != w.ExternalId ||
			*g.WakeOnLanEnabled != *w.WakeOnLanEnabled || *g.Connectable != *w.Connectable ||
			!hardware.SamePlug(masked(g.Backing), masked(w.Backing)) ||
			(g.ResourceAllocation == nil) != (w.ResourceAllocation == nil) || w.ResourceAllocation != nil &&
			!hardware.SameTraffic(w.ResourceAllocation, g.ResourceAllocation) {
			t.Errorf("NIC %d: %T %+v; Nova: %T %+v", i, got[i], g, want[i], w)
		}
	}
}

// masked returns a backing without the portgroup's key, which differs between simulators.
func masked(backing types.BaseVirtualDeviceBackingInfo) types.BaseVirtualDeviceBackingInfo {
	if b, ok := backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo); ok && b.Port.PortgroupKey != "" {
		return &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{}
	}
	return backing
}

// novaDisk holds the compared properties of a disk.
type novaDisk struct {
	kib  int64
	thin bool
}

// compareDisks compares the root disk with its adapter and storage allocation, and the additional disks. Where the image names no
// adapter, ours is the template's and Nova's is lsiLogic. A copied disk keeps the template's provisioning.
func compareDisks(t *testing.T, got, want types.VirtualMachineConfigSpec, copied bool) {
	t.Helper()
	ours, theirs := disksOf(got), disksOf(want)
	if len(ours) == 0 || len(theirs) == 0 {
		if len(ours) != len(theirs) {
			t.Errorf("%d disks; Nova: %d", len(ours), len(theirs))
		}
		compareCDs(t, got, want)
		return
	}
	if !hardware.SameStorage(theirs[0].StorageIOAllocation, ours[0].StorageIOAllocation) {
		t.Errorf("root disk %+v; Nova: %+v", ours[0].StorageIOAllocation, theirs[0].StorageIOAllocation)
	}
	adapter := adapterOf(got)
	if adapter == "" {
		adapter = "VirtualLsiLogicController"
	}
	if adapter != adapterOf(want) {
		t.Errorf("the root disk's adapter is %s; Nova: %s", adapter, adapterOf(want))
	}
	var have, wish []novaDisk
	for i, disk := range ours {
		have = append(have, novaDisk{kib: disk.CapacityInKB, thin: i > 0})
	}
	for i, disk := range theirs {
		backing, _ := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		wish = append(wish, novaDisk{kib: disk.CapacityInKB, thin: i > 0 && backing != nil && isTrue(backing.ThinProvisioned)})
	}
	if !slices.Equal(have, wish) {
		t.Errorf("disks %v; Nova: %v", have, wish)
	}
	if !copied {
		compareCDs(t, got, want)
	}
}

// compareBootVolume compares the controller that waits for a root disk which is a volume: Nova adds it with the disk, and marks the volume
// in extraConfig, where ours is known by its device.
func compareBootVolume(t *testing.T, got, want types.VirtualMachineConfigSpec) {
	t.Helper()
	if len(disksOf(got)) != 0 || len(disksOf(want)) != 1 || adapterOf(got) != adapterOf(want) {
		t.Errorf("%d disks and the adapter %s; Nova: the volume and %s", len(disksOf(got)), adapterOf(got), adapterOf(want))
	}
}

func disksOf(spec types.VirtualMachineConfigSpec) (out []*types.VirtualDisk) {
	for _, change := range spec.DeviceChange {
		c := change.GetVirtualDeviceConfigSpec()
		if disk, ok := c.Device.(*types.VirtualDisk); ok && c.Operation == types.VirtualDeviceConfigSpecOperationAdd {
			out = append(out, disk)
		}
	}
	return out
}

// adapterOf returns the type of the controller that the specification adds, or the IDE controller of every VM.
func adapterOf(spec types.VirtualMachineConfigSpec) string {
	for _, change := range spec.DeviceChange {
		device := change.GetVirtualDeviceConfigSpec().Device
		if _, ok := device.(types.BaseVirtualController); ok {
			return strings.TrimPrefix(fmt.Sprintf("%T", device), "*types.")
		}
		if disk, ok := device.(*types.VirtualDisk); ok && disk.ControllerKey == hardware.IDEKey {
			return "VirtualIDEController"
		}
	}
	return ""
}

func compareCDs(t *testing.T, got, want types.VirtualMachineConfigSpec) {
	t.Helper()
	count := func(spec types.VirtualMachineConfigSpec) (n int) {
		for _, change := range spec.DeviceChange {
			if _, ok := change.GetVirtualDeviceConfigSpec().Device.(*types.VirtualCdrom); ok {
				n++
			}
		}
		return n
	}
	if count(got) != count(want) {
		t.Errorf("%d CD-ROMs; Nova: %d", count(got), count(want))
	}
}
