// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// fabric gives each of two clusters a switch of its own, "one" and "two", with the segments blue and red on both, as NSX does.
func fabric(t *testing.T) (vc *acctest.VCenter, switches map[string]string) {
	t.Helper()
	vc = acctest.Start(t, vcsim.Options{Clusters: 2})
	second := func(host mo.HostSystem) bool { return slices.Contains([]string{"esx-4", "esx-5", "esx-6"}, host.Name) }
	switches = map[string]string{vc.AddSwitch("one", 9000, func(host mo.HostSystem) bool { return !second(host) }): "one",
		vc.AddSwitch("two", 9000, second): "two"}
	for _, name := range []string{"blue", "red"} {
		if err := vc.PutSegment(vcsim.Segment{ID: "id-of-" + name, Name: name, SwitchUUID: "logical-" + name,
			Switches: []string{"one", "two"}}); err != nil {
			t.Fatal(err)
		}
	}
	return vc, switches
}

// segmentsOf returns the switch and the segment of each NIC of web, with its address.
func segmentsOf(vc *acctest.VCenter, vm mo.VirtualMachine, switches map[string]string) (out map[string]string, err error) {
	out = map[string]string{}
	for _, card := range cardsOf(vm) {
		b, ok := card.Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
		if !ok {
			return nil, fmt.Errorf("a NIC on %+v", card.Backing)
		}
		group := object.NewCommon(vc.Client().Client, types.ManagedObjectReference{Type: "DistributedVirtualPortgroup",
			Value: b.Port.PortgroupKey})
		name, err := group.ObjectName(context.Background())
		if err != nil {
			return nil, err
		}
		out[card.MacAddress] = switches[b.Port.SwitchUuid] + " " + name
	}
	return out, nil
}

// rerecord has web recorded on blue as by a version that knew no segments: by its portgroup.
func rerecord(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	vm := vc.VM("OpenStack/web")
	key := cardsOf(vm)[0].Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo).Port.PortgroupKey
	record := vc.Parameters(vm)["novasphere.server"]
	old := strings.NewReplacer(`"network":"id-of-blue"`, `"network":"`+key+`"`, `"plug":"logical-blue"`, `"plug":"`+key+`"`).Replace(record)
	if strings.Count(old, key) != 2 {
		t.Fatalf("the record is not as expected: %s", record)
	}
	reconfigured(t, vc, "OpenStack/web", types.VirtualMachineConfigSpec{ExtraConfig: records.Diff{"novasphere.server": old}.Options()})
	vc.ResetCalls()
}

// leadAstray moves the first NIC of web to a portgroup that is no segment's, as with the vSphere client.
func leadAstray(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	device := object.VirtualDeviceList(vc.VM("OpenStack/web").Config.Hardware.Device).SelectByType((*types.VirtualEthernetCard)(nil))[0]
	public, err := object.NewDistributedVirtualPortgroup(vc.Client().Client, vc.Portgroup("public").Self).EthernetCardBackingInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	device.GetVirtualDevice().Backing = public
	reconfigured(t, vc, "OpenStack/web", types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: device}}})
}

// TestAccInstanceOnSegments: NICs on segments come and go, follow the instance to another switch, and are put back onto their segment. The
// portgroup that vCenter chooses is no difference, nor is an older state that names it.
func TestAccInstanceOnSegments(t *testing.T) {
	t.Parallel()
	vc, switches := fabric(t)
	config := func(zone string, names ...string) string {
		blocks, data := mayMove+"name = \"web\"\n  availability_zone = \""+zone+"\"\n", ""
		for _, name := range names {
			data += fmt.Sprintf("data \"novasphere_networking_network\" %q { name = %q }\n", name, name)
			blocks += fmt.Sprintf("  network { uuid = data.novasphere_networking_network.%s.id }\n", name)
		}
		return vc.Config(twoZones, data+plain(blocks))
	}
	macs := map[string]string{} // of each segment's NIC
	are := func(want ...string) resource.TestCheckFunc {
		return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
			var have []string
			all, err := segmentsOf(vc, vm, switches)
			if err != nil {
				return err
			}
			for mac, at := range all {
				have = append(have, at)
				_, segment, _ := strings.Cut(at, " ")
				if former, known := macs[segment]; known && former != mac {
					return fmt.Errorf("the NIC on %s was %s, and is %s", segment, former, mac)
				}
				macs[segment] = mac
			}
			slices.Sort(have)
			return differ(map[string]any{"at": have, "power": string(vm.Runtime.PowerState)},
				map[string]any{"at": want, "power": "poweredOn"})
		})
	}
	calls := func(want map[string]int) resource.TestCheckFunc {
		return acctest.Check(func() error {
			have := vc.Calls()
			return differ(map[string]any{"moves": have["RelocateVM_Task"], "changes": have["ReconfigVM_Task"]},
				map[string]any{"moves": want["moves"], "changes": want["changes"]})
		})
	}
	byPortgroup, astray := func() { rerecord(t, vc) }, func() { leadAstray(t, vc) }
	fresh := vc.ResetCalls
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: config("az1", "blue"), Check: resource.ComposeTestCheckFunc(are("one blue"),
				resource.TestCheckResourceAttr(it, "network.0.uuid", "id-of-blue"))},
			{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: idOf(vc),
				ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip", "allow_live_migration"}},
			{PreConfig: byPortgroup, Config: config("az1", "blue"), ConfigPlanChecks: action(it, updated),
				Check: resource.ComposeTestCheckFunc(are("one blue"), calls(map[string]int{"changes": 1}))},
			{PreConfig: fresh, Config: config("az1", "blue", "red"), ConfigPlanChecks: action(it, updated), Check: are("one blue", "one red")},
			{PreConfig: fresh, Config: config("az2", "blue", "red"), ConfigPlanChecks: action(it, updated),
				Check: resource.ComposeTestCheckFunc(are("two blue", "two red"), calls(map[string]int{"moves": 1, "changes": 1}))},
			{PreConfig: fresh, Config: config("az2", "blue"), ConfigPlanChecks: action(it, updated), Check: are("two blue")},
			{PreConfig: astray, Config: config("az2", "blue"), ConfigPlanChecks: action(it, updated), Check: are("two blue")},
		},
	})
}
