// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// limited is what everyNoun has none of: a rule of its QoS policy, an instance, and a volume of a type. Instance and volume have a storage
// policy.
const limited = `
resource "novasphere_compute_flavor" "gold" {
  name        = "l.gold"
  vcpus       = 1
  ram         = 512
  disk        = 20
  extra_specs = { "vmware:storage_policy" = "vSAN Default Storage Policy" }
}
resource "novasphere_blockstorage_volume" "gold" {
  name        = "l-gold"
  size        = 1
  volume_type = "vSAN Default Storage Policy"
}
resource "novasphere_blockstorage_snapshot" "gold" {
  volume_id = novasphere_blockstorage_volume.gold.id
  name      = "l-golden"
}
resource "novasphere_networking_qos_bandwidth_limit_rule" "it" {
  qos_policy_id = novasphere_networking_qos_policy.it.id
  max_kbps      = 3000
}
resource "novasphere_compute_instance" "it" {
  name        = "l-web"
  flavor_name = novasphere_compute_flavor.gold.name
  image_name  = "debian-12"
  wait_for_ip = "0s"
  metadata    = { role = "web" }
  network { uuid = novasphere_networking_network.it.id }
}
`

// looked has the arguments by which the data source of a noun finds something of everyNoun or of the simulator. What begins with an @ is
// the id of the only object that the list of that noun finds.
var looked = map[string]map[string]any{
	"blockstorage_quotaset": {"project_id": "ops"}, "compute_quotaset": {"project_id": "ops"}, "networking_quota": {"project_id": "ops"},
	"blockstorage_availability_zones": nil, "blockstorage_snapshot": {"name": "l-golden"}, "blockstorage_volume": {"name": "l-gold"},
	"blockstorage_volume_type": {"name": "vSAN Default Storage Policy"}, "blockstorage_volumes": nil,
	"compute_aggregate": {"name": "l-ssd"}, "compute_availability_zones": nil, "compute_flavor": {"name": "l.small"}, "compute_flavors": nil,
	"compute_hypervisor": nil, "compute_hypervisors": {"level": "host"}, "compute_instance": {"name": "l-web"}, "compute_instances": nil,
	"compute_keypair": {"name": "l-key"}, "compute_limits": nil, "compute_servergroup": {"name": "l-group"}, "compute_services": nil,
	"images_image": {"name": vcsim.LibraryItem}, "images_image_ids": nil,
	"networking_addressscope": {"name": "l-scope"}, "networking_floatingip": {"description": "the shop"},
	"networking_gateway_intent": {"router_id": "@networking_router"}, "networking_network": {"name": "l-web"}, "networking_networks": nil,
	"networking_port": {"name": "l-port"}, "networking_port_ids": nil, "networking_ports": nil,
	"networking_qos_bandwidth_limit_rule": {"qos_policy_id": "@networking_qos_policy"}, "networking_qos_policy": {"name": "l-qos"},
	"networking_router": {"name": "l-edge"}, "networking_secgroup": {"name": "l-group"}, "networking_subnet": {"name": "l-subnet"},
	"networking_subnet_ids": nil, "networking_subnetpool": {"name": "l-pool"}, "networking_trunk": {"name": "l-trunk"},
}

// looker looks things up as accounts with few privileges.
type looker struct {
	*laboratory
	settings map[string]any
}

// as returns a provider of an account with some privileges.
func (l looker) as(t *testing.T, user string, granted []privileges.Granted) *protocol.Provider {
	t.Helper()
	settings := l.Restricted(user, granted)
	for key, value := range l.settings {
		settings[key] = value
	}
	return protocol.Configured(t, acctest.Factories["novasphere"], settings)
}

// try looks something up with the privileges of the table, and without each of them.
func (l looker) try(t *testing.T, noun, how string, look func(*protocol.Provider) []protocol.Diagnostic) {
	t.Helper()
	all, user := privileges.ToLook(noun), how+"-"+noun+"@vsphere.local"
	if said := protocol.Errors(look(l.as(t, user, all))); len(said) > 0 {
		t.Errorf("%s %s: %v", how, noun, said)
	}
	needs := acctest.Needed(t, l.Asked(user))
	for _, g := range needs {
		if !slices.Contains(all, g) {
			t.Errorf("%s %s asks for %s on %s, which the table does not give it", how, noun, g.Privilege, g.On)
		}
	}
	for i, g := range all {
		rest := slices.DeleteFunc(slices.Clone(all), func(one privileges.Granted) bool { return one == g })
		said := fmt.Sprint(protocol.Errors(look(l.as(t, fmt.Sprintf("%d-%s", i, user), rest))))
		if !slices.Contains(needs, g) || !strings.Contains(said, g.Privilege) {
			t.Errorf("%s %s: without %s it says %s", how, noun, g.Privilege, said)
		}
	}
}

// TestAccLooks: each data source and each list finds something as an account that may read everything and has what the table gives it
// besides, which is nothing for most, and asks for no more.
func TestAccLooks(t *testing.T) {
	t.Parallel()
	lab := &laboratory{VCenter: acctest.Start(t, vcsim.Options{}), t: t}
	l := looker{lab, map[string]any{"routers": "physical", "security_groups": "dvs", "cluster": "compute"}}
	l.admin("  security_groups = \"dvs\"\n  routers = \"physical\"\n  cluster = \"compute\"\n", everyNoun+limited)
	admin := l.Provider(t, l.settings)
	for name := range schemas(t).DataSourceSchemas {
		noun := strings.TrimPrefix(name, "novasphere_")
		arguments, known := looked[noun]
		if !known && refusesToLook(t, noun) {
			continue
		}
		if !known {
			t.Errorf("nothing is looked up by %s", noun)
		}
		config := map[string]any{}
		for key, value := range arguments {
			if of, is := strings.CutPrefix(fmt.Sprint(value), "@"); is {
				found, _ := admin.List("novasphere_"+of, nil, 0, false)
				if len(found) != 1 {
					t.Fatalf("%d of %s", len(found), of)
				}
				value = found[0].Identity["id"]
			}
			config[key] = value
		}
		l.try(t, noun, "looking up", func(p *protocol.Provider) []protocol.Diagnostic {
			_, said := p.Query(name, config)
			return said
		})
	}
	for name := range schemas(t).ListResourceSchemas {
		l.try(t, strings.TrimPrefix(name, "novasphere_"), "listing", func(p *protocol.Provider) []protocol.Diagnostic {
			found, said := p.List(name, nil, 0, true)
			if len(found) == 0 && len(protocol.Errors(said)) == 0 {
				t.Errorf("%s finds nothing", name)
			}
			return said
		})
	}
}

// refusesToLook reports whether a data source is one that this version refuses, by its example.
func refusesToLook(t *testing.T, noun string) bool {
	t.Helper()
	for _, file := range examples(t) {
		if strings.HasSuffix(file, "/data-sources/novasphere_"+noun+"/data-source.tf") {
			return refusal(t, file) != ""
		}
	}
	return false
}
