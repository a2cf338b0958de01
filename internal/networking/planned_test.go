package networking_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// second plans two resources by one provider, as one plan of Terraform does: the first is planned, and the second is what must be refused.
func second(t *testing.T, p *protocol.Provider, kind string, first args, then refusal) {
	t.Helper()
	if errors := p.Plan("novasphere_networking_"+kind, first, protocol.Object{}).Errors(); len(errors) > 0 {
		t.Fatalf("the first of two is refused: %v", errors)
	}
	then.is(t, p.Plan("novasphere_networking_"+kind, then.config, protocol.Object{}).Diagnostics)
}

// TestDuplicatesAreRefusedAtPlan: of two that cannot both be, the second is refused, and nothing is made.
func TestDuplicatesAreRefusedAtPlan(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	settings := args{"security_groups": "dvs"}
	p := vc.Provider(t, settings)
	make := func(kind string, config args) string {
		t.Helper()
		made, said := p.Apply(p.Plan("novasphere_networking_"+kind, config, protocol.Object{}))
		if errors := protocol.Errors(said); len(errors) > 0 {
			t.Fatal(errors)
		}
		return made.Text("id")
	}
	network := make("network", args{"name": "lab", "segments": block(args{"segmentation_id": 5})})
	subnet := make("subnet", args{"network_id": network, "cidr": "10.0.0.0/24"})
	group := make("secgroup", args{"name": "web", "stateful": false})
	rule := args{"security_group_id": group, "direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": 22, "port_range_max": 22}
	make("secgroup_rule", rule)
	make("port", args{"network_id": network, "mac_address": "00:50:56:00:00:01", "fixed_ip": block(args{"ip_address": "10.0.0.9"})})
	at := func(address string) []any { return block(args{"ip_address": address}) }
	of := func(more ...args) args { return with(args{"network_id": network}, more...) }
	app := args{"name": "app", "segments": block(args{"segmentation_id": 6})}
	for name, c := range map[string]struct {
		kind  string
		first args
		refusal
	}{
		"network's name": {"network", app, refusal{app, "name", "another network of this configuration"}},
		"subnets":        {"subnet", of(args{"cidr": "10.1.0.0/16"}), refusal{of(args{"cidr": "10.1.2.0/24"}), "cidr", "10.1.2.0/24 overlaps 10.1.0.0/16, which another subnet of this configuration"}},
		"addresses":      {"port", of(args{"fixed_ip": at("10.0.0.20")}), refusal{of(args{"fixed_ip": at("10.0.0.20")}), "fixed_ip[0]", "10.0.0.20 belongs to another port of this configuration"}},
		"MACs":           {"port", of(args{"mac_address": "00:50:56:00:00:07"}), refusal{of(args{"mac_address": "00:50:56:00:00:07"}), "mac_address", "belongs to another port of this configuration"}},
		"group's name":   {"secgroup", args{"name": "db", "stateful": false}, refusal{args{"name": "db", "stateful": false}, "name", "another security group of this configuration"}},
		"rules": {"secgroup_rule", with(rule, args{"port_range_min": 80, "port_range_max": 80}),
			refusal{with(rule, args{"port_range_min": 80, "port_range_max": 80, "protocol": "6"}), "security_group_id", "another rule of this configuration lets the same pass"}},
	} {
		t.Run("twice/"+name, func(t *testing.T) { second(t, vc.Provider(t, settings), c.kind, c.first, c.refusal) })
	}
	for kind, cases := range map[string]map[string]refusal{
		"network":       {"name": {args{"name": "lab", "segments": block(args{"segmentation_id": 6})}, "name", `a network called "lab" is there already`}},
		"subnet":        {"overlap": {of(args{"cidr": "10.0.0.0/25"}), "cidr", "overlaps the subnet " + subnet}},
		"secgroup":      {"name": {args{"name": "web", "stateful": false}, "name", `the security group "web" is there already`}},
		"secgroup_rule": {"same": {rule, "security_group_id", "has this rule already"}},
		"port": {
			"address taken":   {of(args{"fixed_ip": at("10.0.0.9")}), "fixed_ip[0]", "10.0.0.9 belongs to the port"},
			"MAC taken":       {of(args{"mac_address": "00:50:56:00:00:01"}), "mac_address", "belongs to the port"},
			"gateway":         {of(args{"fixed_ip": at("10.0.0.1")}), "fixed_ip[0]", "is the gateway of the subnet"},
			"outside":         {of(args{"fixed_ip": block(args{"subnet_id": subnet, "ip_address": "10.9.0.5"})}), "fixed_ip[0]", "is no address that a port on the subnet"},
			"asked for twice": {of(args{"fixed_ip": append(at("10.0.0.30"), at("10.0.0.30")...)}), "fixed_ip[1]", "10.0.0.30 is asked for twice"},
		},
	} {
		refusedPlans(t, vc, settings, kind, cases)
	}
}

// TestReplacedAndTaintedDoNotMeetThemselves: what is on its way out has no claim on its successor's name, range or address.
func TestReplacedAndTaintedDoNotMeetThemselves(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config(enforcing, lab+subnet("four", `  cidr = "10.0.0.0/24"`)+port("p", `  mac_address = "00:50:56:00:00:01"
  fixed_ip { ip_address = "10.0.0.9" }`)+`resource "novasphere_networking_secgroup" "web" {
  name     = "web"
  stateful = false
}
`)
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config},
			{Config: config, Taint: []string{"novasphere_networking_port.p", "novasphere_networking_subnet.four", "novasphere_networking_network.lab", "novasphere_networking_secgroup.web"}},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// TestWayOutOfAPlanThatKeepsADestroy: an error about what is not made yet says how to destroy the rest; one about what is there does not.
func TestWayOutOfAPlanThatKeepsADestroy(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	network := args{"name": "lab", "segments": block(args{"segmentation_id": 5})}
	made, said := p.Apply(p.Plan("novasphere_networking_network", network, protocol.Object{}))
	if errors := protocol.Errors(said); len(errors) > 0 {
		t.Fatal(errors)
	}
	const way = "run it with -refresh=false, or remove this block first"
	for what, c := range map[string]struct {
		config args
		prior  protocol.Object
		says   bool
	}{
		"not made yet": {with(network, args{"name": "other", "mtu": 65000}), protocol.Object{}, true},
		"there":        {with(network, args{"mtu": 65000}), made, false},
	} {
		errors := p.Plan("novasphere_networking_network", c.config, c.prior).Errors()
		if len(errors) != 1 || strings.Contains(errors[0].Text, way) != c.says {
			t.Errorf("%s: the errors are %v", what, errors)
		}
	}
}

// TestDataSourceOfWhatTheSameConfigurationMakes says what to write.
func TestDataSourceOfWhatTheSameConfigurationMakes(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	refusedQueries(t, vc, nil, "network", map[string]refusal{"not there": {args{"name": "nowhere"}, "", "or write depends_on = ["}})
	refusedQueries(t, vc, nil, "secgroup", map[string]refusal{"not there": {args{"name": "nowhere"}, "", "or write depends_on = ["}})
	refusedQueries(t, vc, nil, "subnet", map[string]refusal{"not there": {args{"name": "nowhere"}, "", "or write depends_on = ["}})
}
