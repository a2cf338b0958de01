// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// everyNoun has an object of each noun that can be listed.
const everyNoun = `
resource "novasphere_compute_flavor" "it" {
  name        = "l.small"
  vcpus       = 1
  ram         = 1024
  disk        = 20
  description = "of the list"
  extra_specs = { "quota:cpu_reservation" = "500" }
}
resource "novasphere_compute_keypair" "it" {
  name       = "l-key"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEi7mPZQ3bXo6m0jCeA0mQm9jT6m7bUo2wqQ5s0cO5hv l"
}
resource "novasphere_compute_servergroup" "it" {
  name     = "l-group"
  policies = ["anti-affinity"]
}
resource "novasphere_compute_aggregate" "it" {
  name     = "l-ssd"
  metadata = { disk = "ssd" }
  hosts    = ["esx-1"]
}
resource "novasphere_networking_qos_policy" "it" {
  name        = "l-qos"
  description = "What a guest may send."
  tags        = ["a"]
}
resource "novasphere_networking_network" "outside" {
  name     = "l-outside"
  external = true
  segments { segmentation_id = 110 }
}
resource "novasphere_networking_subnet" "outside" {
  network_id = novasphere_networking_network.outside.id
  cidr       = "203.0.113.0/24"
}
resource "novasphere_networking_network" "it" {
  name = "l-web"
  tags = ["a", "b"]
  segments { segmentation_id = 120 }
}
resource "novasphere_networking_addressscope" "it" {
  name       = "l-scope"
  ip_version = 4
}
resource "novasphere_networking_subnetpool" "it" {
  name              = "l-pool"
  prefixes          = ["10.0.0.0/16"]
  default_prefixlen = 24
  address_scope_id  = novasphere_networking_addressscope.it.id
}
resource "novasphere_networking_subnet" "it" {
  name            = "l-subnet"
  network_id      = novasphere_networking_network.it.id
  cidr            = "10.20.0.0/24"
  dns_nameservers = ["10.20.0.2"]
  allocation_pool {
    start = "10.20.0.10"
    end   = "10.20.0.99"
  }
}
resource "novasphere_networking_secgroup" "it" {
  name     = "l-group"
  stateful = false
}
resource "novasphere_networking_secgroup_rule" "it" {
  security_group_id = novasphere_networking_secgroup.it.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 443
  port_range_max    = 443
  remote_ip_prefix  = "192.0.2.0/24"
}
resource "novasphere_networking_address_group" "it" {
  name      = "l-office"
  addresses = ["192.0.2.0/25"]
}
resource "novasphere_networking_router" "it" {
  name                = "l-edge"
  external_network_id = novasphere_networking_network.outside.id
  depends_on          = [novasphere_networking_subnet.outside]
}
resource "novasphere_networking_router_interface" "it" {
  router_id = novasphere_networking_router.it.id
  subnet_id = novasphere_networking_subnet.it.id
}
resource "novasphere_networking_port" "it" {
  name               = "l-port"
  mac_address        = "fa:16:3e:00:4c:01"
  network_id         = novasphere_networking_network.it.id
  security_group_ids = [novasphere_networking_secgroup.it.id]
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.it.id
    ip_address = "10.20.0.20"
  }
}
resource "novasphere_networking_floatingip" "it" {
  pool        = novasphere_networking_network.outside.name
  description = "the shop"
  tags        = ["shop"]
  port_id     = novasphere_networking_port.it.id
  depends_on  = [novasphere_networking_subnet.outside, novasphere_networking_router_interface.it]
}
resource "novasphere_networking_floatingip" "shared" {
  pool       = novasphere_networking_network.outside.name
  address    = "203.0.113.99"
  depends_on = [novasphere_networking_subnet.outside, novasphere_networking_router_interface.it]
}
resource "novasphere_networking_port" "behind" {
  name       = "l-behind"
  network_id = novasphere_networking_network.it.id
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.it.id
    ip_address = "10.20.0.21"
  }
}
resource "novasphere_networking_portforwarding" "it" {
  floatingip_id       = novasphere_networking_floatingip.shared.id
  protocol            = "tcp"
  external_port       = 2222
  internal_port       = 22
  internal_port_id    = novasphere_networking_port.behind.id
  internal_ip_address = "10.20.0.21"
}
resource "novasphere_compute_cluster" "it" {
  name = "l-cluster"
}
resource "novasphere_networking_network" "transit" {
  name = "l-transit"
  segments { network_type = "flat" }
}
resource "novasphere_networking_port" "parent" {
  name       = "l-parent"
  network_id = novasphere_networking_network.transit.id
}
resource "novasphere_networking_trunk" "it" {
  name    = "l-trunk"
  port_id = novasphere_networking_port.parent.id
}
resource "novasphere_blockstorage_volume" "it" {
  name     = "l-volume"
  size     = 1
  metadata = { keep = "7d" }
}
resource "novasphere_blockstorage_snapshot" "it" {
  volume_id = novasphere_blockstorage_volume.it.id
  name      = "l-nightly"
}
`

// lists has the filters by which the list of a noun finds the object "it" of everyNoun, and some that find nothing.
var lists = map[string]struct{ finds, not []map[string]any }{
	"compute_flavor": {[]map[string]any{{"name_regex": "^l\\."}, {"min_ram": 1024}}, []map[string]any{{"min_ram": 1025},
		{"name_regex": "^m"}}},
	"compute_keypair":     {[]map[string]any{nil, {"name_regex": "key$"}}, []map[string]any{{"name_regex": "^key"}}},
	"compute_servergroup": {[]map[string]any{nil, {"policy": "anti-affinity"}}, []map[string]any{{"policy": "affinity"}}},
	"compute_aggregate":   {[]map[string]any{nil, {"name_regex": "ssd"}}, []map[string]any{{"zone": "fast"}}},
	"networking_network": {[]map[string]any{{"tags": []any{"b"}}, {"name_regex": "^l-web$"}, {"managed": true, "external": false,
		"name_regex": "web"}}, []map[string]any{{"tags": []any{"b", "c"}}, {"external": true, "name_regex": "web"}}},
	"networking_subnet": {[]map[string]any{{"cidr": "10.20.0.0/24"}, {"name_regex": "^l-"}}, []map[string]any{{"cidr": "10.0.0.0/8"}}},
	"networking_port": {[]map[string]any{{"name_regex": "^l-port$"}, {"mac_address": "FA-16-3E-00-4C-01"}},
		[]map[string]any{{"mac_address": "00:50:56:00:00:01"}}},
	"networking_secgroup": {[]map[string]any{nil, {"name_regex": "^l-"}}, []map[string]any{{"name_regex": "default"}}},
	"networking_secgroup_rule": {[]map[string]any{nil, {"direction": "ingress"}}, []map[string]any{{"direction": "egress"},
		{"security_group_id": "none"}}},
	"networking_portforwarding": {[]map[string]any{nil}, []map[string]any{{"floatingip_id": "none"}, {"internal_port_id": "none"}}},
	"compute_cluster":           {[]map[string]any{{"name_regex": "^l-"}}, []map[string]any{{"name_regex": "^m-"}}},
	"networking_router":         {[]map[string]any{nil, {"name_regex": "edge"}}, []map[string]any{{"external_network_id": "none"}}},
	"networking_floatingip": {[]map[string]any{{"tags": []any{"shop"}}}, []map[string]any{{"address": "203.0.113.250"},
		{"tags": []any{"a"}}}},
	"networking_subnetpool":    {[]map[string]any{nil, {"name_regex": "pool"}}, []map[string]any{{"name_regex": "scope"}}},
	"networking_addressscope":  {[]map[string]any{nil, {"ip_version": 4}}, []map[string]any{{"ip_version": 6}}},
	"networking_qos_policy":    {[]map[string]any{nil, {"tags": []any{"a"}}}, []map[string]any{{"tags": []any{"b"}}}},
	"networking_trunk":         {[]map[string]any{nil}, []map[string]any{{"port_id": "none"}}},
	"networking_address_group": {[]map[string]any{nil}, []map[string]any{{"name_regex": "home"}}},
	"blockstorage_volume": {[]map[string]any{nil, {"status": "available", "managed": true}, {"metadata": map[string]any{"keep": "7d"}}},
		[]map[string]any{{"status": "in-use"}, {"managed": false}}},
	"blockstorage_snapshot": {[]map[string]any{nil, {"name_regex": "^l-"}}, []map[string]any{{"name_regex": "weekly"}}},
}

// TestLists: the list of each noun finds what its filters want, under the id that is in the state; each is what an import of its identity
// gives, and the configuration that is generated for it plans nothing.
func TestLists(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	settings := map[string]any{"routers": "physical", "security_groups": "dvs", "cluster": "compute"}
	check := func(s *terraform.State) error {
		p := vc.Provider(t, settings)
		for noun, filters := range lists {
			kind := "novasphere_" + noun
			want := s.RootModule().Resources[kind+".it"].Primary.ID
			for _, f := range filters.finds {
				all, said := p.List(kind, f, 0, true)
				if len(all) != 1 || len(said) > 0 || all[0].Identity["id"] != want || all[0].Identity["vcenter"] == "" {
					t.Errorf("%s %v: %v, %v, not %s", noun, f, all, said, want)
					continue
				}
				vc.Provider(t, settings).TakesOver(kind, all[0])
			}
			for _, f := range filters.not {
				if all, said := p.List(kind, f, 0, false); len(all) > 0 || len(said) > 0 {
					t.Errorf("%s %v: %v, %v", noun, f, all, said)
				}
			}
		}
		return nil
	}
	protocol.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: []resource.TestStep{
		{Config: vc.Config("routers = \"physical\"\nsecurity_groups = \"dvs\"\ncluster = \"compute\"", everyNoun), Check: check}}})
}

// TestEveryNounIsListed: what TestLists leaves out is tested elsewhere, and there is no list that no test knows.
func TestEveryNounIsListed(t *testing.T) {
	t.Parallel()
	var names []string
	for name := range schemas(t).ListResourceSchemas {
		names = append(names, strings.TrimPrefix(name, "novasphere_"))
	}
	slices.Sort(names)
	want := slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(lists)), "compute_instance", "compute_node", "images_image")))
	if !slices.Equal(names, want) {
		t.Errorf("%v, not %v", names, want)
	}
}

// TestListOfImages: templates and items of content libraries are listed, and each is what an import of its identity gives.
func TestListOfImages(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	all, said := p.List("novasphere_images_image", nil, 0, true)
	var names []string
	for _, one := range all {
		names = append(names, one.Name)
		vc.Provider(t, nil).TakesOver("novasphere_images_image", one)
	}
	if want := []string{"cirros-lib", "debian-12", "ubuntu-24.04", "windows-2022"}; !slices.Equal(names, want) || len(said) > 0 {
		t.Errorf("%v, not %v: %v", names, want, said)
	}
	if ours, _ := p.List("novasphere_images_image", map[string]any{"managed": true}, 0, false); len(ours) > 0 {
		t.Errorf("%v", ours)
	}
}

// TestListOfNodes: clusters that were there before, and their hosts, are listed, those of one cluster by its name or id. Each is what an
// import of its identity gives.
func TestListOfNodes(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	cluster := vc.Hosts()[0].Parent.Value
	for _, filters := range []map[string]any{nil, {"cluster": "compute"}, {"cluster": cluster, "name_regex": "^esx-"}} {
		all, said := p.List("novasphere_compute_node", filters, 0, true)
		var names []string
		for _, one := range all {
			names = append(names, one.Name)
			vc.Provider(t, nil).TakesOver("novasphere_compute_node", one)
		}
		if want := []string{"esx-1", "esx-2", "esx-3"}; !slices.Equal(names, want) || len(said) > 0 {
			t.Errorf("%v: %v, not %v: %v", filters, names, want, said)
		}
	}
	clusters, said := p.List("novasphere_compute_cluster", nil, 0, true)
	if len(clusters) != 1 || clusters[0].Name != "compute" || len(said) > 0 {
		t.Fatal(clusters, said)
	}
	vc.Provider(t, nil).TakesOver("novasphere_compute_cluster", clusters[0])
	if none, said := p.List("novasphere_compute_node", map[string]any{"name_regex": "^web"}, 0, false); len(none) > 0 || len(said) > 0 {
		t.Errorf("%v, %v", none, said)
	}
}

// TestListLimit: Terraform takes as many as the limit, in the order of their names, and is told how many there are.
func TestListLimit(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{ForeignVMs: 150})
	p := vc.Provider(t, nil)
	some, said := p.List("novasphere_compute_instance", map[string]any{"unmanaged": true}, 0, false)
	if len(some) != 100 || len(said) != 1 || !strings.Contains(said[0].Text, "150 fit") {
		t.Errorf("%d: %v", len(some), said)
	}
	all, said := p.List("novasphere_compute_instance", map[string]any{"unmanaged": true}, 1000, false)
	if len(all) != 150 || len(said) > 0 || !slices.IsSortedFunc(all, func(a, b protocol.Found) int {
		return strings.Compare(a.Name,
			b.Name)
	}) {
		t.Errorf("%d: %v", len(all), said)
	}
}

// TestListBudget: a thousand machines cost a vCenter ten calls, whole or not.
func TestListBudget(t *testing.T) { //nolint:paralleltest // how many calls are combined depends on the load of the computer
	vc := acctest.Start(t, vcsim.Options{ForeignVMs: 1000})
	for _, include := range []bool{false, true} {
		wire := vc.Wire(t)
		p := vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile})
		all, said := p.List("novasphere_compute_instance", map[string]any{"unmanaged": true}, 2000, include)
		calls, bytes := wire.Take()
		t.Logf("whole: %v: %d calls, %d KiB: %s", include, acctest.Total(calls), bytes>>10, callList(calls))
		if len(all) != 1000 || len(said) > 0 || acctest.Total(calls) > 10 {
			t.Errorf("%d machines, %d calls: %v", len(all), acctest.Total(calls), said)
		}
	}
}
