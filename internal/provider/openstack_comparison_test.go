package provider_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// foreignInstance is an instance of a flavor, and perhaps of a key pair.
func foreignInstance(flavor, key string) string {
	if key != "" {
		key = fmt.Sprintf("  key_pair    = %q\n", key)
	}
	return fmt.Sprintf("resource \"novasphere_compute_instance\" \"web\" {\n  count       = 3\n  name        = \"web-${count.index}\"\n  "+
		"flavor_name = %q\n  image_name  = \"debian-12\"\n%s  wait_for_ip = \"0s\"\n}\n", flavor, key)
}

// TestOpenStackInstance: an instance takes its flavor and its key from a real OpenStack, and what both mean is on the machine. When the
// flavor changes there, the plan says so; when it is gone, nothing changes.
func TestOpenStackInstance(t *testing.T) { //nolint:paralleltest // the services of OpenStack are the same for all of these tests
	cloud, vc := openstack.Start(t), acctest.Start(t, vcsim.Options{})
	cloud.Admin.KeyPair(t, "berta", opsKey)
	specs := map[string]string{"quota:cpu_reservation": "700", "trait:HW_CPU_X86_AVX2": "required"}
	id := cloud.Admin.Flavor(t, "kvm.medium", map[string]any{"vcpus": 2, "ram": 2048, "disk": 8}, specs)
	wire := vc.Wire(t)
	ws := bridged(t, vc, wire, cloud.Admin, beside+foreignInstance("kvm.medium", "berta"))
	watch := cloud.Watch(t)
	out := ws.Must("plan", "-no-color")
	has(t, out, "The flavor kvm.medium of the OpenStack cloud", "mean nothing on vSphere, or not what they say: trait:HW_CPU_X86_AVX2")
	if n := strings.Count(flat(out), "trait:HW_CPU_X86_AVX2"); n != 1 {
		t.Errorf("it is said %d times:\n%s", n, out)
	}
	if n := watch.Count("nova", "/flavors/detail") + watch.Count("nova", "/os-keypairs"); n != 2 {
		t.Errorf("a plan asked %v", watch.Calls())
	}
	if out := ws.Apply(); strings.Contains(flat(out), "The flavor's tag") {
		t.Errorf("the apply speaks of a tag:\n%s", out)
	}
	sized := func(cpus int32, ram int32, mhz int64) {
		t.Helper()
		for _, vm := range vc.VMs("OpenStack/*") {
			extra := acctest.Extra(vm)
			data, _ := base64.StdEncoding.DecodeString(extra["guestinfo.metadata"])
			if hw := vm.Config.Hardware; hw.NumCPU != cpus || hw.MemoryMB != ram || *vm.Config.CpuAllocation.Reservation != mhz ||
				acctest.DiskGiB(vm) != 8 {
				t.Errorf("%s has %d vcpus, %d MB, %d MHz and %d GiB", vm.Name, hw.NumCPU, hw.MemoryMB, *vm.Config.CpuAllocation.Reservation,
					acctest.DiskGiB(vm))
			}
			if !strings.Contains(string(data), strings.Fields(opsKey)[1]) || !strings.Contains(extra["novasphere.server"], id) {
				t.Errorf("%s is told %s and has the record %s", vm.Name, data, extra["novasphere.server"])
			}
		}
	}
	sized(2, 2048, 700)
	if tags, records := vc.Tags(), vc.Catalogue(); len(tags)+len(records) > 0 {
		t.Errorf("there are the tags %v and the records %v", tags, records)
	}
	watch.Reset()
	ws.PlanIsEmpty()
	if n := watch.Count("nova", "/flavors/detail"); n != 1 {
		t.Errorf("%d requests for flavors", n)
	}
	cloud.Admin.Call(t, "nova", "DELETE", "/v2.1/flavors/"+id, nil, nil)
	ws.PlanIsEmpty()
	id = cloud.Admin.Flavor(t, "kvm.medium", map[string]any{"vcpus": 4, "ram": 4096, "disk": 8}, specs)
	has(t, ws.Must("plan", "-no-color"), "0 to add, 3 to change, 0 to destroy")
	ws.Apply()
	sized(4, 4096, 700)
	ws.PlanIsEmpty()
	ws.Configure(beside + strings.Replace(foreignInstance("kvm.medium", "berta"), `"debian-12"`, `"fedora-39"`, 1))
	cloud.Admin.Image(t, "fedora-39", map[string]any{"disk_format": "raw"})
	out, err := ws.Run("plan", "-no-color", "-replace=novasphere_compute_instance.web[0]")
	if err == nil {
		t.Errorf("an instance of an image in OpenStack is planned:\n%s", out)
	}
	has(t, out, `image_name: the image "fedora-39" is in the OpenStack cloud`, "no template or library item of this vCenter has that name",
		"Its disk format is raw, which vSphere cannot clone")
	ws.Configure(beside + foreignInstance("kvm.medium", "berta"))
	ws.Destroy()
}

// TestOpenStackComparison: what Nova left behind is told from what OpenStack still knows, in the folders of all projects; who may not see
// all of them is told so; and OpenStack's servers are listed with a configuration for them.
func TestOpenStackComparison(t *testing.T) { //nolint:paralleltest // the services of OpenStack are the same for all of these tests
	cloud, vc := openstack.Start(t), acctest.Start(t, vcsim.Options{})
	flavor, image := cloud.Admin.Flavor(t, "cmp", map[string]any{"vcpus": 1, "ram": 512, "disk": 1}, nil), cloud.Admin.Image(t, "cmp", nil)
	server := func(name string) string {
		return cloud.Admin.Server(t, name, map[string]any{"flavorRef": flavor, "imageRef": image, "networks": "none",
			"metadata": map[string]any{"role": name}, "user_data": "c2VjcmV0LW9mLXRoZS1ndWVzdA=="})
	}
	known, gone := server("known"), server("gone")
	const left = "5f0a6a3e-7c1b-4a52-9f57-0a1e0c7d9b11"
	for id, folder := range map[string]string{known: "OpenStack/Project (aa)/Instances", left: "OpenStack/Project (bb)/Instances"} {
		vc.Make(folder, types.VirtualMachineConfigSpec{Name: "vm (" + id + ")", InstanceUuid: id, GuestId: "otherGuest",
			ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: "nvp.vm-uuid", Value: id}}})
	}
	config := beside + `
data "novasphere_compute_instances" "compared" { compare_with = "openstack" }
data "novasphere_compute_instances" "there" {
  source   = "openstack"
  metadata = { role = "known" }
}
data "novasphere_compute_instances" "quiet" {}
locals {
  compared = data.novasphere_compute_instances.compared
  there    = data.novasphere_compute_instances.there
}
output "orphans" {
  value = join(" ", [for o in local.compared.orphans : "${o.id} ${o.project_id} ${o.folder} ${o.power_state}"])
}
output "missing" {
  value = join(" ", [for m in local.compared.missing : "${m.id} ${m.name} ${m.flavor_name} ${m.power_state}"])
}
output "there" { value = "${join(",", local.there.ids)} ${local.there.instances[0].flavor_name}" }
output "projects" {
  value = alltrue([for s in concat(local.compared.missing[*].project_id, local.there.instances[*].project) : length(s) == 32])
}
output "null" { value = data.novasphere_compute_instances.quiet.orphans == null }
output "text" { value = nonsensitive(local.there.configuration) }
`
	wire, watch := vc.Wire(t), cloud.Watch(t)
	ws := bridged(t, vc, wire, cloud.Admin, config)
	out := ws.Must("plan", "-no-color")
	has(t, out, `missing  = "`+gone+` gone cmp active"`, `orphans  = "`+left+` bb OpenStack/Project (bb)/Instances shutoff"`, `there    = "`+
		known+` cmp"`, "null     = true", "projects = true",
		"to = novasphere_compute_instance.known", `id = "`+known+`"`, `flavor_name = "cmp"`)
	if strings.Contains(out, "secret-of-the-guest") {
		t.Error("the user data of OpenStack's servers is told")
	}
	if n := watch.Count("nova", "/servers/detail"); n != 1 {
		t.Errorf("%d requests for servers", n)
	}
	member := bridged(t, vc, wire, cloud.Member(t), config)
	out, err := member.Run("plan", "-no-color")
	if err == nil {
		t.Errorf("a member compares with what he cannot see:\n%s", out)
	}
	has(t, out, "was asked for its servers of all projects", "shows this user those of one project alone")
}
