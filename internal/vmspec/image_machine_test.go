// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// TestImageMachine: properties that shape a template do, and those that shape its instances do not.
func TestImageMachine(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		properties               map[string]string
		guest, firmware, adapter string
		secure                   bool
	}{
		"none": {nil, "otherGuest", "", "*types.VirtualLsiLogicController", false},
		"all": {map[string]string{"vmware_ostype": "debian12_64Guest", "hw_firmware_type": "uefi", "os_secure_boot": "required",
			"hw_scsi_model": "vmpvscsi"}, "debian12_64Guest", "efi", "*types.ParaVirtualSCSIController", true},
		"ide": {map[string]string{"hw_disk_bus": "ide", "os_distro": "debian"}, "otherGuest", "", "", false},
		"of clones": {map[string]string{"hw_video_ram": "64", "hw_vif_model": "what", "x": "y"}, "otherGuest", "",
			"*types.VirtualLsiLogicController", false},
		"not secure": {map[string]string{"os_secure_boot": "optional"}, "otherGuest", "", "*types.VirtualLsiLogicController", false},
	} {
		spec, err := ImageMachine{ID: "an-id", Name: "debian", Properties: row.properties, Capacity: 3 << 20,
			Extra: map[string]string{"novasphere.mark": "m"}}.Spec()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		adapter, disk := parts(spec)
		secure := spec.BootOptions != nil && *spec.BootOptions.EfiSecureBootEnabled
		if spec.GuestId != row.guest || spec.Firmware != row.firmware || adapter != row.adapter || secure != row.secure {
			t.Errorf("%s: %+v on %s", name, spec, adapter)
		}
		home := int32(hardware.ControllerKey)
		if row.adapter == "" {
			home = hardware.IDEKey
		}
		if disk == nil || disk.CapacityInBytes != 3<<20 || disk.CapacityInKB != 3<<10 || disk.ControllerKey != home ||
			spec.InstanceUuid != "an-id" || spec.Version != "" || len(spec.ExtraConfig) != 1 {
			t.Errorf("%s: %+v with %+v", name, spec, disk)
		}
	}
	_, err := ImageMachine{Properties: map[string]string{"hw_firmware_type": "coreboot"}}.Spec()
	if err == nil || !strings.Contains(err.Error(), "hw_firmware_type") {
		t.Errorf("%v", err)
	}
}

// parts are the type of a specification's controller, and its disk.
func parts(spec types.VirtualMachineConfigSpec) (adapter string, disk *types.VirtualDisk) {
	for _, change := range spec.DeviceChange {
		switch device := change.GetVirtualDeviceConfigSpec().Device.(type) {
		case *types.VirtualDisk:
			disk = device
		default:
			adapter = fmt.Sprintf("%T", device)
		}
	}
	return adapter, disk
}
