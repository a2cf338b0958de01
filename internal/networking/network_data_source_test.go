// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// says matches an error by its text and the place at which it is shown.
func says(text, at string) *regexp.Regexp {
	// the text between must not contain another "Error:"
	return regexp.MustCompile(regexp.QuoteMeta(text) + `(?:[^E]|E[^r])*\n  with [^\n]*, at ` + regexp.QuoteMeta(at) + ` during`)
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
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	standard(t, vc, "lab network")
	blocked(t, vc, "private")
	public := vc.Portgroup("public")
	config := network("name", "name", "public") + network("id", "network_id", public.Self.Value) + network("key", "network_id", public.Key) +
		network("blocked", "name", "private") +
		network("segment", "name", "nsx-segment") + network("standard", "name", "lab network")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", config), Check: resource.ComposeAggregateTestCheckFunc(
				is("name", "id", public.Self.Value), is("name", "network_id", public.Self.Value), is("name", "shared", "true"),
				is("name", "status", "ACTIVE"), is("name", "admin_state_up", "true"),
				is("name", "segments.0.network_type", "vlan"), is("name", "segments.0.segmentation_id", "100"),
				is("name", "segments.0.physical_network", "dvs-1"),
				is("id", "name", "public"), is("key", "name", "public"), is("blocked", "admin_state_up", "false"),
				is("segment", "segments.0.network_type", "opaque"),
				is("standard", "segments.0.network_type", "flat"), is("standard", "segments.0.physical_network", ""),
				is("standard", "admin_state_up", "true"))},
		},
	})
}

// TestNetworkNotFound: the error for a missing network suggests similar names; uplink portgroups are not networks.
func TestNetworkNotFound(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var of mo.DistributedVirtualSwitch
	must(t, property.DefaultCollector(vc.Client().Client).RetrieveOne(t.Context(), *vc.Portgroup("public").Config.DistributedVirtualSwitch,
		[]string{"config"}, &of))
	uplink := uplinkOf(t, vc, of)
	refusedQueries(t, vc, "network", map[string]refusal{
		"name":        {args{"name": "pubic"}, "", `no network "pubic" in datacenter dc1; the nearest names are "public"`},
		"id":          {args{"network_id": "dvportgroup-0"}, "", `no network with the id "dvportgroup-0" in datacenter dc1; the nearest are `},
		"id, by name": {args{"network_id": "dvportgroup-0"}, "", fmt.Sprintf(`%q ("public")`, vc.Portgroup("public").Self.Value)},
		"name as id": {args{"network_id": "public"}, "", fmt.Sprintf(`the network of that name has the id %q`,
			vc.Portgroup("public").Self.Value)},
		"uplink":      {args{"name": uplink.Name}, "", fmt.Sprintf("no network %q in datacenter dc1", uplink.Name)},
		"uplink's id": {args{"network_id": uplink.Self.Value}, "", "no network with the id"},
		"nothing":     {args{}, "", "At least one of these attributes must be configured"},
	})
}

// uplinkOf returns the uplink portgroup of a switch.
func uplinkOf(t *testing.T, vc *acctest.VCenter, s mo.DistributedVirtualSwitch) (group mo.DistributedVirtualPortgroup) {
	t.Helper()
	must(t, property.DefaultCollector(vc.Client().Client).RetrieveOne(t.Context(), s.Config.GetDVSConfigInfo().UplinkPortgroup[0], nil,
		&group))
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
		ConfigVersion: group.Config.ConfigVersion,
		DefaultPortConfig: &types.VMwareDVSPortSetting{
			DVPortSetting: types.DVPortSetting{Blocked: &types.BoolPolicy{Value: types.NewBool(true)}}}})
	must(t, err)
	must(t, task.Wait(t.Context()))
}

// Two switches may each have a portgroup of the same name.
func TestNetworkOfOneName(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	group := vc.Portgroup("public")
	folders, err := find.NewFinder(vc.Client().Client).Folder(t.Context(), "/dc1/network")
	must(t, err)
	inside, err := folders.CreateFolder(t.Context(), "other")
	must(t, err)
	task, err := inside.CreateDVS(t.Context(),
		types.DVSCreateSpec{ConfigSpec: &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Name: "dvs-2"}}})
	must(t, err)
	info, err := task.WaitForResult(t.Context())
	must(t, err)
	task, err = object.NewDistributedVirtualSwitch(vc.Client().Client, info.Result.(types.ManagedObjectReference)).AddPortgroup(t.Context(),
		[]types.DVPortgroupConfigSpec{{Name: "public", Type: "earlyBinding", NumPorts: 8}})
	must(t, err)
	must(t, task.Wait(t.Context()))
	refusedQueries(t, vc, "network", map[string]refusal{
		"name": {args{"name": "public"}, "", `2 networks are called "public": ` + group.Self.Value +
			" (switch dvs-1, /dc1/network/public, VLAN 100), "},
	})
	found, said := vc.Provider(t, nil).Query("novasphere_networking_network", args{"network_id": group.Self.Value})
	if len(said) > 0 || text(t, found, "name") != "public" {
		t.Errorf("by its id it is %v, %v", found["name"], said)
	}
}
