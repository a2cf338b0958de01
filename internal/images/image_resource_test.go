// SPDX-License-Identifier: MPL-2.0

package images_test

import (
	"crypto/md5"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// bring makes an image, or changes it, and fails the test unless the next plan is empty.
func (l *lab) bring(config map[string]any, prior protocol.Object) protocol.Object {
	l.Helper()
	made := l.Bring(kindOfImage, config, prior)
	read, reported := l.Read(made)
	if len(reported) > 0 {
		l.Fatalf("the refresh reports %v", reported)
	}
	if plan := l.Plan(kindOfImage, config, read); plan.Action != protocol.Nothing || len(plan.Diagnostics) > 0 {
		l.Fatalf("the next plan is to %s: %v\n%s\n%s", plan.Action, plan.Diagnostics, read.State, plan.Planned)
	}
	return read
}

// TestImageTemplate: a file becomes a template that the vCenter holds under the image's id, every argument of Glance is kept and changes
// in place, and nothing is left once it is destroyed.
func TestImageTemplate(t *testing.T) {
	t.Parallel()
	l := labOf(t)
	file := l.file("disk.raw", "a disk", 4<<20)
	const id = "6a1c2f0e-3b5d-4c58-9c0a-2f4f5f1f7d11"
	first := asked(file, map[string]any{"image_id": strings.ToUpper(id), "tags": []any{"gold", "linux"}, "min_disk_gb": 2,
		"min_ram_mb": 512, "hidden": true, "visibility": "public", "properties": map[string]any{"os_distro": "debian",
			"hw_vif_model": "VirtualVmxnet3"}})
	i := l.bring(first, l.None(kindOfImage))
	vm := l.vc.VM("novasphere/images/debian")
	if !vm.Config.Template || vm.Config.InstanceUuid != id || i.Text("id") != id || i.Text("image_id") != strings.ToUpper(id) {
		t.Errorf("the vCenter has %s (template: %v), and the state %s", vm.Config.InstanceUuid, vm.Config.Template, i.Text("id"))
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"checksum": fmt.Sprintf("%x", md5.Sum(content)), "status": "active", "owner": "",
		"file": "novasphere/images/debian", "storage": "template", "visibility": "public", "disk_format": "raw"} {
		if got := i.Text(name); got != want {
			t.Errorf("%s is %q, and not %q", name, got, want)
		}
	}
	second := asked(file, map[string]any{"image_id": id, "name": "debian-12", "tags": []any{"silver"}, "min_disk_gb": 3, "min_ram_mb": 1024,
		"visibility": "shared", "protected": true, "datastore_cache": true, "properties": map[string]any{"os_distro": "alma"}})
	plan := l.Plan(kindOfImage, second, i)
	if plan.Action != protocol.Update {
		t.Errorf("the plan is to %s", plan.Action)
	}
	i = l.bring(second, i)
	if vm := l.vc.VM("novasphere/images/debian-12"); vm.Config.InstanceUuid != id {
		t.Errorf("after the change the template is %s", vm.Config.InstanceUuid)
	}
	if errors := protocol.Errors(l.PlanDelete(i).Diagnostics); len(errors) != 1 || errors[0].Attribute != "protected" {
		t.Errorf("the plan to destroy a protected image says %v", errors)
	}
	l.refused(asked(l.file("other.raw", "another", 4<<20), map[string]any{"name": "debian-12", "protected": true}), i, "protected",
		"this plan replaces it")
	second["protected"] = false
	i = l.bring(second, i)
	l.Destroy(i)
	if left := l.vc.VMs("novasphere/images/*"); len(left) > 0 || l.vc.Records() != "" {
		t.Errorf("left are %v and %s", left, l.vc.Records())
	}
}
