// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// devicesIn returns a VM's disks, NICs and drives, by their backings.
func devicesIn(vm mo.VirtualMachine) (out []string) {
	for _, device := range vm.Config.Hardware.Device {
		switch d := device.(type) {
		case *types.VirtualDisk:
			out = append(out, fmt.Sprint(d.Key, d.CapacityInKB, d.Backing.(*types.VirtualDiskFlatVer2BackingInfo).FileName))
		case types.BaseVirtualEthernetCard:
			out = append(out, fmt.Sprint(d.GetVirtualEthernetCard().Key, d.GetVirtualEthernetCard().MacAddress))
		case *types.VirtualCdrom:
			out = append(out, d.Backing.(*types.VirtualCdromIsoBackingInfo).FileName)
		}
	}
	return out
}

// TestAccNovaVolume: a volume that Nova attached is not the instance's disk: it stays attached through a change, and outlives the
// instance.
func TestAccNovaVolume(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	r := vc.Replayer(t)
	var config, id string
	for _, rec := range recordings.Condensed(t) {
		if rec.Name[:3] != "171" && rec.Name[:3] != "174" { // attached in one, and the root disk of the other
			continue
		}
		made, err := r.Replay(rec, 2)
		if err != nil {
			t.Fatal(err)
		}
		m := machinesOf(vc, made...)[0]
		config += strings.Replace(m.config(t, 3), "test-vm", "test-vm-"+rec.Name[:3], 1)
		config = strings.Replace(config, m.flavor().Name, "m1.test-171", 1)
		id = strings.Replace(m.ID, "a0000000", "e0000000", 1)
	}
	volumes := filesIn(vc, "volume-")
	if strings.Count(volumes, "volume-e0000000-0000-4000-8000-000000171001.vmdk")+strings.Count(volumes, id+".vmdk") != 2 {
		t.Fatalf("the volumes are %s", volumes)
	}
	flavor := func(vcpus int) string {
		return vc.Config("", fmt.Sprintf("resource \"novasphere_compute_flavor\" \"f\" {\n  name = \"m1.test-171\"\n  vcpus = %d\n  ram = "+
			"512\n  disk = 1\n}\n", vcpus))
	}
	plain := strings.ReplaceAll(config, "test-vm-", "vm-") // another name would be a change
	attached := resource.ComposeTestCheckFunc(
		resource.TestCheckResourceAttr("novasphere_compute_instance.i171001", "volumes_attached.0", "e0000000-0000-4000-8000-000000171001"),
		resource.TestCheckResourceAttr("novasphere_compute_instance.i171001", "disk", "1"),
		resource.TestCheckResourceAttr("novasphere_compute_instance.i174001", "volumes_attached.0", "e0000000-0000-4000-8000-000000174001"),
		resource.TestCheckResourceAttr("novasphere_compute_instance.i174001", "parent_disks.#", "0"))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy: acctest.Check(func() error {
			return differ(map[string]any{"machines": len(vc.VMs("OpenStack/*/Instances/*")), "volumes": filesIn(vc, "volume-")},
				map[string]any{"machines": 0, "volumes": volumes})
		}),
		Steps: []resource.TestStep{
			{Config: flavor(1)},
			{Config: flavor(1) + plain, Check: resource.ComposeTestCheckFunc(attached, acctest.Check(func() error {
				names := []string{}
				for _, vm := range vc.VMs(novaPath + "/*") {
					names = append(names, vm.Name)
				}
				slices.Sort(names)
				return differ(map[string]any{"names": strings.Join(names, " ")}, map[string]any{"names": "vm-171 vm-174"})
			}))},
			{Config: flavor(1) + plain, PlanOnly: true},
		},
	})
}

const novaPath = "OpenStack/Project (11111111222243338444555555555555)/Instances"

// TestAccNovaBlocks: blocks that describe a VM and Terraform's own settings go into the state without touching the VM.
func TestAccNovaBlocks(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var m novaMachine
	for _, rec := range recordings.Condensed(t) {
		if rec.Name == "001-minimal" {
			made, err := vc.Replayer(t).Replay(rec, 0)
			if err != nil {
				t.Fatal(err)
			}
			m = machinesOf(vc, made...)[0]
		}
	}
	wire := vc.Wire(t)
	head := fmt.Sprintf("provider \"novasphere\" {\n  vsphere_server = %q\n  user = %q\n  password = %q\n  ca_file = %q\n}\n", wire.Server,
		vc.User, vc.Password, wire.CAFile)
	config := head + m.config(t, 0)
	blocks := strings.Replace(config, "  tags = [\"a\"]\n", `  tags = ["a"]
  stop_before_destroy = true
  scheduler_hints { group = "11111111-2222-3333-4444-555555555555" }
  block_device {
    uuid = "b0000000-0000-4000-8000-000000000001"
    source_type = "image"
    destination_type = "local"
    boot_index = 0
  }
  personality {
    file = "/etc/motd"
    content = "hello"
  }
  timeouts { update = "1h" }
`, 1)
	untouched := acctest.Check(func() error {
		calls, _ := wire.Take()
		if found := changing(calls); len(found) > 0 {
			return fmt.Errorf("sent: %v", found)
		}
		return nil
	})
	empty := []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}
	address := "novasphere_compute_instance." + m.address()
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: blocks, Check: resource.ComposeTestCheckFunc(untouched, resource.TestCheckResourceAttr(address, "stop_before_destroy", "true"),
				resource.TestCheckResourceAttr(address, "scheduler_hints.#", "1")),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, updated)},
					PostApplyPostRefresh: empty}},
			{Config: config, Check: resource.ComposeTestCheckFunc(untouched, resource.TestCheckResourceAttr(address, "scheduler_hints.#", "0")),
				ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: empty}},
		},
	})
}
