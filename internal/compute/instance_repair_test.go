// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// disconnected cuts the link of a VM's first NIC, as `govc device.disconnect` does, and on request that of later starts too.
func disconnected(t *testing.T, vc *acctest.VCenter, path string, link types.VirtualDeviceConnectInfo) {
	t.Helper()
	for _, device := range vc.VM(path).Config.Hardware.Device {
		if card, ok := device.(types.BaseVirtualEthernetCard); ok {
			card.GetVirtualEthernetCard().Connectable = &link
			reconfigured(t, vc, path, types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
				&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: device}}})
			return
		}
	}
	t.Fatal("there is no NIC")
}

// TestAccInstanceDisconnected: a NIC without a link is a difference, and the apply reconnects it, once and without other changes.
func TestAccInstanceDisconnected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		state string
		link  types.VirtualDeviceConnectInfo
	}{
		"running":        {"active", types.VirtualDeviceConnectInfo{StartConnected: true}},
		"at every start": {"active", types.VirtualDeviceConnectInfo{Connected: true}},
		"off":            {"shutoff", types.VirtualDeviceConnectInfo{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vc, recorder := acctest.Start(t, vcsim.Options{}), &protocol.Recorder{}
			config := vc.Config("", plain("name = \"web\"\n  power_state = \""+c.state+
				"\"\n  network { name = \"public\" }\n  network { name = \"private\" }"))
			linked := on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
				for _, card := range cardsOf(vm) {
					if link := card.Connectable; link == nil || !link.StartConnected || c.state == "active" && !link.Connected {
						return fmt.Errorf("%s is not connected: %+v", card.MacAddress, link)
					}
				}
				return nil
			})
			once := acctest.Check(func() error {
				if calls := vc.Calls(); calls["ReconfigVM_Task"] != 1 || calls["PowerOnVM_Task"]+calls["ShutdownGuest"]+calls["PowerOffVM_Task"] != 0 {
					return fmt.Errorf("it took %v", calls)
				}
				return recorder.ExpectWarning("plan", "A NIC is disconnected")
			})
			protocol.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
				Steps: []resource.TestStep{
					{Config: config},
					{PreConfig: func() { disconnected(t, vc, "OpenStack/web", c.link); vc.ResetCalls() }, Config: config,
						ConfigPlanChecks: action(it, updated), Check: resource.ComposeTestCheckFunc(linked, once)},
					{PreConfig: recorder.Reset, Config: config, PlanOnly: true},
				},
			})
		})
	}
}

// TestAccInstancePortDown: the NIC of a port that is down on purpose does not count as disconnected, and a VM that is off gets its link
// when it starts.
func TestAccInstancePortDown(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config("", strings.Replace(ported, "mac_address", "admin_state_up = false\n  mac_address", 1)+
		plain("name = \"web\"\n  power_state = \"shutoff\"\n  network { port = novasphere_networking_port.one.id }"))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{{Config: config}, {Config: config, PlanOnly: true},
			{Config: strings.Replace(config, "shutoff", "active", 1)}, {Config: strings.Replace(config, "shutoff", "active", 1), PlanOnly: true}},
	})
}

// TestAccInstanceBesides: objects attached to an instance by hand, which go with it, are named by the plan that destroys it, and by the
// apply.
func TestAccInstanceBesides(t *testing.T) {
	t.Parallel()
	vc, recorder := acctest.Start(t, vcsim.Options{}), &protocol.Recorder{}
	flavorAlone, _, _ := strings.Cut(plain(""), "resource \"novasphere_compute_instance\"")
	config := vc.Config("", plain(`name = "web"`))
	added := func() {
		vm := vc.VM("OpenStack/web")
		home, _, _ := strings.Cut(vm.Config.Files.VmPathName, "/")
		reconfigured(t, vc, "OpenStack/web",
			types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{
				Operation: types.VirtualDeviceConfigSpecOperationAdd, FileOperation: types.VirtualDeviceConfigSpecFileOperationCreate,
				Device: &types.VirtualDisk{CapacityInKB: 7 << 20, VirtualDevice: types.VirtualDevice{Key: -1, ControllerKey: 1000,
					UnitNumber: types.NewInt32(3),
					Backing: &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent",
						VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: home + "/data.vmdk"}}}}}}})
	}
	named := func(during string) resource.TestCheckFunc {
		return acctest.Check(func() error {
			for _, text := range []string{"data.vmdk", "7 GiB"} {
				if err := recorder.ExpectWarning(during, text); err != nil {
					return err
				}
			}
			return nil
		})
	}
	silent := acctest.Check(func() error {
		if all := append(recorder.Warnings("plan", "More than"), recorder.Warnings("apply", "More than")...); len(all) > 0 {
			return fmt.Errorf("nothing goes along, and yet: %v", all)
		}
		return nil
	})
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
		Steps: []resource.TestStep{
			{Config: config, Check: silent},
			{PreConfig: added, Config: config, PlanOnly: true},
			{Config: vc.Config("", flavorAlone), Check: resource.ComposeTestCheckFunc(named("plan"), named("apply"))},
			{PreConfig: recorder.Reset, Config: config},
			{PreConfig: added, Config: strings.Replace(config, "debian-12", "ubuntu-24.04", 1), ConfigPlanChecks: action(it, remade),
				Check: resource.ComposeTestCheckFunc(named("plan"), named("apply"))},
			{PreConfig: func() {
				recorder.Reset()
				by(t, func(ctx context.Context) (*object.Task, error) {
					return machine(vc, "OpenStack/web").CreateSnapshot(ctx, "nightly", "", false, false)
				})
			}, Config: vc.Config("", flavorAlone), Check: acctest.Check(func() error {
				return recorder.ExpectWarning("plan",
					`the snapshot "nightly"`)
			})},
		},
	})
}
