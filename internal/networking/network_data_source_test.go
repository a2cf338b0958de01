package networking_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// says finds a text in what the CLI prints, however it breaks the lines.
func says(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `[\s│]+`))
}

func network(address, argument, value string) string {
	return fmt.Sprintf("data \"novasphere_networking_network\" %q {\n  %s = %q\n}\n", address, argument, value)
}

func is(address, attribute, value string) resource.TestCheckFunc {
	return resource.TestCheckResourceAttr("data.novasphere_networking_network."+address, attribute, value)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAccNetwork(t *testing.T) {
	vc := acctest.Start(t, vcsim.Options{})
	standard(t, vc, "lab network")
	blocked(t, vc, "private")
	public := vc.Portgroup("public")
	vds := property.DefaultCollector(vc.Client().Client)
	var of mo.DistributedVirtualSwitch
	must(t, vds.RetrieveOne(t.Context(), *public.Config.DistributedVirtualSwitch, []string{"uuid", "portgroup", "config"}, &of))
	uplink := uplinkOf(t, vc, of)
	config := network("name", "name", "public") + network("id", "network_id", public.Self.Value) + network("key", "network_id", public.Key) + network("blocked", "name", "private") +
		network("segment", "name", "nsx-segment") + network("standard", "name", "lab network")
	wrong := func(text, argument, value string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", network("wrong", argument, value)), ExpectError: says(text)}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", config), Check: resource.ComposeAggregateTestCheckFunc(
				is("name", "id", public.Self.Value), is("name", "network_id", public.Self.Value), is("name", "shared", "true"), is("name", "status", "ACTIVE"), is("name", "admin_state_up", "true"),
				is("name", "segments.0.network_type", "vlan"), is("name", "segments.0.segmentation_id", "100"), is("name", "segments.0.physical_network", "dvs-1"),
				is("id", "name", "public"), is("key", "name", "public"), is("blocked", "admin_state_up", "false"), is("segment", "segments.0.network_type", "flat"),
				is("standard", "segments.0.network_type", "flat"), is("standard", "segments.0.physical_network", ""), is("standard", "admin_state_up", "true"))},
			wrong(`no network "pubic" in datacenter dc1; the nearest names are "public"`, "name", "pubic"),
			wrong(`no network with the id "dvportgroup-0" in datacenter dc1; the nearest names are`, "network_id", "dvportgroup-0"),
			wrong(fmt.Sprintf("no network %q in datacenter dc1", uplink.Name), "name", uplink.Name),
			wrong("no network with the id", "network_id", uplink.Self.Value),
			{Config: vc.Config("", `data "novasphere_networking_network" "wrong" {}`), ExpectError: says("At least one of these attributes must be configured")},
			{Config: vc.Config("", config)}, // what the test ends with is what is destroyed, and must be valid
		},
	})
}

// uplinkOf is the portgroup of a switch's uplinks.
func uplinkOf(t *testing.T, vc *acctest.VCenter, s mo.DistributedVirtualSwitch) (group mo.DistributedVirtualPortgroup) {
	t.Helper()
	must(t, property.DefaultCollector(vc.Client().Client).RetrieveOne(t.Context(), s.Config.GetDVSConfigInfo().UplinkPortgroup[0], nil, &group))
	return group
}

// standard adds a portgroup to the standard switch of a host.
func standard(t *testing.T, vc *acctest.VCenter, name string) {
	t.Helper()
	hosts, err := find.NewFinder(vc.Client().Client).HostSystemList(t.Context(), "/dc1/host/*/*")
	must(t, err)
	system, err := hosts[0].ConfigManager().NetworkSystem(t.Context())
	must(t, err)
	must(t, system.AddPortGroup(t.Context(), types.HostPortGroupSpec{Name: name, VswitchName: "vSwitch0"}))
}

// blocked blocks every port of a portgroup.
func blocked(t *testing.T, vc *acctest.VCenter, name string) {
	t.Helper()
	group := vc.Portgroup(name)
	task, err := object.NewDistributedVirtualPortgroup(vc.Client().Client, group.Self).Reconfigure(t.Context(), types.DVPortgroupConfigSpec{
		ConfigVersion: group.Config.ConfigVersion, DefaultPortConfig: &types.VMwareDVSPortSetting{DVPortSetting: types.DVPortSetting{Blocked: &types.BoolPolicy{Value: types.NewBool(true)}}}})
	must(t, err)
	must(t, task.Wait(t.Context()))
}

// Two switches may have a portgroup of the same name each.
func TestAccNetworkOfOneName(t *testing.T) {
	vc := acctest.Start(t, vcsim.Options{})
	group := vc.Portgroup("public")
	folders, err := find.NewFinder(vc.Client().Client).Folder(t.Context(), "/dc1/network")
	must(t, err)
	inside, err := folders.CreateFolder(t.Context(), "other")
	must(t, err)
	task, err := inside.CreateDVS(t.Context(), types.DVSCreateSpec{ConfigSpec: &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Name: "dvs-2"}}})
	must(t, err)
	info, err := task.WaitForResult(t.Context())
	must(t, err)
	task, err = object.NewDistributedVirtualSwitch(vc.Client().Client, info.Result.(types.ManagedObjectReference)).AddPortgroup(t.Context(),
		[]types.DVPortgroupConfigSpec{{Name: "public", Type: "earlyBinding", NumPorts: 8}})
	must(t, err)
	must(t, task.Wait(t.Context()))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", network("it", "name", "public")), ExpectError: says(`2 networks are called "public": write the id of one of them: ` + group.Self.Value + " (distributed), ")},
			{Config: vc.Config("", network("it", "network_id", group.Self.Value)), Check: is("it", "name", "public")},
		},
	})
}
