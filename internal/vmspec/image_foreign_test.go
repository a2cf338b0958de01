// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TestPassedOver: of the properties made for other hypervisors, those with an effect here are not reported.
func TestPassedOver(t *testing.T) {
	t.Parallel()
	heard := map[string]string{"hw_disk_bus": "scsi", "hw_vif_model": "e1000", "os_type": "linux", "hw_firmware_type": "uefi",
		"hw_cpu_policy": "shared", "hw_boot_menu": "false",
		"img_config_drive": "optional", "vmware_disktype": "sparse", "vmware_adaptertype": "paraVirtual", "hw_numa_nodes": "2",
		"os_distro": "debian12_64Guest"}
	if lost := PassedOver(heard); len(lost) > 0 {
		t.Errorf("these mean something here: %v", lost)
	}
	lost := PassedOver(map[string]string{"hw_machine_type": "q35", "hw_disk_bus": "virtio", "hw_vif_model": "virtio",
		"hw_scsi_model": "virtio-scsi", "os_distro": "ubuntu", "os_version": "24.04",
		"hw_qemu_guest_agent": "yes", "os_require_quiesce": "yes", "img_hide_hypervisor_id": "true", "hw_cpu_policy": "mixed", "hw_empty": "",
		"owner_specified.os": "x", "description": "of people"})
	want := []string{`hw_cpu_policy = "mixed" (here: dedicated, shared)`, `hw_disk_bus = "virtio" (here: scsi, ide; others are passed over)`,
		`hw_machine_type = "q35"`, `hw_qemu_guest_agent = "yes"`,
		`hw_scsi_model = "virtio-scsi" (here: lsilogic, lsisas1068, buslogic, vmpvscsi; others are passed over)`,
		`hw_vif_model = "virtio" (here: ` + strings.Join(nicModels(), ", ") + `)`,
		`os_distro = "ubuntu" (here: a vSphere guest id; other words are passed over)`, `os_require_quiesce = "yes"`, `os_version = "24.04"`}
	if !slices.Equal(lost, want) {
		t.Errorf("lost are\n%s\nand not\n%s", strings.Join(lost, "\n"), strings.Join(want, "\n"))
	}
}

func TestComesHere(t *testing.T) {
	t.Parallel()
	for format, text := range map[string]string{"qcow2": "Its disk format is qcow2, which vSphere cannot clone: download it, and make an " +
		"image of",
		"": "Its disk format is not known", "vmdk": "Download it, and make", "iso": "Download it, and make"} {
		if got := ComesHere(openstack.Image{ImageSpec: openstack.ImageSpec{DiskFormat: format}}); !strings.HasPrefix(got, text) {
			t.Errorf("%q: %s", format, got)
		}
	}
}
