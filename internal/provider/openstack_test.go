// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestMain runs the tests, or serves as the vCenter of another process of this binary that measures.
func TestMain(m *testing.M) {
	if order := os.Getenv(fleetEnv); order != "" {
		if err := serveFleet(order, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(openstack.Main(m))
}

const opsKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB6ebMGKyqMTAUxZ2BbgyzpTgRiBKhW8iOL9Zo5XBmZp ops"

// beside is a provider with the OpenStack cloud of the environment.
const beside = "provider \"novasphere\" {\n  openstack {}\n}\n"

// bridged returns a workspace with a cloud's environment.
func bridged(t *testing.T, vc *acctest.VCenter, wire *acctest.Wire, as openstack.Login, config string) *acctest.Workspace {
	t.Helper()
	var env []string
	for name, value := range as.Env() {
		env = append(env, name+"="+value)
	}
	return vc.NewWorkspace(t, wire, config, env...)
}

// has checks that the CLI's output contains texts, whatever its line breaks.
func has(t *testing.T, out string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(flat(out), flat(part)) {
			t.Errorf("%q is not in\n%s", part, out)
		}
	}
}

// foreignInstance returns an instance of a flavor, and perhaps of a key pair.
func foreignInstance(flavor, key string) string {
	if key != "" {
		key = fmt.Sprintf("  key_pair    = %q\n", key)
	}
	return fmt.Sprintf("resource \"novasphere_compute_instance\" \"web\" {\n  count       = 3\n  name        = \"web-${count.index}\"\n  "+
		"flavor_name = %q\n  image_name  = \"debian-12\"\n%s  wait_for_ip = \"0s\"\n}\n", flavor, key)
}

// TestOpenStackInstance: an instance takes its flavor and its key from a real OpenStack, and both have their effect on the VM. When the
// flavor changes there, the plan shows it; when it is gone, nothing changes.
func TestOpenStackInstance(t *testing.T) { //nolint:paralleltest // all of these tests share the services of OpenStack
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

// TestOpenStackCatalogue: the example copies two hundred flavors, whose records are written together; later plans cost next to nothing,
// and show changes in OpenStack.
func TestOpenStackCatalogue(t *testing.T) { //nolint:paralleltest // all of these tests share the services of OpenStack
	cloud, vc := openstack.Start(t), acctest.Start(t, vcsim.Options{})
	const n = 200
	ids := make([]string, n)
	for i := range n {
		ids[i] = cloud.Admin.Flavor(t, fmt.Sprintf("c%03d", i), map[string]any{"vcpus": 1 + i%8, "ram": 1024 + 4*i, "disk": i % 3,
			"OS-FLV-EXT-DATA:ephemeral": i % 2, "swap": 512 * (i % 2),
			"rxtx_factor": 1.5, "os-flavor-access:is_public": i%2 == 0, "description": fmt.Sprintf("number %d", i)},
			map[string]string{"quota:cpu_shares": "2048", "trait:CUSTOM": "required"})
	}
	wire := vc.Wire(t)
	ws := bridged(t, vc, wire, cloud.Admin, example(t, "openstack-catalogue"))
	watch, start := cloud.Watch(t), time.Now()
	ws.Apply()
	calls, bytes := wire.Take()
	t.Logf("apply: %d requests to OpenStack, %d calls to the vCenter (%d KiB of answers), %.1f s: %s", len(watch.Calls()),
		acctest.Total(calls), bytes>>10, time.Since(start).Seconds(), callList(calls))
	if writes := calls["ReconfigVM_Task"]; writes > n/4 {
		t.Errorf("%d flavors took %d writes", n, writes)
	}
	records := vc.Catalogue()
	if len(records) < n {
		t.Errorf("the catalogue has %d records", len(records))
	}
	copied := 0
	for _, record := range records {
		if strings.Contains(record, ids[101]) {
			copied++
			for _, part := range []string{`"name":"c101"`, `"description":"number 101"`, `"vcpus":6`, `"ram":1428`, `"disk":2`, `"ephemeral":1`,
				`"swap":512`, `"rx_tx_factor":1.5`, `"extra_specs":{"quota:cpu_shares":"2048"}`} {
				if !strings.Contains(record, part) {
					t.Errorf("%s is not in the record %s", part, record)
				}
			}
			if strings.Contains(record, "is_public") {
				t.Errorf("a private flavor has the record %s", record)
			}
		}
	}
	if copied != 1 {
		t.Errorf("%d records of c101", copied)
	}
	watch.Reset()
	start = time.Now()
	ws.PlanIsEmpty()
	calls, _ = wire.Take()
	t.Logf("plan: %d requests to OpenStack, %d calls to the vCenter, %.1f s: %s", len(watch.Calls()), acctest.Total(calls),
		time.Since(start).Seconds(), callList(calls))
	if len(watch.Calls()) > 5 || acctest.Total(calls) > 20 {
		t.Errorf("a plan costs %d requests to OpenStack and %d calls to the vCenter", len(watch.Calls()), acctest.Total(calls))
	}
	cloud.Admin.Call(t, "nova", "PUT", "/v2.1/flavors/"+ids[7]+"/os-extra_specs/quota:cpu_shares", map[string]any{"quota:cpu_shares": "4096"},
		nil)
	cloud.Admin.Call(t, "nova", "DELETE", "/v2.1/flavors/"+ids[8], nil, nil)
	cloud.Admin.Flavor(t, "new", map[string]any{"vcpus": 1, "ram": 512, "disk": 1}, nil)
	has(t, ws.Must("plan", "-no-color"), "1 to add, 1 to change, 1 to destroy", `~ "quota:cpu_shares" = "2048" -> "4096"`)
	ws.Apply()
	ws.PlanIsEmpty()
	ws.Destroy()
}

// TestOpenStackComparison: the list tells what Nova left behind from what OpenStack still knows, in the folders of all projects. An
// account that may not see all projects gets a message about that. OpenStack's servers are listed with a configuration for them.
func TestOpenStackComparison(t *testing.T) { //nolint:paralleltest // all of these tests share the services of OpenStack
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
