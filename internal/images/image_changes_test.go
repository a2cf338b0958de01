// SPDX-License-Identifier: MPL-2.0

package images_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestImageReplaced: what an image is made of and where it is kept makes another one, and how it is made does not.
func TestImageReplaced(t *testing.T) {
	t.Parallel()
	l := labOf(t)
	file := l.file("disk.raw", "a disk", 4<<20)
	const at, sum = "http://127.0.0.1:1/disk.raw", "md5:00000000000000000000000000000000"
	i := l.bring(asked(file, nil), l.None(kindOfImage))
	for name, more := range map[string]map[string]any{
		"local_file_path":  {"local_file_path": l.file("other.raw", "another", 4<<20)},
		"image_source_url": {"local_file_path": nil, "image_source_url": at},
		"disk_format":      {"disk_format": "iso", "local_file_path": file},
		"container_format": {"container_format": "ovf"},
		"storage":          {"storage": "content_library", "library": "images"},
		"decompress":       {"decompress": true},
		"image_id":         {"image_id": "6a1c2f0e-3b5d-4c58-9c0a-2f4f5f1f7d11"},
	} {
		if plan := l.Plan(kindOfImage, asked(file, more), i); plan.Action != protocol.Replace || !strings.Contains(
			strings.Join(plan.Replaces, " "), name) {
			t.Errorf("%s: the plan is to %s %v: %v", name, plan.Action, plan.Replaces, plan.Diagnostics)
		}
	}
	l.vc.ResetCalls()
	for name, value := range map[string]any{"image_cache_path": l.folder, "upload_via": "vcenter", "verify_checksum": false,
		"image_checksum": sum} {
		plan := l.Plan(kindOfImage, asked(file, map[string]any{name: value}), i)
		if plan.Action != protocol.Update {
			t.Errorf("%s: the plan is to %s %v: %v", name, plan.Action, plan.Replaces, plan.Diagnostics)
			continue
		}
		if _, said := l.Apply(plan); len(said) > 0 {
			t.Errorf("%s: %v", name, said)
		}
	}
	for call := range l.vc.Calls() {
		if strings.Contains(call, "Reconfigure") || strings.Contains(call, "Rename") {
			t.Errorf("%s was called", call)
		}
	}
}

// TestImageOfURL: a compressed file is fetched with a name and a password, checked, decompressed and made an image; nothing of it is left
// on this machine.
func TestImageOfURL(t *testing.T) {
	l := labOf(t)
	t.Setenv("TMPDIR", t.TempDir())
	file := l.file("disk.raw", "a disk", 4<<20)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.ServeFile(w, r, file)
	}))
	defer server.Close()
	config := func(password string) map[string]any {
		return asked("", map[string]any{"local_file_path": nil, "image_source_url": server.URL + "/disk.raw", "image_source_username": "me",
			"image_source_password": password})
	}
	plan := l.Plan(kindOfImage, config("wrong"), l.None(kindOfImage))
	made, said := l.Apply(plan)
	if errors := protocol.Errors(said); made.Exists() || len(errors) != 1 || errors[0].Attribute != "image_source_url" ||
		strings.Contains(errors[0].Text, "wrong") {
		t.Fatalf("with a wrong password: %v, %v", made.Exists(), said)
	}
	i := l.bring(config("secret"), l.None(kindOfImage))
	if plan := l.Plan(kindOfImage, config("other"), i); plan.Action != protocol.Update {
		t.Errorf("another password: the plan is to %s", plan.Action)
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) > 0 {
		t.Errorf("left is %v, %v", left, err)
	}
}

// TestImageInLibrary: an image is an item of a content library, is changed and imported there, and nothing is left of it.
func TestImageInLibrary(t *testing.T) {
	t.Parallel()
	l := labOf(t)
	config := asked(l.file("disk.raw", "a disk", 4<<20), map[string]any{"storage": "content_library", "library": vcsim.LibraryName,
		"min_ram_mb": 256})
	i := l.bring(config, l.None(kindOfImage))
	if file := i.Text("file"); file != vcsim.LibraryName+"/debian" || i.Text("disk_format") != "raw" {
		t.Errorf("it is %s, of %s", file, i.Text("disk_format"))
	}
	config["name"] = "debian-12"
	config["tags"] = []any{"gold"}
	i = l.bring(config, i)
	if file := i.Text("file"); file != vcsim.LibraryName+"/debian-12" {
		t.Errorf("it is %s", file)
	}
	found, said := l.Query(kindOfImage, map[string]any{"tag": "gold"})
	if len(protocol.Errors(said)) > 0 || found["id"].String() != i.Attributes()["id"].String() {
		t.Errorf("the data source finds %v: %v", found, said)
	}
	l.Destroy(i)
	if l.vc.Records() != "" {
		t.Errorf("left is %s", l.vc.Records())
	}
	config["library"] = "elsewhere"
	l.refused(config, l.None(kindOfImage), "library", "elsewhere")
}

// TestImageOfOthers: a template that others made is imported and changed, and stays when it is destroyed.
func TestImageOfOthers(t *testing.T) {
	t.Parallel()
	l := labOf(t)
	i, said := l.Import(kindOfImage, "debian-12")
	if len(said) > 0 {
		t.Fatal(said)
	}
	config := map[string]any{"name": "debian-12", "disk_format": "vmdk", "container_format": "bare", "image_source_url": "https://example.com",
		"tags": []any{"gold"}, "min_disk_gb": 2}
	plan := l.Plan(kindOfImage, config, i)
	if plan.Action != protocol.Update {
		t.Fatalf("the plan is to %s %v: %v", plan.Action, plan.Replaces, plan.Diagnostics)
	}
	i = l.bring(config, i)
	found, said := l.Query(kindOfImage, map[string]any{"tags": []any{"gold"}})
	if len(protocol.Errors(said)) > 0 || !strings.Contains(found["name"].String(), "debian-12") {
		t.Errorf("the data source finds %v: %v", found, said)
	}
	gone, said := l.Apply(l.PlanDelete(i))
	if gone.Exists() || len(said) != 1 || !strings.Contains(said[0].Text, "was not made by this provider") {
		t.Errorf("the destruction says %v", said)
	}
	if !l.vc.VM("images/debian-12").Config.Template || l.vc.Records() != "" {
		t.Errorf("the template is gone, or a record is left: %s", l.vc.Records())
	}
}

// TestImageISO: a CD-ROM image becomes a template without a disk, whose drive has the file, and nothing of it is left.
func TestImageISO(t *testing.T) {
	t.Parallel()
	l := labOf(t)
	config := asked(l.file("install.iso", strings.Repeat("\x00", 0x8001)+"CD001", 1<<20), map[string]any{"disk_format": "iso"})
	i := l.bring(config, l.None(kindOfImage))
	vm := l.vc.VM("novasphere/images/debian")
	if !vm.Config.Template || i.Text("disk_format") != "iso" || i.Text("id") != vm.Config.InstanceUuid {
		t.Errorf("the vCenter has %s (template: %v), and the state %s of format %s", vm.Config.InstanceUuid, vm.Config.Template, i.Text("id"),
			i.Text("disk_format"))
	}
	l.Destroy(i)
	if left := l.vc.VMs("novasphere/images/*"); len(left) > 0 || l.vc.Records() != "" {
		t.Errorf("left are %v and %s", left, l.vc.Records())
	}
}
