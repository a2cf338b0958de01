// SPDX-License-Identifier: MPL-2.0

package destruction

import (
	"reflect"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// novaMachine returns a VM of Nova's with one disk whose chain of files is given, and a note of its clones.
func novaMachine(noted string, chain ...string) mo.VirtualMachine {
	var backing *types.VirtualDiskFlatVer2BackingInfo
	for i := len(chain) - 1; i >= 0; i-- {
		backing = &types.VirtualDiskFlatVer2BackingInfo{Parent: backing,
			VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: chain[i]}}
	}
	config := &types.VirtualMachineConfigInfo{Files: types.VirtualMachineFileInfo{VmPathName: "[ds] i/i.vmx"},
		ExtraConfig: []types.BaseOptionValue{
			&types.OptionValue{Key: "nvp.vm-uuid", Value: "i"}, &types.OptionValue{Key: clonesKey, Value: noted}}}
	if backing != nil {
		config.Hardware.Device = []types.BaseVirtualDevice{&types.VirtualDisk{VirtualDevice: types.VirtualDevice{Key: 2000, Backing: backing}}}
	}
	return mo.VirtualMachine{Config: config}
}

func TestNovaClones(t *testing.T) {
	t.Parallel()
	const clone, cache = "[ds] i/i.vmdk", "[ds] 192.0.2.10_base/b/b.vmdk"
	for name, c := range map[string]struct {
		vm   mo.VirtualMachine
		want []string
		err  string
	}{
		"a clone":               {novaMachine("", clone, cache), []string{clone}, ""},
		"no clone":              {novaMachine("", clone), nil, ""},
		"one noted, put back":   {novaMachine(`["[ds] i/i.vmdk"]`, clone, cache), []string{clone}, ""},
		"one noted, taken off":  {novaMachine(`["[ds] i/i.vmdk"]`), []string{clone}, ""},
		"somebody else's noted": {novaMachine(`["[ds] 192.0.2.10_base/b/b.vmdk"]`), []string{}, ""},
		"a note that is none":   {novaMachine("{"), nil, ""},
		"a snapshot":            {novaMachine("", "[ds] i/i-000001.vmdk", clone, cache), nil, "remove its snapshots first"},
	} {
		have, err := novaClones(c.vm)
		if !reflect.DeepEqual(have, c.want) && len(have)+len(c.want) > 0 || (err == nil) != (c.err == "") || err != nil &&
			!strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %q %v", name, have, err)
		}
	}
}

// TestNovaRawDevice: an iSCSI volume is a raw device whose pointer file lies in the VM's folder, and is not a disk of the VM's own.
func TestNovaRawDevice(t *testing.T) {
	t.Parallel()
	vm := novaMachine("", "[ds] i/i.vmdk")
	lsi, unit := &types.VirtualLsiLogicController{}, int32(0)
	lsi.Key = 1000
	disk := vm.Config.Hardware.Device[0].(*types.VirtualDisk)
	disk.ControllerKey, disk.UnitNumber = lsi.Key, &unit
	vm.Config.Hardware.Device = append(vm.Config.Hardware.Device, lsi)
	for name, c := range map[string]struct {
		backing types.BaseVirtualDeviceBackingInfo
		own     bool
	}{
		"a file": {disk.Backing, true},
		"a raw device": {&types.VirtualDiskRawDiskMappingVer1BackingInfo{
			VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: "[ds] i/i_1.vmdk"}}, false},
	} {
		disk.Backing = c.backing
		if s, err := machine.InstanceOf(vm); err != nil || machine.Owned(vm, disk) != c.own || s.BootVolume == c.own {
			t.Errorf("%s: own %t, boots from a volume %t, %v", name, machine.Owned(vm, disk), s.BootVolume, err)
		}
	}
}
