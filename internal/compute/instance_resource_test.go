// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

const (
	it      = "novasphere_compute_instance.it"
	created = plancheck.ResourceActionCreate
	updated = plancheck.ResourceActionUpdate
	remade  = plancheck.ResourceActionDestroyBeforeCreate
	nothing = plancheck.ResourceActionNoop
)

// plain returns a minimal instance; arguments add to it.
func plain(arguments string) string {
	return `
resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 2
  ram   = 2048
  disk  = 20
}
resource "novasphere_compute_instance" "it" {
  flavor_id   = novasphere_compute_flavor.small.id
  image_name  = "debian-12"
` + arguments + "\n}\n"
}

// full uses every argument of an instance.
func full(key, userData, image, network, once string) string {
	return keyPair("anna", "anna", fmt.Sprintf("%q", publicKey)) + keyPair("berta", "berta", fmt.Sprintf("%q", otherKey)) + `
resource "novasphere_compute_flavor" "small" {
  name        = "m1.small"
  vcpus       = 2
  ram         = 2048
  disk        = 20
  extra_specs = { "quota:cpu_reservation" = "1000", "quota:vif_limit" = "100", "quota:disk_io_limit" = "500", "hw:cpu_cores" = "2" }
}
data "novasphere_images_image" "image" { name = "` + image + `" }
data "novasphere_networking_network" "first" { name = "` + network + `" }
resource "novasphere_compute_instance" "it" {
  name                = "Web 1"
  description         = "the first"
  flavor_name         = novasphere_compute_flavor.small.name
  image_id            = data.novasphere_images_image.image.id
  key_pair            = novasphere_compute_keypair.` + key + `.name
  user_data           = ` + userData + `
  metadata            = { role = "web", "größe" = "klein" }
  tags                = ["b", "a"]
  network { uuid = data.novasphere_networking_network.first.id }
  network {
    name           = "nsx-segment"
    access_network = true
  }
` + once + `
}
`
}

// once holds the arguments that no VM stores, so that an import cannot read them.
const once = `
  security_groups = ["default"]
  wait_for_ip     = "20s"
  force_delete    = true
  timeouts {
    create = "10m"
    update = "10m"
    delete = "10m"
  }
`

const cloudConfig = "#cloud-config\npackages: [nginx]\n"

func TestAccInstance(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	text, encoded := fmt.Sprintf("%q", cloudConfig), fmt.Sprintf("%q", base64.StdEncoding.EncodeToString([]byte(cloudConfig)))
	config := func(key, userData, image, network string) string {
		return vc.Config("", full(key, userData, image, network, ""))
	}
	same := &identity{}
	kept := on(vc, "OpenStack/Web 1", same.of)
	// The written ids are in the state, while an import leaves only the names: see TestImportNamesFlavorAndImageOnce.
	imported := func(id func() string) resource.TestStep {
		return resource.TestStep{ResourceName: it, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ExpectNonEmptyPlan: true,
			ImportStateIdFunc: func(*terraform.State) (string, error) { return id(), nil }}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: vc.Config("", full("anna", text, "debian-12", "public", once)),
				Check: resource.ComposeTestCheckFunc(kept, on(vc, "OpenStack/Web 1", func(vm mo.VirtualMachine) error { return complete(vc, vm) }),
					tagged(vc, "OpenStack/Web 1", "m1.small"), sameAddresses(vc))},
			{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{
				"flavor_id", "image_id", "wait_for_ip", "force_delete", "security_groups", "timeouts", // see once
			}},
			{Config: config("anna", text, "debian-12", "public"), ConfigPlanChecks: action(it, updated), Check: kept},
			imported(func() string { return vc.VM("OpenStack/Web 1").Config.InstanceUuid }),
			imported(func() string { return "/dc1/vm/OpenStack/Web 1" }),
			imported(func() string { return vc.VM("OpenStack/Web 1").Self.Value }),
			{ResourceName: it, ImportState: true, ImportStateId: "OpenStack/nobody",
				ExpectError: says("no VM at the inventory path /dc1/vm/OpenStack/nobody")},
			{ResourceName: it, ImportState: true, ImportStateId: "nobody",
				ExpectError: says(`"nobody" is neither an instance UUID, nor an inventory path`)},
			{Config: config("anna", encoded, "debian-12", "public"), PlanOnly: true},
			replaced(config("berta", text, "debian-12", "public")),
			replaced(config("anna", `"#cloud-config"`, "debian-12", "public")),
			{Config: config("anna", text, "debian-12", "private"), PlanOnly: true, ExpectNonEmptyPlan: true,
				ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPreRefresh: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, updated)}}},
			replaced(config("anna", text, "ubuntu-24.04", "public")),
			{Config: config("berta", `"#cloud-config"`, "ubuntu-24.04", "private"), ConfigPlanChecks: action(it, remade)},
		},
	})
}

// replaced plans a replacement without applying it.
func replaced(config string) resource.TestStep {
	return resource.TestStep{Config: config, PlanOnly: true, ExpectNonEmptyPlan: true,
		ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPreRefresh: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, remade)}}}
}

// complete compares a VM with everything that full asks for.
func complete(vc *acctest.VCenter, vm mo.VirtualMachine) error {
	extra, cards := acctest.Extra(vm), cardsOf(vm)
	if len(cards) != 2 {
		return fmt.Errorf("%d NICs, not 2", len(cards))
	}
	have := map[string]any{
		"power": string(vm.Runtime.PowerState), "cpus": vm.Config.Hardware.NumCPU, "cores": *vm.Config.Hardware.NumCoresPerSocket,
		"memory": vm.Config.Hardware.MemoryMB, "reservation": *vm.Config.CpuAllocation.Reservation, "limit": *vm.Config.CpuAllocation.Limit,
		"disk": acctest.DiskGiB(vm), "disk limit": *hardware.RootDisk(vm.Config.Hardware.Device).StorageIOAllocation.Limit,
		"NIC limit": *cards[0].ResourceAllocation.Limit, "own file": strings.Contains(acctest.DiskFile(vm), "] Web 1/"),
		"annotation": vm.Config.Annotation, "nvp.vm-uuid": extra["nvp.vm-uuid"], "disk.EnableUUID": extra["disk.EnableUUID"],
		"image notes": extra["novasphere.image.hw_vif_model"],
	}
	want := map[string]any{
		"power": "poweredOn", "cpus": int32(2), "cores": int32(2), "memory": int32(2048), "reservation": int64(1000), "limit": int64(-1),
		"disk":       int64(20),
		"disk limit": int64(500), "NIC limit": int64(100), "own file": true,
		"annotation": "name:Web 1\nuserid:" + vc.User + "\nusername:" + vc.User +
			"\nprojectid:\nprojectname:\nflavor:name:m1.small\nflavor:memory_mb:2048\nflavor:vcpus:2\n" +
			"flavor:ephemeral_gb:0\nflavor:root_gb:20\nflavor:swap:0\nimageid:" + vc.VM("images/debian-12").Config.InstanceUuid +
			"\npackage:terraform-provider-novasphere test\n",
		"nvp.vm-uuid": vm.Config.InstanceUuid, "disk.EnableUUID": "true", "image notes": nil,
	}
	if _, there := extra["novasphere.image.hw_vif_model"]; !there {
		have["image notes"] = nil
	}
	if err := differ(have, want); err != nil {
		return err
	}
	if err := wired(vc, vm, extra); err != nil {
		return err
	}
	return told(vm, extra)
}

var novaMAC = regexp.MustCompile(`^00:50:56:[0-3][0-9a-f]:[0-9a-f]{2}:[0-9a-f]{2}$`)

// wired checks the NICs: model, address, network and port.
func wired(vc *acctest.VCenter, vm mo.VirtualMachine, extra map[string]string) error {
	networks := []string{"public", "nsx-segment"}
	i := 0
	for _, device := range vm.Config.Hardware.Device {
		nic, ok := device.(types.BaseVirtualEthernetCard)
		if !ok {
			continue
		}
		card := nic.GetVirtualEthernetCard()
		if _, right := device.(*types.VirtualVmxnet3); !right || card.AddressType != "manual" || !novaMAC.MatchString(card.MacAddress) {
			return fmt.Errorf("NIC %d is a %T with the %s address %s", i, device, card.AddressType, card.MacAddress)
		}
		port, _ := card.Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
		if port == nil || port.Port.PortgroupKey != vc.Portgroup(networks[i]).Key {
			return fmt.Errorf("NIC %d is plugged into %+v, not into %s", i, card.Backing, networks[i])
		}
		if key := fmt.Sprintf("nvp.iface-id.%d", i); len(extra[key]) != 36 {
			return fmt.Errorf("%s is %q", key, extra[key])
		}
		i++
	}
	return nil
}

// told checks cloud-init's data, and that the guest cannot write our own marks.
func told(vm mo.VirtualMachine, extra map[string]string) error {
	raw, err := base64.StdEncoding.DecodeString(extra["guestinfo.metadata"])
	if err != nil {
		return err
	}
	metadata := map[string]any{}
	if err := json.Unmarshal(raw, &metadata); err != nil {
		return err
	}
	want := map[string]any{"instance-id": vm.Config.InstanceUuid, "local-hostname": "web-1", "hostname": "web-1",
		"public-keys-data": publicKey + "\n", "meta": map[string]any{"role": "web", "größe": "klein"}}
	if err := differ(metadata, want); err != nil {
		return err
	}
	if data, ok := guest.Unpack(extra["guestinfo.userdata"], extra["guestinfo.userdata.encoding"]); !ok || data != cloudConfig {
		return fmt.Errorf("the user data reads %q", data)
	}
	var mark openstack.Mark
	if err := json.Unmarshal([]byte(extra["novasphere.mark"]), &mark); err != nil || mark.By == "" || mark.Provider != "test" ||
		mark.Fingerprint == "" {
		return fmt.Errorf("the mark is %+v, %v", mark, err)
	}
	return nil
}

func TestAccInstanceUpdate(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		same := &identity{}
		step := func(arguments, path string, check func(mo.VirtualMachine) error) resource.TestStep {
			return resource.TestStep{Config: vc.Config("", plain(arguments+"\n  network { name = \"public\" }")),
				ConfigPlanChecks: action(it, updated), Check: resource.ComposeTestCheckFunc(on(vc, path, same.of), on(vc, path, check))}
		}
		first := step(`name = "web"`, "OpenStack/web", powered("poweredOn"))
		first.ConfigPlanChecks = action(it, created)
		const rest = `
  description = "web server"
  metadata    = { role = "web" }
  tags        = ["blue"]`
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories,
			CheckDestroy:             destroyed(vc),
			Steps: []resource.TestStep{
				first,
				step(`name = "web-2"`+rest, "OpenStack/web-2", func(vm mo.VirtualMachine) error {
					return noted(vc, vm, "web server", map[string]any{"role": "web"}, []string{"blue"})
				}),
				step(`name = "web"`, "OpenStack/web", func(vm mo.VirtualMachine) error { return noted(vc, vm, "", nil, nil) }),
				step(`name = "web"`+"\npower_state = \"suspended\"", "OpenStack/web", powered("suspended")),
				step(`name = "web"`+"\npower_state = \"active\"", "OpenStack/web", powered("poweredOn")),
				step(`name = "web"`+"\npower_state = \"shutoff\"", "OpenStack/web", powered("poweredOff")),
				{Config: vc.Config("", plain("name = \"web\"\npower_state = \"suspended\"\n  network { name = \"public\" }")),
					ExpectError: says(`power_state: only a running instance can be suspended, and this one is shutoff: set power_state = ` +
						`"active" first.`)},
				step(`name = "web"`, "OpenStack/web", powered("poweredOn")),
				{ResourceName: it, ImportState: true, ImportStateVerify: true,
					ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip"}},
			},
		})
		if n := vc.Calls()["ShutdownGuest"]; n != 1 {
			t.Errorf("%d guests were asked to shut down, not 1: destroying does not ask", n)
		}
	})
}
