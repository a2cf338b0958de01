// SPDX-License-Identifier: MPL-2.0

package images_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// says matches a text in the output of the CLI, however its lines are broken.
func says(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `[\s│]+`))
}

// image returns a data source with one argument on each line.
func image(address string, arguments ...string) string {
	return fmt.Sprintf("data \"novasphere_images_image\" %q {\n  %s\n}\n", address, strings.Join(arguments, "\n  "))
}

func is(address, attribute, value string) resource.TestCheckFunc {
	return resource.TestCheckResourceAttr("data.novasphere_images_image."+address, attribute, value)
}

func TestAccImage(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{ForeignVMs: 1})
	describe(t, vc, "images/ubuntu-24.04", map[string]string{"hw_vif_model": "e1000e", "os_distro": "ubuntu", "Cost Center": "7"})
	debian := vc.VM("images/debian-12").Config.InstanceUuid
	config := image("name", `name = "debian-12"`) + image("id", fmt.Sprintf("image_id = %q", strings.ToUpper(debian))) +
		image("regex", `name_regex = "^windows-"`) + image("written", `properties = { hw_vif_model = "VirtualVmxnet3" }`) +
		image("attributes", `properties = { hw_vif_model = "e1000e", os_distro = "ubuntu" }`) +
		image("size", `name_regex = "."`, fmt.Sprintf("size_min = %d", 20<<30)) +
		image("library", fmt.Sprintf("name = %q", vcsim.LibraryItem))
	wrong := func(text string, arguments ...string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", image("wrong", arguments...)), ExpectError: says(text)}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", config), Check: resource.ComposeAggregateTestCheckFunc(
				is("name", "id", debian), is("name", "file", "images/debian-12"), is("id", "file", "images/debian-12"), is("name", "min_disk_gb", "2"),
				is("name", "size_bytes", fmt.Sprint(2<<30)),
				is("name", "disk_format", "vmdk"), is("name", "container_format", "bare"), is("name", "metadata.%", "1"),
				is("id", "id", debian), is("id", "name", "debian-12"), is("regex", "name", "windows-2022"), is("written", "name", "debian-12"),
				is("attributes", "name", "ubuntu-24.04"), is("attributes", "metadata.%", "2"), is("attributes", "metadata.hw_vif_model", "e1000e"),
				is("size", "name", "windows-2022"),
				is("library", "file", vcsim.LibraryName+"/"+vcsim.LibraryItem), is("library", "container_format", "ova"),
				is("library", "min_disk_gb", "0"))},
			wrong(`no image (VM template or content library item) "debian" in datacenter dc1; the nearest names are "debian-12"`, `name = "debian"`),
			wrong(`no image (VM template or content library item) "foreign-00001" in datacenter dc1`, `name = "foreign-00001"`),
			wrong("is not a template", fmt.Sprintf("image_id = %q", vc.VM("foreign-00001").Config.InstanceUuid)),
			wrong(`no image fits; there are "cirros-lib", "debian-12", "ubuntu-24.04", "windows-2022"`, `name_regex = "^solaris"`),
			wrong("2 images fit: images/debian-12 (id "+debian, `name_regex = "^(debian|ubuntu)"`),
			wrong("narrow the search, or set most_recent = true", `name_regex = "^(debian|ubuntu)"`),
			wrong(`name_regex: "(" is not a regular expression`, `name_regex = "("`),
			wrong("At least one of these attributes must be configured", "most_recent = true"),
			{Config: vc.Config("", config)}, // a test destroys with its last configuration, which must be valid
		},
	})
}

// describe sets custom attributes, and an advanced parameter that one of them overrides.
func describe(t *testing.T, vc *acctest.VCenter, path string, attributes map[string]string) {
	t.Helper()
	vm := object.NewVirtualMachine(vc.Client().Client, vc.VM(path).Self)
	pool, err := find.NewFinder(vc.Client().Client).ResourcePool(t.Context(), "/dc1/host/compute/Resources")
	must(t, err)
	must(t, vm.MarkAsVirtualMachine(t.Context(), *pool, nil))
	task, err := vm.Reconfigure(t.Context(),
		types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: "novasphere.image.hw_vif_model",
			Value: "vmxnet3"}}})
	must(t, err)
	must(t, task.Wait(t.Context()))
	must(t, vm.MarkAsTemplate(t.Context()))
	manager := object.NewCustomFieldsManager(vc.Client().Client)
	for name, value := range attributes {
		field, err := manager.Add(t.Context(), name, "VirtualMachine", nil, nil)
		must(t, err)
		must(t, manager.Set(t.Context(), vm.Reference(), field.Key, value))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Two templates with the same name in different folders.
func TestAccImageOfOneName(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	first := vc.VM("images/debian-12").Config.InstanceUuid
	second := again(t, vc)
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", image("it", `name = "debian-12"`)), ExpectError: says("2 images fit: ")},
			{Config: vc.Config("", image("it", `name = "debian-12"`, "most_recent = true")),
				Check: resource.ComposeTestCheckFunc(is("it", "id", second), is("it", "file", "newer/debian-12"))},
			{Config: vc.Config("", image("it", fmt.Sprintf("image_id = %q", first))), Check: is("it", "name", "debian-12")},
		},
	})
}

// again copies the template into another folder, and returns the copy's id.
func again(t *testing.T, vc *acctest.VCenter) string {
	t.Helper()
	ctx, finder := t.Context(), find.NewFinder(vc.Client().Client)
	root, err := finder.Folder(ctx, "/dc1/vm")
	must(t, err)
	folder, err := root.CreateFolder(ctx, "newer")
	must(t, err)
	pool, err := finder.ResourcePool(ctx, "/dc1/host/compute/Resources")
	must(t, err)
	at := pool.Reference()
	template := object.NewVirtualMachine(vc.Client().Client, vc.VM("images/debian-12").Self)
	task, err := template.Clone(ctx, folder, "debian-12", types.VirtualMachineCloneSpec{Template: true,
		Location: types.VirtualMachineRelocateSpec{Pool: &at}})
	must(t, err)
	must(t, task.Wait(ctx))
	return vc.VM("newer/debian-12").Config.InstanceUuid
}

// A content library item is deployed once: all of its instances are clones of one template.
func TestAccImageOfALibrary(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(count int) string {
		return vc.Config("", image("cirros", fmt.Sprintf("name = %q", vcsim.LibraryItem))+fmt.Sprintf(`
resource "novasphere_compute_flavor" "tiny" {
  name  = "m1.tiny"
  vcpus = 1
  ram   = 512
  disk  = 1
}
resource "novasphere_compute_instance" "it" {
  count       = %d
  name        = "cirros-${count.index}"
  flavor_name = novasphere_compute_flavor.tiny.name
  image_id    = data.novasphere_images_image.cirros.id
  network { name = "public" }
}`, count))
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(3), Check: deployed(vc, 3, 1)},
			{PreConfig: vc.ResetCalls, Config: config(4), Check: deployed(vc, 4, 0)},
		},
	})
	if n := len(vc.VMs("novasphere/novasphere-image-*")); n != 1 {
		t.Errorf("%d deployed images are left, not the one that later instances will need", n)
	}
}

// deployed checks the number of instances, and how often the item was deployed since the calls were last reset.
func deployed(vc *acctest.VCenter, instances, times int) resource.TestCheckFunc {
	return acctest.Check(func() error {
		n := 0
		for call, count := range vc.Calls() {
			if strings.Contains(call, "ovf/library-item") && strings.Contains(call, "deploy") {
				n += count
			}
		}
		copies, vms := vc.VMs("novasphere/novasphere-image-*"), vc.VMs("OpenStack/cirros-*")
		if n != times || len(copies) != 1 || len(vms) != instances {
			return fmt.Errorf("%d deployments, %d copies and %d instances, not %d, 1 and %d", n, len(copies), len(vms), times, instances)
		}
		if !copies[0].Config.Template || vc.Calls()["CloneVM_Task"] == 0 {
			return fmt.Errorf("%s is no template, or nothing was cloned", copies[0].Name)
		}
		for _, vm := range vms {
			if acctest.DiskGiB(vm) != 1 || acctest.DiskFile(vm) == acctest.DiskFile(copies[0]) {
				return fmt.Errorf("%s has a disk of %d GiB in %s", vm.Name, acctest.DiskGiB(vm), acctest.DiskFile(vm))
			}
		}
		return nil
	})
}
