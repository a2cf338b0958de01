// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// lookups finds objects that only OpenStack has, that both have, and that only the vCenter has.
const lookups = beside + `
data "novasphere_compute_flavor" "both"   { name = "m1.small" }
data "novasphere_compute_flavor" "there"  {
  name   = "m1.small"
  source = "openstack"
}
data "novasphere_compute_flavor" "kvm"    { name = "kvm.large" }
data "novasphere_compute_flavor" "sized"  {
  min_ram  = 3000
  smallest = true
}
data "novasphere_compute_flavors" "here"  {}
data "novasphere_compute_flavors" "there" {
  source     = "openstack"
  name_regex = "^(m1|kvm)[.]"
}
data "novasphere_images_image" "here"       { name = "debian-12" }
data "novasphere_images_image" "kvm"        { name = "fedora-kvm" }
data "novasphere_compute_keypair" "here"    { name = "ops" }
data "novasphere_compute_keypair" "there"   { name = "anna" }
data "novasphere_networking_network" "here" { name = "public" }
data "novasphere_networking_network" "there" { name = "neutral" }
output "found" {
  value = join(" ", [
    data.novasphere_compute_flavor.both.found_in, data.novasphere_compute_flavor.there.found_in,
    data.novasphere_compute_flavor.kvm.found_in, data.novasphere_compute_flavor.sized.name,
    data.novasphere_images_image.here.found_in, data.novasphere_images_image.kvm.found_in,
    data.novasphere_compute_keypair.here.found_in, data.novasphere_compute_keypair.there.found_in,
    data.novasphere_networking_network.here.found_in, data.novasphere_networking_network.there.found_in,
  ])
}
output "ram" {
  value = join(" ", [
    data.novasphere_compute_flavor.both.ram, data.novasphere_compute_flavor.there.ram, data.novasphere_compute_flavor.kvm.ram,
  ])
}
output "specs" { value = join(" ", [for k, v in data.novasphere_compute_flavor.kvm.extra_specs : "${k}=${v}"]) }
output "lists" {
  value = join(" ", [join(",", data.novasphere_compute_flavors.here.names), join(",", data.novasphere_compute_flavors.there.names)])
}
output "image" { value = "${data.novasphere_images_image.kvm.disk_format} ${data.novasphere_images_image.kvm.metadata["hw_machine_type"]}" }
output "key" { value = trimspace(data.novasphere_compute_keypair.there.public_key) }
output "network" { value = "${data.novasphere_networking_network.there.id} ${data.novasphere_networking_network.there.mtu}" }
`

// seed makes objects in OpenStack and returns the network's id.
func seed(t *testing.T, cloud *openstack.Cloud) string {
	t.Helper()
	cloud.Admin.Flavor(t, "m1.small", map[string]any{"vcpus": 1, "ram": 512, "disk": 1}, nil)
	cloud.Admin.Flavor(t, "kvm.large", map[string]any{"vcpus": 2, "ram": 4096, "disk": 20}, map[string]string{
		"hw:cpu_policy": "shared", "hw:cpu_thread_policy": "prefer", "trait:HW_CPU_X86_AVX2": "required", "quota:cpu_reservation": "1000"})
	cloud.Admin.Image(t, "fedora-kvm", map[string]any{"disk_format": "qcow2", "hw_disk_bus": "virtio", "hw_machine_type": "q35",
		"os_type": "linux"})
	cloud.Admin.KeyPair(t, "anna", opsKey)
	return cloud.Admin.Network(t, "neutral", "10.77.0.0/24", nil)
}

// catalogued defines the vCenter's own objects.
const catalogued = `
resource "novasphere_compute_flavor" "f" {
  name  = "m1.small"
  vcpus = 1
  ram   = 2048
  disk  = 20
}
resource "novasphere_compute_keypair" "k" { name = "ops" }
`

// TestOpenStackDataSources: every data source finds the objects of a real OpenStack, after the vCenter or instead of it, with one request
// for each kind; values without a meaning here are named key by key; and an error about a missing object names both places.
func TestOpenStackDataSources(t *testing.T) { //nolint:paralleltest // all of these tests share the services of OpenStack
	cloud, vc := openstack.Start(t), acctest.Start(t, vcsim.Options{})
	network := seed(t, cloud)
	wire := vc.Wire(t)
	vc.NewWorkspace(t, wire, catalogued).Apply()
	ws := bridged(t, vc, wire, cloud.Admin, lookups)
	watch := cloud.Watch(t)
	out := ws.Must("plan", "-no-color")
	has(t, out, "found   = \"vcenter openstack openstack kvm.large vcenter openstack vcenter openstack vcenter openstack\"",
		`ram     = "2048 512 4096"`,
		`lists   = "m1.small m1.small,kvm.large"`,
		`specs   = "hw:cpu_policy=shared hw:cpu_thread_policy=prefer quota:cpu_reservation=1000 trait:HW_CPU_X86_AVX2=required"`,
		`image   = "qcow2 q35"`, `key     = "`+opsKey+`"`, `network = "`+network+` 1`,
		"has extra specs that mean nothing on vSphere, or not what they say: hw:cpu_thread_policy", "trait:HW_CPU_X86_AVX2",
		"Its disk format is qcow2, which vSphere cannot clone: download it, and make an image of",
		`hw_disk_bus = "virtio" (here: scsi, ide; others are passed over), hw_machine_type = "q35"`)
	if strings.Contains(flat(out), "os_type =") {
		t.Errorf("os_type means something here:\n%s", out)
	}
	for path, service := range map[string]string{"/flavors/detail": "nova", "/os-keypairs": "nova", "/v2/images": "glance",
		"/v2.0/networks": "neutron"} {
		if n := watch.Count(service, path); n != 1 {
			t.Errorf("%d x %s", n, path)
		}
	}
	if n := len(watch.Calls()); n > 6 {
		t.Errorf("%d requests: %v", n, watch.Calls())
	}
	for config, text := range map[string]string{
		beside + `data "novasphere_compute_flavor" "x" { name = "kvm.larg" }`: `no flavor "kvm.larg" in the catalogue; ` +
			`the nearest names are "m1.small"; and no flavor "kvm.larg" in the OpenStack cloud`,
		beside + `data "novasphere_images_image" "x" { name = "fedora" }`: `no image (VM template or content library item) "fedora" ` +
			`in datacenter dc1`,
		beside + `data "novasphere_networking_network" "x" { name = "neutra" }`: `; and no network "neutra" in the OpenStack cloud`,
		beside + "data \"novasphere_compute_keypair\" \"x\" {\n name = \"anna\"\n source = \"vcenter\"\n}": `no key pair "anna" ` +
			`in the catalogue; the nearest names are "ops".`,
		"data \"novasphere_compute_flavors\" \"x\" { source = \"openstack\" }": `source: it is "openstack", ` +
			`and the provider has no block openstack that says which cloud is meant`,
		"data \"novasphere_compute_instances\" \"x\" { compare_with = \"openstack\" }": `compare_with: it is "openstack", ` +
			`and the provider has no block openstack`,
		beside + "data \"novasphere_compute_flavors\" \"x\" { source = \"aws\" }": `Attribute source value must be one of: ` +
			`["vcenter" "openstack"], got: "aws"`,
	} {
		ws.Configure(config)
		out, err := ws.Run("plan", "-no-color")
		if err == nil {
			t.Errorf("nothing is wrong with %s", config)
		}
		has(t, out, text)
	}
}

// TestOpenStackSilent: a cloud that refuses is not treated as an empty one, and an instance keeps its flavor.
func TestOpenStackSilent(t *testing.T) { //nolint:paralleltest // all of these tests share the services of OpenStack
	cloud, vc := openstack.Start(t), acctest.Start(t, vcsim.Options{})
	cloud.Admin.Flavor(t, "kvm.small", map[string]any{"vcpus": 1, "ram": 1024, "disk": 5}, nil)
	ws := bridged(t, vc, vc.Wire(t), cloud.Admin, beside+foreignInstance("kvm.small", ""))
	ws.Apply()
	silent := strings.Replace(beside, "openstack {}", "openstack {\n    password = \"wrong\"\n  }", 1)
	ws.Configure(silent + foreignInstance("kvm.small", ""))
	out, err := ws.Run("plan", "-detailed-exitcode", "-no-color")
	if err != nil {
		t.Errorf("the plan is not empty:\n%s", out)
	}
	has(t, out, "OpenStack does not answer", "Instances keep the flavor that they have")
	ws.Configure(silent + foreignInstance("kvm.large", ""))
	if out, err = ws.Run("plan", "-no-color"); err == nil {
		t.Errorf("another flavor is planned:\n%s", out)
	}
	has(t, out, `flavor_name: no flavor "kvm.large": this datacenter has no flavors yet; and OpenStack, which is asked next, did not answer`)
	ws.Configure(beside + foreignInstance("kvm.small", ""))
	ws.Destroy()
}
