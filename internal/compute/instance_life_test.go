// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const noAddress = "No address of web yet"

// TestAccInstanceOfASilentGuest: an instance whose guest never reports an address is kept.
func TestAccInstanceOfASilentGuest(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]vcsim.Options{"silent guest": {}, "plain simulator": {Unmodified: true}} {
		t.Run(name, func(t *testing.T) {
			vc, recorder := acctest.Start(t, options), &protocol.Recorder{}
			silence(t, vc)
			config := func(wait string) string {
				return vc.Config("", plain("name = \"web\"\n  network { name = \"public\" }\n  wait_for_ip = "+wait))
			}
			unheard := acctest.Check(func() error {
				if all := recorder.Warnings("apply", ""); len(all) > 0 {
					return fmt.Errorf("0s was not to wait, and yet: %v", all)
				}
				return nil
			})
			protocol.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
				Steps: []resource.TestStep{
					{Config: config(`"1s"`), Check: resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", sized(2, 2048, 20)),
						resource.TestCheckResourceAttr(it, "access_ip_v4", ""),
						acctest.Check(func() error { return recorder.ExpectWarning("apply", noAddress) }))},
					{PreConfig: recorder.Reset, Config: strings.Replace(config(`"0s"`), `"web"`, `"db"`, 1), Taint: []string{it},
						Check: resource.ComposeTestCheckFunc(unheard, on(vc, "OpenStack/db", powered("poweredOn")))},
				},
			})
		})
	}
}

// silence makes the guest of every clone of the image report nothing.
func silence(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	edited(t, vc, "images/debian-12", func() { setExtra(t, vc, "images/debian-12", map[string]string{vcsim.SilentGuest: "TRUE"}) })
}

func TestAccInstanceDestroy(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config("", plain("name = \"web\"\n  stop_before_destroy = true\n  network { name = \"public\" }"))
	foreign := "[vmfs-2] shared/data.vmdk"
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: config, Check: acctest.Check(func() error { attachForeign(t, vc, "OpenStack/web", foreign); vc.ResetCalls(); return nil })},
			{Config: config, PlanOnly: true},
			{Config: config, Destroy: true, Check: acctest.Check(func() error {
				if n := vc.Calls()["ShutdownGuest"]; n != 1 {
					return fmt.Errorf("the guest was asked to shut down %d times, not once", n)
				}
				return nil
			})},
		},
	})
	isForeign := func(file string) bool { return strings.HasSuffix(file, "/shared/data.vmdk") }
	if files := vc.Files("[vmfs-2]"); !slices.ContainsFunc(files, isForeign) {
		t.Errorf("the disk that is not the instance's own is gone; there are %q", files)
	}
	for _, file := range slices.Concat(vc.Files("[vmfs-1]"), vc.Files("[vmfs-2]")) {
		if strings.Contains(file, "web/") && strings.HasSuffix(file, ".vmdk") {
			t.Errorf("the instance's own disk %s is left", file)
		}
	}
}

// attachForeign makes a disk in its own folder and attaches it.
func attachForeign(t *testing.T, vc *acctest.VCenter, path, file string) {
	t.Helper()
	vm := machine(vc, path)
	folder, _, _ := strings.Cut(file, "/")
	if err := object.NewFileManager(vc.Client().Client).MakeDirectory(t.Context(), folder, datacenter(vc), true); err != nil {
		t.Fatal(err)
	}
	by(t, func(ctx context.Context) (*object.Task, error) {
		return vm.Reconfigure(ctx,
			types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{
				Operation: types.VirtualDeviceConfigSpecOperationAdd, FileOperation: types.VirtualDeviceConfigSpecFileOperationCreate,
				Device: &types.VirtualDisk{CapacityInKB: 1 << 20, VirtualDevice: types.VirtualDevice{Key: -1, ControllerKey: 1000,
					UnitNumber: types.NewInt32(1),
					Backing: &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent",
						VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: file}}}},
			}}})
	})
}

// TestAccInstanceNames: names that an inventory, a datastore or a host name cannot take unchanged.
func TestAccInstanceNames(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	names := map[string]string{"a b": "a-b", "Größe": "gre", "n/m": "nm", "100%": "100", `back\slash`: "backslash"}
	config := func(suffix string) string {
		var list []string
		for name := range names {
			list = append(list, fmt.Sprintf("%q", name+suffix))
		}
		slices.Sort(list)
		return vc.Config("project = \"Team Rot\"", `
resource "novasphere_compute_flavor" "small" {
  name  = "m1 small/ö"
  vcpus = 1
  ram   = 512
  disk  = 0
}
resource "novasphere_compute_instance" "it" {
  count       = `+fmt.Sprint(len(list))+`
  name        = [`+strings.Join(list, ", ")+`][count.index]
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"
}`)
	}
	check := func(suffix string) resource.TestCheckFunc {
		return acctest.Check(func() error {
			for name := range names {
				vms := vc.VMs("OpenStack/Team Rot/" + escaped(name+suffix))
				if len(vms) != 1 || acctest.DiskGiB(vms[0]) != 2 {
					return fmt.Errorf("%d machines for %q, not one with the image's disk of 2 GiB", len(vms), name)
				}
			}
			return nil
		})
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: config(""), Check: check("")},
			{Config: config("/2"), Check: check("/2"), ConfigPlanChecks: action(it+"[0]", updated)},
		},
	})
}

// escaped returns a name in the form of an inventory path.
func escaped(name string) string {
	return strings.NewReplacer("%", "%25", "/", "%2f", `\`, "%5c").Replace(name)
}

func TestAccInstanceNameIsTaken(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{ForeignVMs: 2})
	config := func(name string) string { return vc.Config("", plain(fmt.Sprintf("name = %q", name))) }
	second := `
resource "novasphere_compute_instance" "other" {
  name       = "web"
  flavor_id  = novasphere_compute_flavor.small.id
  image_name = "debian-12"
  metadata   = { other = "configuration" }
}`
	twin := `
resource "novasphere_compute_instance" "twin" {
  name       = "web"
  flavor_id  = novasphere_compute_flavor.small.id
  image_name = "debian-12"
}`
	same := &identity{}
	taken := func(more, text string) resource.TestStep {
		return resource.TestStep{PreConfig: func() {
			if err := same.of(vc.VM("OpenStack/web")); err != nil {
				t.Error(err)
			}
		}, Config: config("web") + more, ExpectError: says(text)}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config("foreign-00002"),
				ExpectError: says(`a VM called "foreign-00002" exists already at /dc1/vm/OpenStack/foreign-00002, and this provider did not ` +
					`make it. Choose another name`)},
			{Config: config("web")},
			taken(second, "and its creation was finished. It may belong to another workspace. Choose another name or project. Look into the "+
				"states of other workspaces first"),
			taken(twin, "and its creation was finished. It may belong to another workspace."),
			{Config: config("foreign-00002"), ExpectError: says(`a VM called "foreign-00002" exists already`)},
		},
	})
	if len(vc.VMs("OpenStack/foreign-00002")) != 1 {
		t.Error("the foreign machine is gone")
	}
}

// TestAccInstanceOfUnknownNames: a name that could not be looked up at plan fails the apply, and nothing is left over.
func TestAccInstanceOfUnknownNames(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	recorder := &protocol.Recorder{}
	noKey := vc.Config("", plain("name = \"web\"\n  key_pair = \"anna\""))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
		Steps: []resource.TestStep{
			{Config: vc.Config("", plainByName), ExpectError: says(`flavor_name: no flavor "m1.small": this datacenter has no flavors yet`)},
			{PreConfig: func() {
				if err := recorder.ExpectWarning("plan", "Unless somebody makes it before, the apply will fail"); err != nil {
					t.Error(err)
				}
			}, Config: noKey, ExpectError: says(`key_pair: no key pair "anna" in the catalogue, which has none`)},
			{Config: strings.Replace(noKey, `"anna"`, "novasphere_compute_keypair.anna.name", 1) +
				keyPair("anna", "anna", fmt.Sprintf("%q", publicKey)), Check: on(vc, "OpenStack/web", powered("poweredOn"))},
		},
	})
}

// TestAccInstanceOfEmptyStrings: empty strings stand for unwritten arguments, as modules pass them on.
func TestAccInstanceOfEmptyStrings(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(empty string) string {
		return vc.Config("", fmt.Sprintf(`
resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 512
  disk  = 4
}
resource "novasphere_compute_instance" "it" {
  name        = "web"
  flavor_name = novasphere_compute_flavor.small.name
  flavor_id   = %[1]s
  image_id    = %[2]q
  image_name  = %[1]s
  key_pair    = %[1]s
  user_data   = %[1]s
  description = %[1]s
  power_state = "shutoff"
  network {
    uuid = %[1]s
    name = "private"
  }
}`, empty, vc.VM("images/debian-12").Config.InstanceUuid))
	}
	for name, first := range map[string]string{"empty first": `""`, "unset first": "null"} {
		t.Run(name, func(t *testing.T) {
			other := map[string]string{`""`: "null", "null": `""`}[first]
			same := &identity{}
			kept := resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), on(vc, "OpenStack/web", powered("poweredOff")))
			protocol.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				CheckDestroy:             destroyed(vc),
				Steps:                    []resource.TestStep{{Config: config(first), Check: kept}, {Config: config(other), Check: kept}},
			})
		})
	}
}

// TestAccInstanceSuspendedFromTheStart: an instance is made suspended, with a flavor known only after the apply of another resource.
func TestAccInstanceSuspendedFromTheStart(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config("", `resource "terraform_data" "name" { input = "m1.small" }`+
		strings.Replace(plain("name = \"web\"\n  power_state = \"suspended\""),
			`"m1.small"`, "terraform_data.name.output", 1))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{{Config: config, Check: on(vc, "OpenStack/web",
			func(vm mo.VirtualMachine) error { return powered("suspended")(vm) }),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectUnknownValue(it,
				tfjsonpath.New("vcpus"))}}}},
	})
}
