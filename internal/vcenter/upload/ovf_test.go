// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vmware/govmomi/ovf"
	"github.com/vmware/govmomi/vim25/types"
)

// TestDescriptor: what a reader of OVF finds in the descriptor of an image.
func TestDescriptor(t *testing.T) {
	t.Parallel()
	for model, device := range map[string]types.BaseVirtualDevice{"VirtualSCSI": &types.ParaVirtualSCSIController{},
		"lsilogic": &types.VirtualLsiLogicController{}, "lsilogicsas": &types.VirtualLsiLogicSASController{},
		"buslogic": &types.VirtualBusLogicController{}, "": &types.VirtualIDEController{}} {
		spec := types.VirtualMachineConfigSpec{Name: `a "b" <c> & d`, GuestId: "debian12_64Guest", NumCPUs: 1, MemoryMB: 128, Firmware: "efi",
			BootOptions:  &types.VirtualMachineBootOptions{EfiSecureBootEnabled: types.NewBool(true)},
			DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{Device: device}}}
		text, err := Descriptor(spec, "disk.vmdk", &Content{Length: 12345, Capacity: 5 << 30})
		if err != nil {
			t.Fatal(err)
		}
		env, err := ovf.Unmarshal(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		disk, vm := env.Disk.Disks[0], env.VirtualSystem
		if f := env.References[0]; f.Href != "disk.vmdk" || f.Size != 12345 || *disk.FileRef != f.ID || disk.Capacity != "5120" {
			t.Errorf("the file is %+v, the disk %+v", f, disk)
		}
		if *vm.Name != spec.Name || *vm.OperatingSystem.OSType != "debian12_64Guest" {
			t.Errorf("the machine is %+v", vm)
		}
		hardware := vm.VirtualHardware[0]
		parent := hardware.Item[2]
		if kind := *parent.ResourceType; kind == 6 != (model != "") || model != "" && *parent.ResourceSubType != model {
			t.Errorf("the controller is %d %+v, want %q", kind, parent, model)
		}
		if *hardware.System.VirtualSystemType != descriptorVersion || *hardware.Item[3].Parent != parent.InstanceID {
			t.Errorf("the hardware is %+v", hardware)
		}
		if c := hardware.Config; len(c) != 2 || c[0].Value != "efi" || c[1].Key != "bootOptions.efiSecureBootEnabled" {
			t.Errorf("the configuration is %+v", c)
		}
	}
	plain, err := Descriptor(types.VirtualMachineConfigSpec{Version: "vmx-19"}, "disk.vmdk", &Content{})
	if err != nil || strings.Contains(string(plain), "vmw:Config") || !strings.Contains(string(plain), ">vmx-19<") {
		t.Errorf("a plain machine is %s, %v", plain, err)
	}
}
