// SPDX-License-Identifier: MPL-2.0

package vmspec_test

import (
	"reflect"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

const novaID = "a0000000-0000-4000-8000-000000000001"

func TestNovaName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		machine, annotated, name string
		found                    bool
	}{
		{"web (" + novaID + ")", "web", "web", true},
		{"a name that is longer than what Nova keeps (" + novaID + ")", "a name that is longer than what Nova keeps of it",
			"a name that is longer than what Nova keeps of it", true},
		{"web (" + novaID + ")", "", "web", true}, // the annotation was emptied
		{novaID, "web", "web", true},              // never renamed
		{novaID, "", novaID, true},                // no name
		{"renamed by hand", "web", "", false},     // renamed on purpose
		{"web (another machine)", "web", "", false},
	} {
		if name, found := vmspec.NovaName(c.machine, novaID, c.annotated); name != c.name || found != c.found {
			t.Errorf("%s, annotated %q: %q, %t", c.machine, c.annotated, name, found)
		}
	}
}

func TestNovaPorts(t *testing.T) {
	t.Parallel()
	keys := map[string]string{"nvp.iface-id.10": "k", "nvp.iface-id.0": "free", "nvp.iface-id.2": "c", "nvp.iface-id.1": "b",
		"nvp.iface-id.x": "lies", "nvp.iface-id.3": "", "nvp.vm-uuid": novaID}
	if have := vmspec.NovaPorts(keys); !reflect.DeepEqual(have, []string{"b", "c", "k"}) {
		t.Errorf("%v", have)
	}
}

// novaDisk returns a disk at a unit of the one SCSI controller.
func novaDisk(unit, gib int64, uuid string, chain ...string) *types.VirtualDisk {
	var backing *types.VirtualDiskFlatVer2BackingInfo
	for i := len(chain) - 1; i >= 0; i-- {
		backing = &types.VirtualDiskFlatVer2BackingInfo{Parent: backing,
			VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: chain[i]}}
	}
	backing.Uuid = uuid
	number := int32(unit)
	return &types.VirtualDisk{CapacityInKB: gib << 20, VirtualDevice: types.VirtualDevice{Key: 2000 + number, ControllerKey: 1000,
		UnitNumber: &number, Backing: backing}}
}

func TestDisksOfNova(t *testing.T) {
	t.Parallel()
	lsi := &types.VirtualLsiLogicController{}
	lsi.Key = 1000
	devices := []types.BaseVirtualDevice{lsi,
		novaDisk(0, 20, "6000C29a", "[ds] i/i.vmdk", "[ds] 192.0.2.10_base/b/b.20.vmdk"),
		novaDisk(1, 1, "6000C29b", "[ds] i/swap.vmdk"),
		novaDisk(2, 10, "6000C29c", "[ds] i/ephemeral_0-000001.vmdk", "[ds] i/ephemeral_0.vmdk"), // under a snapshot
		novaDisk(3, 5, "6000c29d", "[ds] volume-v/volume-v.vmdk"),
		novaDisk(4, 5, "", "[ds] i/somebody's.vmdk"),
		&types.VirtualDisk{VirtualDevice: types.VirtualDevice{Key: 3000}}, // unreadable
	}
	want := []openstack.Disk{{Kind: openstack.DiskEphemeral, MB: 10 << 10, Place: "scsi0:2"},
		{Kind: openstack.DiskSwap, MB: 1 << 10, Place: "scsi0:1"}}
	if have := vmspec.NovaDisks(devices); !reflect.DeepEqual(have, want) {
		t.Errorf("%+v", have)
	}
	keys := map[string]string{"volume-v": "6000C29D", "volume-detached": "", "volume-gone": "6000C29e", "volumes": "6000C29a"}
	if have := vmspec.Volumes(keys, devices); !reflect.DeepEqual(have, map[int32]string{2003: "v"}) {
		t.Errorf("%v", have)
	}
	if have := hardware.Parents(devices[1].(*types.VirtualDisk)); len(have) != 1 || have[0] != "[ds] 192.0.2.10_base/b/b.20.vmdk" {
		t.Errorf("%v", have)
	}
	if vmspec.NovaConfigDrive(devices) {
		t.Error("there is no config drive")
	}
	drive := &types.VirtualCdrom{
		VirtualDevice: types.VirtualDevice{
			Backing: &types.VirtualCdromIsoBackingInfo{
				VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: "[ds] i/configdrive.iso"}}}}
	if !vmspec.NovaConfigDrive(append(devices, drive)) {
		t.Error("there is a config drive")
	}
}
