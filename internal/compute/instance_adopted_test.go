// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// foreign makes a running VM with one disk and one NIC in the instances' folder, without this provider.
func foreign(t *testing.T, vc *acctest.VCenter, name string) {
	t.Helper()
	finder := find.NewFinder(vc.Client().Client)
	root, err := finder.Folder(t.Context(), "/dc1/vm")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := root.CreateFolder(t.Context(), "OpenStack")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := finder.ResourcePool(t.Context(), "/dc1/host/compute/Resources")
	if err != nil {
		t.Fatal(err)
	}
	group := vc.Portgroup("public")
	network := object.NewDistributedVirtualPortgroup(vc.Client().Client, group.Self)
	plug, err := network.EthernetCardBackingInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	add := func(device types.BaseVirtualDevice, file types.VirtualDeviceConfigSpecFileOperation) types.BaseVirtualDeviceConfigSpec {
		return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, FileOperation: file, Device: device}
	}
	spec := types.VirtualMachineConfigSpec{Name: name, GuestId: "otherGuest", NumCPUs: 2, MemoryMB: 2048, Annotation: "Somebody else's",
		Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"},
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{
			add(&types.ParaVirtualSCSIController{VirtualSCSIController: types.VirtualSCSIController{SharedBus: types.VirtualSCSISharingNoSharing,
				VirtualController: types.VirtualController{VirtualDevice: types.VirtualDevice{Key: -1}}}}, ""),
			add(&types.VirtualDisk{CapacityInKB: 20 << 20, VirtualDevice: types.VirtualDevice{Key: -2, ControllerKey: -1,
				UnitNumber: types.NewInt32(0),
				Backing:    &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent", ThinProvisioned: types.NewBool(true)}}},
				types.VirtualDeviceConfigSpecFileOperationCreate),
			add(&types.VirtualVmxnet3{VirtualVmxnet: types.VirtualVmxnet{VirtualEthernetCard: types.VirtualEthernetCard{AddressType: "generated",
				VirtualDevice: types.VirtualDevice{Key: -3, Backing: plug}}}}, ""),
		}}
	by(t, func(ctx context.Context) (*object.Task, error) { return folder.CreateVM(ctx, spec, pool, nil) })
	vm := machine(vc, "OpenStack/"+name)
	by(t, vm.PowerOn)
}

// describedMachine describes a foreign VM, with its image, its key pair and its power state.
func describedMachine(image, key, state string) string {
	return keyPair("anna", "anna", fmt.Sprintf("%q", publicKey)) + keyPair("berta", "berta", fmt.Sprintf("%q", otherKey)) +
		strings.Replace(plain(`name = "web"
  key_pair  = novasphere_compute_keypair.`+key+`.name
  user_data = "#cloud-config"
  metadata  = { role = "web" }
  power_state = "`+state+`"
  network { name = "public" }`), `"debian-12"`, fmt.Sprintf("%q", image), 1)
}

// unchangedSince checks that nothing was written to a VM, above all no record.
func unchangedSince(before mo.VirtualMachine) func(mo.VirtualMachine) error {
	return func(vm mo.VirtualMachine) error {
		return differ(map[string]any{"version": vm.Config.ChangeVersion, "record": acctest.Extra(vm)["novasphere.server"]},
			map[string]any{"version": before.Config.ChangeVersion, "record": ""})
	}
}

// recordedWith checks that a VM has the record and the mark of an adopted one, and that its guest's configuration is unchanged.
func recordedWith(vc *acctest.VCenter, told string) func(mo.VirtualMachine) error {
	return func(vm mo.VirtualMachine) error {
		mark := vc.Parameters(vm)["novasphere.mark"]
		return differ(map[string]any{"record": strings.Contains(vc.Parameters(vm)["novasphere.server"], `"image_name":"debian-12"`),
			"mark": strings.Contains(mark, `"adopted":true`), "told": acctest.Extra(vm)["guestinfo.metadata"]},
			map[string]any{"record": true, "mark": true, "told": told})
	}
}

// TestAccInstanceAdopted: a foreign VM is taken as it is described, and not touched until something else about it changes. Then the
// written values are recorded with it, and bind.
func TestAccInstanceAdopted(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc, recorder, same := acctest.Start(t, how.On(vcsim.Options{})), &protocol.Recorder{}, &identity{}
		foreign(t, vc, "web")
		reserved := int64(700) // set by its owner, so no flavor takes it away
		reconfigured(t, vc, "OpenStack/web", types.VirtualMachineConfigSpec{CpuAllocation: &types.ResourceAllocationInfo{Reservation: &reserved}})
		told := base64.StdEncoding.EncodeToString([]byte(`{"instance-id":"web-1","local-hostname":"web"}`))
		setExtra(t, vc, "OpenStack/web", map[string]string{"guestinfo.metadata": told, "guestinfo.metadata.encoding": "base64"})
		before := vc.VM("OpenStack/web")
		if err := same.of(before); err != nil {
			t.Fatal(err)
		}
		config := func(image, key, state string) string { return vc.Config("", describedMachine(image, key, state)) }
		kept := resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), on(vc, "OpenStack/web", sized(2, 2048, 20)),
			on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
				return differ(map[string]any{"annotation": vm.Config.Annotation, "cards": len(cardsOf(vm)), "mac": cardsOf(vm)[0].MacAddress,
					"disk": acctest.DiskFile(vm), "reserved": *vm.Config.CpuAllocation.Reservation},
					map[string]any{"reserved": reserved, "annotation": "Somebody else's", "cards": 1, "mac": cardsOf(before)[0].MacAddress,
						"disk": acctest.DiskFile(before)})
			}))
		untouched := on(vc, "OpenStack/web", unchangedSince(before))
		heard := acctest.Check(func() error {
			return recorder.ExpectWarning("plan", "Adopted as written: image_name, key_pair, user_data: nothing is recorded of what web was made "+
				"from.")
		})
		silent := acctest.Check(func() error {
			if all := recorder.Warnings("plan", "Adopted"); len(all) > 0 {
				return fmt.Errorf("nothing is doubtful, and yet: %v", all)
			}
			return nil
		})
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
			Steps: []resource.TestStep{
				{Config: config("debian-12", "anna", "active") + "import {\n  to = " + it + "\n  id = \"/dc1/vm/OpenStack/web\"\n}\n",
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it,
						plancheck.ResourceActionNoop)},
						PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
					Check: resource.ComposeTestCheckFunc(kept, heard, untouched)},
				{Config: config("debian-12", "anna", "active"), PlanOnly: true},
				{Config: config("ubuntu-24.04", "berta", "active"), PlanOnly: true},
				{PreConfig: recorder.Reset, Config: config("debian-12", "anna", "active"),
					Check: resource.ComposeTestCheckFunc(kept, silent, untouched)},
				{Config: config("debian-12", "anna", "shutoff"),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, updated)},
						PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
					Check: resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), heard, on(vc, "OpenStack/web", recordedWith(vc, told)))},
				{PreConfig: recorder.Reset, Config: config("debian-12", "anna", "shutoff"), PlanOnly: true},
				// Recorded values bind, as for every other instance.
				replaced(config("ubuntu-24.04", "anna", "shutoff")),
				replaced(config("debian-12", "berta", "shutoff")),
			},
		})
		if all := recorder.Warnings("plan", "Adopted"); len(all) > 0 {
			t.Errorf("it is adopted once, and yet: %v", all)
		}
	})
}

// TestAccInstanceImportedWithoutItsUserData: an instance whose guest has blanked its user data is imported with its original
// configuration, and not replaced.
func TestAccInstanceImportedWithoutItsUserData(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc, same := acctest.Start(t, how.On(vcsim.Options{})), &identity{}
		config := vc.Config("", plain(`name = "web"
  user_data = "#cloud-config"`))
		forget := "removed {\n  from = " + it + "\n  lifecycle { destroy = false }\n}\n"
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories,
			Steps: []resource.TestStep{
				{Config: config, Check: on(vc, "OpenStack/web", same.of)},
				{PreConfig: func() { setExtra(t, vc, "OpenStack/web", map[string]string{"guestinfo.userdata": "---"}) }, Config: config,
					PlanOnly: true},
				{Config: vc.Config("", forget+strings.Split(plain("name = \"web\""), "resource \"novasphere_compute_instance\"")[0])},
				{Config: config + "import {\n  to = " + it + "\n  id = \"/dc1/vm/OpenStack/web\"\n}\n",
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, updated)}},
					Check:            on(vc, "OpenStack/web", same.of)},
				replaced(strings.Replace(config, "#cloud-config", "#other", 1)),
			},
		})
	})
}
