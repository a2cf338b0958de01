// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
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

// TestAccInstanceOnWhatTheSamePlanMakes: a network, a key pair, a security group and a server group of the same plan are found by name,
// and the creation waits for a subnet that nothing refers to.
func TestAccInstanceOnWhatTheSamePlanMakes(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it, nic = "novasphere_compute_instance.it", "novasphere_compute_interface_attach.nic"
	is := resource.TestCheckResourceAttr
	rest := `resource "novasphere_networking_network" "n" {
  name = "N"
  segments { segmentation_id = 100 }
}
resource "novasphere_networking_subnet" "s" {
  network_id      = novasphere_networking_network.n.id
  cidr            = "10.0.0.0/24"
  dns_nameservers = ["10.0.0.2"]
}
resource "novasphere_networking_secgroup" "web" {
  name     = "web"
  stateful = false
}
resource "novasphere_compute_keypair" "ops" {
  name = "ops"
}
`
	machine := func(name string) string {
		return rest + plain(`name = "web"
  key_pair = novasphere_compute_keypair.ops.name
  security_groups = [novasphere_networking_secgroup.web.name]
  network {
    name        = `+name+`
    fixed_ip_v4 = "10.0.0.20"
  }
`) + `resource "novasphere_compute_interface_attach" "nic" {
  instance_id = novasphere_compute_instance.it.id
  network_id  = novasphere_networking_network.n.id
  fixed_ip    = "10.0.0.30"
}
`
	}
	config := vc.Config("  security_groups = \"dvs\"\n", machine("novasphere_networking_network.n.name"))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config, Check: resource.ComposeAggregateTestCheckFunc(resource.TestCheckResourceAttrPair(it, "network.0.uuid",
				"novasphere_networking_network.n", "id"),
				is(it, "network.0.fixed_ip_v4", "10.0.0.20"), is(nic, "fixed_ip", "10.0.0.30"), tells(vc, `"addresses":["10.0.0.20/24"]`))},
			{Config: config, Taint: []string{it}}, // it does not collide with its own address
			{Config: vc.Config("  security_groups = \"dvs\"\n", machine(`"M"`)), PlanOnly: true, ExpectError: says(`no network "M"`)},
		},
		CheckDestroy: acctest.Check(func() error { return vc.NoNetwork("N") }),
	})
}

// TestInstanceAddressesAreRefusedAtPlan: an address that is taken, or that another NIC of the same plan claims, is refused.
func TestInstanceAddressesAreRefusedAtPlan(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	there := vc.Config("", ported)
	nic := func(address string) string {
		return "  network {\n    uuid = novasphere_networking_network.lab.id\n    fixed_ip_v4 = \"" + address + "\"\n  }\n"
	}
	with := func(blocks string) string { return vc.Config("", ported+plain("name = \"web\"\n"+blocks)) }
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: there},
			{Config: with(nic("10.0.0.10")), PlanOnly: true, ExpectError: says("10.0.0.10 belongs to the port")},
			{Config: with(nic("10.0.0.1")), PlanOnly: true, ExpectError: says("is the gateway of the subnet")},
			{Config: with(nic("10.0.0.20") + nic("10.0.0.20")), PlanOnly: true, ExpectError: says("it claims the address 10.0.0.20")},
			{Config: with(nic("10.0.0.20")), Check: tells(vc, `"addresses":["10.0.0.20/24"]`)},
		},
	})
}

// switchIn makes a folder with a distributed switch without member hosts, and a portgroup on it.
func switchIn(t *testing.T, vc *acctest.VCenter, folder, name, portgroup string, vlan int32) (id string) {
	t.Helper()
	root, err := find.NewFinder(vc.Client().Client).Folder(t.Context(), "/dc1/network")
	must(t, err)
	below, err := root.CreateFolder(t.Context(), folder)
	must(t, err)
	task, err := below.CreateDVS(t.Context(),
		types.DVSCreateSpec{ConfigSpec: &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Name: name}}})
	must(t, err)
	made, err := task.WaitForResult(t.Context())
	must(t, err)
	by(t, func(ctx context.Context) (*object.Task, error) {
		return object.NewDistributedVirtualSwitch(vc.Client().Client, made.Result.(types.ManagedObjectReference)).AddPortgroup(ctx,
			[]types.DVPortgroupConfigSpec{{Name: portgroup, NumPorts: 8,
				Type:              string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding),
				DefaultPortConfig: &types.VMwareDVSPortSetting{Vlan: &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: vlan}}}})
	})
	var on mo.DistributedVirtualSwitch
	must(t, property.DefaultCollector(vc.Client().Client).RetrieveOne(t.Context(), made.Result.(types.ManagedObjectReference),
		[]string{"portgroup"}, &on))
	return on.Portgroup[len(on.Portgroup)-1].Value
}

// TestNetworksOfOneName: of several networks of one name, the one that the cluster reaches is chosen; where that does not decide, the
// error tells them apart, and the data source can name the switch.
func TestNetworksOfOneName(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	switchIn(t, vc, "far", "dvs-2", "public", 5)
	two, three := switchIn(t, vc, "two", "dvs-3", "app", 6), switchIn(t, vc, "three", "dvs-4", "app", 7)
	p := vc.Provider(t, nil)
	little(p)
	plan := p.Plan("novasphere_compute_instance", machineOn("public"), protocol.Object{})
	if errors := plan.Errors(); len(errors) > 0 {
		t.Fatalf("of the two networks public the one that the cluster reaches is not found: %v", errors)
	}
	made, reported := p.Apply(plan)
	if errors := protocol.Errors(reported); len(errors) > 0 || !made.Exists() {
		t.Fatal(errors)
	}
	if nics := plugs(vc, vc.VM("OpenStack/web")); len(nics) != 1 || !slices.Contains(slices.Collect(maps.Values(nics)), "public") {
		t.Errorf("it is plugged into %v", nics)
	}
	second := machineOn("app")
	second["name"] = "app"
	errors := vc.Provider(t, nil).Plan("novasphere_compute_instance", second, protocol.Object{}).Errors()
	if len(errors) != 1 || errors[0].Attribute != "network[0]" {
		t.Fatalf("the errors are %v", errors)
	}
	for _, text := range []string{two + " (switch dvs-3, /dc1/network/two/app, VLAN 6)", three +
		" (switch dvs-4, /dc1/network/three/app, VLAN 7)", "its argument switch"} {
		if !strings.Contains(errors[0].Text, text) {
			t.Errorf("the error does not say %q: %s", text, errors[0].Text)
		}
	}
	found, reported := p.Query("novasphere_networking_network", map[string]any{"name": "app", "switch": "dvs-4"})
	if len(protocol.Errors(reported)) > 0 || !found["id"].Equal(tftypes.NewValue(tftypes.String, three)) {
		t.Errorf("the data source finds %v, %v", found["id"], reported)
	}
	if _, reported := p.Query("novasphere_networking_network", map[string]any{"name": "app",
		"switch": "dvs-1"}); len(protocol.Errors(reported)) != 1 {
		t.Errorf("on another switch: %v", reported)
	}
}

// TestPlannedNetworksOfOneName: of two networks of one name on two switches that the same plan makes or keeps, the one that the cluster
// reaches is chosen, whichever is planned first.
func TestPlannedNetworksOfOneName(t *testing.T) {
	t.Parallel()
	const kind = "novasphere_networking_network"
	lab := func(on string) map[string]any {
		return map[string]any{"name": "lab", "segments": []any{map[string]any{"segmentation_id": 5, "physical_network": on}}}
	}
	for _, order := range [][]string{{"dvs-2", "dvs-1"}, {"dvs-1", "dvs-2"}} {
		t.Run(order[0]+" first", func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{Clusters: 2})
			vc.AddSwitch("far/dvs-2", 9000, func(host mo.HostSystem) bool { return host.Name == "esx-4" })
			settings := map[string]any{"cluster": "compute", "datastore": "vmfs-1",
				"availability_zone": []any{map[string]any{"name": "far", "cluster": "compute-2"}}}
			p := vc.Provider(t, settings)
			little(p)
			plans := []protocol.Plan{p.Plan(kind, lab(order[0]), protocol.Object{}), p.Plan(kind, lab(order[1]), protocol.Object{})}
			if plan := p.Plan("novasphere_compute_instance", machineOn("lab"), protocol.Object{}); len(plan.Errors()) > 0 {
				t.Fatalf("on networks that the same plan makes: %v", plan.Errors())
			}
			made := map[string]protocol.Object{}
			for i, plan := range plans {
				now, reported := p.Apply(plan)
				if made[order[i]] = now; len(protocol.Errors(reported)) > 0 {
					t.Fatal(reported)
				}
			}
			p = vc.Provider(t, settings)
			for _, on := range order {
				p.Plan(kind, lab(on), made[on])
			}
			web := p.Bring("novasphere_compute_instance", machineOn("lab"), protocol.Object{})
			if at := web.Attributes()["network"].String(); !strings.Contains(at, made["dvs-1"].Text("id")) {
				t.Errorf("it is on %s, and not on %s", at, made["dvs-1"].Text("id"))
			}
		})
	}
}

// TestReplacedNICsDoNotMeetThemselves: a replacement is planned twice, and the address that the first plan found free is still its own in
// the second. Addresses of others are not.
func TestReplacedNICsDoNotMeetThemselves(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	little(p)
	on := func(name string, vlan int, cidr string) string {
		network := p.Bring("novasphere_networking_network", map[string]any{"name": name,
			"segments": []any{map[string]any{"segmentation_id": vlan}}}, protocol.Object{}).Text("id")
		p.Bring("novasphere_networking_subnet", map[string]any{"network_id": network, "cidr": cidr, "dns_nameservers": []any{"10.0.0.2"}},
			protocol.Object{})
		return network
	}
	lab, racks := on("lab", 5, "10.0.0.0/24"), on("racks", 6, "10.1.0.0/24")
	machine := wish(nics(map[string]any{"uuid": lab, "fixed_ip_v4": "10.0.0.120"}))
	machine["wait_for_ip"] = "0s"
	web := p.Bring(instanceKind, machine, protocol.Object{})
	attachment := func(network, address string) map[string]any {
		return map[string]any{"instance_id": web.Text("id"), "network_id": network, "fixed_ip": address}
	}
	const attach = "novasphere_compute_interface_attach"
	nic := p.Bring(attach, attachment(lab, "10.0.0.130"), protocol.Object{})
	t.Run("interface with another network and address", func(t *testing.T) {
		p := vc.Provider(t, nil)
		there, _ := p.Read(nic)
		if plan := p.Plan(attach, attachment(racks, "10.1.0.130"), there); len(plan.Errors()) > 0 || plan.Action != protocol.Replace {
			t.Fatalf("its replacement is to %s it: %v", plan.Action, plan.Errors())
		}
		refused(t, p.Plan(attach, attachment(racks, "10.1.0.130"), protocol.Object{}).Errors(), "fixed_ip",
			"10.1.0.130 belongs to another port of this configuration")
	})
	t.Run("interface on demand", func(t *testing.T) {
		p := vc.Provider(t, nil)
		there, _ := p.Read(nic)
		if plan := p.PlanReplace(attach, attachment(lab, "10.0.0.130"), there); len(plan.Errors()) > 0 {
			t.Fatal(plan.Errors())
		}
	})
	t.Run("instance that gains a NIC", func(t *testing.T) {
		p := vc.Provider(t, nil)
		there, _ := p.Read(web)
		more := wish(nics(map[string]any{"uuid": lab, "fixed_ip_v4": "10.0.0.120"}, map[string]any{"uuid": racks, "fixed_ip_v4": "10.1.0.140"}))
		more["wait_for_ip"] = "0s"
		if plan := p.PlanReplace(instanceKind, more, there); len(plan.Errors()) > 0 || plan.Action != protocol.Replace {
			t.Fatalf("its replacement is to %s it: %v", plan.Action, plan.Errors())
		}
		more["name"] = "app"
		more["network"] = []any{map[string]any{"uuid": racks, "fixed_ip_v4": "10.1.0.140"}}
		errors := p.Plan(instanceKind, more, protocol.Object{}).Errors()
		refused(t, errors, "network[0]", "10.1.0.140 belongs to another port of this configuration")
	})
}

// machineOn returns an instance with a NIC on a named network.
func machineOn(network string) map[string]any {
	return map[string]any{"name": "web", "image_name": "debian-12", "flavor_name": "m1.small", "wait_for_ip": "0s",
		"network": []any{map[string]any{"name": network}}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestAccClaimedAddressStays: on a subnet with foreign DHCP the written, claimed address stays in the state although the guest reports
// another one, which access_ip_v4 and a warning show.
func TestAccClaimedAddressStays(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it, nic = "novasphere_compute_instance.it", "novasphere_compute_interface_attach.nic"
	is := resource.TestCheckResourceAttr
	config := func(more string) string {
		return vc.Config("", `resource "novasphere_networking_network" "lab" {
  name = "lab"
  segments { segmentation_id = 100 }
}
resource "novasphere_networking_subnet" "lab" {
  network_id  = novasphere_networking_network.lab.id
  cidr        = "192.168.1.0/24"
  enable_dhcp = true
}
`+plain(`name = "web"
  wait_for_ip = "30s"
  depends_on = [novasphere_networking_subnet.lab]
  network {
    uuid        = novasphere_networking_network.lab.id
    fixed_ip_v4 = "192.168.1.100"
  }
`+more)+`resource "novasphere_compute_interface_attach" "nic" {
  instance_id = novasphere_compute_instance.it.id
  network_id  = novasphere_networking_network.lab.id
  fixed_ip    = "192.168.1.101"
}
`)
	}
	heard := &protocol.Recorder{}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: heard.Factories(acctest.Factories),
		Steps: []resource.TestStep{
			{Config: config(""), Check: resource.ComposeAggregateTestCheckFunc(is(it, "network.0.fixed_ip_v4", "192.168.1.100"),
				is(nic, "fixed_ip", "192.168.1.101"),
				resource.TestMatchResourceAttr(it, "access_ip_v4", regexp.MustCompile(`^10\.0\.`)))},
			{Config: config("  tags = [\"a\"]\n"), Check: is(it, "network.0.fixed_ip_v4", "192.168.1.100")},
		},
	})
	must(t, heard.ExpectWarning(protocol.Reading, "has claimed 192.168.1.100, and the guest reports 10.0."))
}

// TestGuestsAreToldTheProvidersNameServers: a guest gets the provider's name servers where a subnet has none, and one default route where
// a route to everything stands beside the gateway.
func TestGuestsAreToldTheProvidersNameServers(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, map[string]any{"dns_nameservers": []any{"10.9.9.9"}})
	little(p)
	network := p.Bring("novasphere_networking_network", map[string]any{"name": "lab", "segments": []any{map[string]any{"segmentation_id": 5}}},
		protocol.Object{}).Text("id")
	subnet := p.Bring("novasphere_networking_subnet", map[string]any{"network_id": network, "cidr": "10.0.0.0/24"},
		protocol.Object{}).Text("id")
	p.Bring("novasphere_networking_subnet_route", map[string]any{"subnet_id": subnet, "destination_cidr": "0.0.0.0/0", "next_hop": "10.0.0.1"},
		protocol.Object{})
	machine := machineOn("lab")
	p.Bring("novasphere_compute_instance", machine, protocol.Object{})
	told := netplan(vc.VM("OpenStack/web"))
	if !strings.Contains(told, "10.9.9.9") || strings.Count(told, `"10.0.0.1"`) != 1 {
		t.Errorf("the guest is told %s", told)
	}
}
