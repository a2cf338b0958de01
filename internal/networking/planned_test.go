// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// second plans two resources with one provider, as in one plan of Terraform. The second must be refused.
func second(t *testing.T, p *protocol.Provider, kind string, first args, then refusal) {
	t.Helper()
	if errors := p.Plan("novasphere_networking_"+kind, first, protocol.Object{}).Errors(); len(errors) > 0 {
		t.Fatalf("the first of two is refused: %v", errors)
	}
	then.is(t, p.Plan("novasphere_networking_"+kind, then.config, protocol.Object{}).Diagnostics)
}

// TestDuplicatesAreRefusedAtPlan: of two resources that exclude each other the second is refused at plan, and nothing is made.
func TestDuplicatesAreRefusedAtPlan(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	settings := args{"security_groups": "dvs"}
	p := vc.Provider(t, settings)
	bring := func(kind string, config args) string {
		t.Helper()
		made, said := p.Apply(p.Plan("novasphere_networking_"+kind, config, protocol.Object{}))
		if errors := protocol.Errors(said); len(errors) > 0 {
			t.Fatal(errors)
		}
		return made.Text("id")
	}
	network := bring("network", args{"name": "lab", "segments": block(args{"segmentation_id": 5})})
	subnet := bring("subnet", args{"network_id": network, "cidr": "10.0.0.0/24"})
	group := bring("secgroup", args{"name": "web", "stateful": false})
	rule := args{"security_group_id": group, "direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": 22,
		"port_range_max": 22}
	bring("secgroup_rule", rule)
	bring("port", args{"network_id": network, "mac_address": "00:50:56:00:00:01", "fixed_ip": block(args{"ip_address": "10.0.0.9"})})
	at := func(address string) []any { return block(args{"ip_address": address}) }
	of := func(more ...args) args { return with(args{"network_id": network}, more...) }
	app := args{"name": "app", "segments": block(args{"segmentation_id": 6})}
	for name, c := range map[string]struct {
		kind  string
		first args
		refusal
	}{
		"network's name": {"network", app, refusal{app, "name", "another network of this configuration"}},
		"subnets": {"subnet", of(args{"cidr": "10.1.0.0/16"}),
			refusal{of(args{"cidr": "10.1.2.0/24"}), "cidr", "10.1.2.0/24 overlaps 10.1.0.0/16, which another subnet of this configuration"}},
		"addresses": {"port", of(args{"fixed_ip": at("10.0.0.20")}),
			refusal{of(args{"fixed_ip": at("10.0.0.20")}), "fixed_ip[0]", "10.0.0.20 belongs to another port of this configuration"}},
		"MACs": {"port", of(args{"mac_address": "00:50:56:00:00:07"}),
			refusal{of(args{"mac_address": "00:50:56:00:00:07"}), "mac_address", "belongs to another port of this configuration"}},
		"group's name": {"secgroup", args{"name": "db", "stateful": false},
			refusal{args{"name": "db", "stateful": false}, "name", "another security group of this configuration"}},
		"rules": {"secgroup_rule", with(rule, args{"port_range_min": 80, "port_range_max": 80}),
			refusal{with(rule, args{"port_range_min": 80, "port_range_max": 80, "protocol": "6"}), "security_group_id",
				"another rule of this configuration lets the same pass"}},
	} {
		t.Run("twice/"+name, func(t *testing.T) { second(t, vc.Provider(t, settings), c.kind, c.first, c.refusal) })
	}
	for kind, cases := range map[string]map[string]refusal{
		"network": {"name": {args{"name": "lab", "segments": block(args{"segmentation_id": 6})}, "name",
			`a network called "lab" is there already`}},
		"subnet":        {"overlap": {of(args{"cidr": "10.0.0.0/25"}), "cidr", "overlaps the subnet " + subnet}},
		"secgroup":      {"name": {args{"name": "web", "stateful": false}, "name", `the security group "web" is there already`}},
		"secgroup_rule": {"same": {rule, "security_group_id", "has this rule already"}},
		"port": {
			"address taken": {of(args{"fixed_ip": at("10.0.0.9")}), "fixed_ip[0]", "10.0.0.9 belongs to the port"},
			"MAC taken":     {of(args{"mac_address": "00:50:56:00:00:01"}), "mac_address", "belongs to the port"},
			"outside": {of(args{"fixed_ip": block(args{"subnet_id": subnet, "ip_address": "10.9.0.5"})}), "fixed_ip[0]",
				"is no address that a port on the subnet"},
			"asked for twice": {of(args{"fixed_ip": append(at("10.0.0.30"), at("10.0.0.30")...)}), "fixed_ip[1]", "10.0.0.30 is asked for twice"},
		},
	} {
		refusedPlans(t, vc, settings, kind, cases)
	}
}

// TestReplacedAndTaintedDoNotMeetThemselves: an object that is on its way out does not block its successor's name, range or address.
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
			{Config: config, Taint: []string{"novasphere_networking_port.p", "novasphere_networking_subnet.four",
				"novasphere_networking_network.lab", "novasphere_networking_secgroup.web"}},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// TestReplacedOnDemandDoNotMeetThemselves: with -replace an object is planned twice, with its state and then as a creation. Another
// planned object does conflict with it.
func TestReplacedOnDemandDoNotMeetThemselves(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	settings := args{"security_groups": "dvs"}
	p := vc.Provider(t, settings)
	lab := args{"name": "lab", "segments": block(args{"segmentation_id": 5})}
	network := p.Bring("novasphere_networking_network", lab, protocol.Object{})
	of := func(more ...args) args { return with(args{"network_id": network.Text("id")}, more...) }
	four := of(args{"cidr": "10.0.0.0/24"})
	subnet := p.Bring("novasphere_networking_subnet", four, protocol.Object{})
	db := args{"name": "db", "stateful": false}
	group := p.Bring("novasphere_networking_secgroup", db, protocol.Object{})
	address := func(a string) args { return args{"fixed_ip": block(args{"ip_address": a})} }
	for name, c := range map[string]struct {
		kind           string
		config, change args
		there          protocol.Object // what config has made; empty: the test makes it
		at, text       string          // how a conflicting object is refused
	}{
		"port with an address": {"port", of(address("10.0.0.109")), nil, protocol.Object{}, "fixed_ip[0]",
			"10.0.0.109 belongs to another port of this configuration"},
		"port with a MAC": {"port", of(args{"mac_address": "00:50:56:00:00:01"}), nil, protocol.Object{}, "mac_address",
			"belongs to another port of this configuration"},
		"port with both": {"port", of(address("10.0.0.110"), args{"mac_address": "00:50:56:00:00:02"}), nil, protocol.Object{},
			"mac_address", "belongs to another port of this configuration"},
		"port of a device": {"port", of(address("10.0.0.111")), args{"device_id": "appliance"}, protocol.Object{}, "fixed_ip[0]",
			"10.0.0.111 belongs to another port of this configuration"},
		"port with a new address": {"port", of(address("10.0.0.112")), address("10.0.0.113"), protocol.Object{}, "fixed_ip[0]",
			"10.0.0.113 belongs to another port of this configuration"},
		"network": {"network", lab, nil, network, "name", `another network of this configuration is to be called "lab"`},
		"network that is changed": {"network", lab, args{"description": "racks"}, network, "name",
			`another network of this configuration is to be called "lab"`},
		"subnet":                    {"subnet", four, nil, subnet, "cidr", "which another subnet of this configuration"},
		"subnet that is changed":    {"subnet", four, args{"name": "four"}, subnet, "cidr", "which another subnet of this configuration"},
		"security group":            {"secgroup", db, nil, group, "name", "another security group of this configuration"},
		"security group, described": {"secgroup", db, args{"description": "data"}, group, "name", "another security group of this configuration"},
		"rule": {"secgroup_rule", args{"security_group_id": group.Text("id"), "direction": "ingress", "ethertype": "IPv4", "protocol": "tcp",
			"port_range_min": 22, "port_range_max": 22, "remote_ip_prefix": "10.0.0.0/8"},
			nil, protocol.Object{}, "security_group_id", "another rule of this configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			kind := "novasphere_networking_" + c.kind
			if c.there.Type == "" {
				c.there = vc.Provider(t, settings).Bring(kind, c.config, protocol.Object{})
			}
			p := vc.Provider(t, settings)
			there, _ := p.Read(c.there)
			config := with(c.config, c.change)
			if plan := p.PlanReplace(kind, config, there); len(plan.Errors()) > 0 || plan.Action != protocol.Replace {
				t.Fatalf("its replacement is to %s it: %v", plan.Action, plan.Errors())
			}
			refusal{config, c.at, c.text}.is(t, p.Plan(kind, config, protocol.Object{}).Diagnostics)
		})
	}
	stays := p.Bring("novasphere_networking_port", of(address("10.0.0.120")), protocol.Object{})
	if plan := p.Plan("novasphere_networking_port", of(address("10.0.0.120")), stays); plan.Action != protocol.Nothing {
		t.Errorf("the plan of a port that stays is to %s it: %v", plan.Action, plan.Diagnostics)
	}
	refusal{of(address("10.0.0.120")), "fixed_ip[0]", "10.0.0.120 belongs to the port"}.is(t,
		p.Plan("novasphere_networking_port", of(address("10.0.0.120")), protocol.Object{}).Diagnostics)
}

// TestWayOutOfAPlanThatKeepsADestroy: an error about a planned object tells how to destroy the rest; one about an existing object does
// not.
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

// TestWhatIsTaintedMeetsItselfWithoutARefresh: without a refresh a tainted object cannot be recognized as the holder of its own name,
// range or address, so the error about a taken one mentions that case. An error about a planned object does not.
func TestWhatIsTaintedMeetsItselfWithoutARefresh(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	lab := args{"name": "lab", "segments": block(args{"segmentation_id": 5})}
	network := p.Bring("novasphere_networking_network", lab, protocol.Object{})
	four := args{"network_id": network.Text("id"), "cidr": "10.0.0.0/24"}
	p.Bring("novasphere_networking_subnet", four, protocol.Object{})
	port := func(address, device string) args {
		return args{"network_id": network.Text("id"), "device_id": device, "fixed_ip": block(args{"ip_address": address})}
	}
	const says = "If it is this resource, tainted: plan without -refresh=false."
	for kind, config := range map[string]args{"network": lab, "subnet": four, "port": port("10.0.0.120", "appliance")} {
		kind = "novasphere_networking_" + kind
		there := network
		if kind == "novasphere_networking_port" {
			there = p.Bring(kind, config, protocol.Object{})
		}
		p := vc.Provider(t, nil)
		if errors := p.Plan(kind, config, protocol.Object{}).Errors(); len(errors) != 1 || !strings.Contains(errors[0].Text, says) {
			t.Errorf("%s: the errors are %v", kind, errors)
		}
		if kind != there.Type {
			continue
		}
		p = vc.Provider(t, nil)
		there, _ = p.Read(there)
		there.Tainted = true
		if errors := p.Plan(kind, config, there).Errors(); len(errors) > 0 {
			t.Errorf("%s, with a refresh: %v", kind, errors)
		}
	}
	p = vc.Provider(t, nil)
	for range 2 {
		for _, one := range p.Plan("novasphere_networking_port", port("10.0.0.121", ""), protocol.Object{}).Errors() {
			if strings.Contains(one.Text, says) {
				t.Errorf("of what is only planned: %v", one)
			}
		}
	}
}

// TestDataSourceOfWhatTheSameConfigurationMakes: the error suggests depends_on.
func TestDataSourceOfWhatTheSameConfigurationMakes(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	refusedQueries(t, vc, "network", map[string]refusal{"not there": {args{"name": "nowhere"}, "", "or write depends_on = ["}})
	refusedQueries(t, vc, "secgroup", map[string]refusal{"not there": {args{"name": "nowhere"}, "", "or write depends_on = ["}})
	refusedQueries(t, vc, "subnet", map[string]refusal{"not there": {args{"name": "nowhere"}, "", "or write depends_on = ["}})
}
