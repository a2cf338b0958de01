// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// TestEmptyPortsOfTrunks: an empty port_id, as of a lookup that found nothing, is refused at plan.
func TestEmptyPortsOfTrunks(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	refusedPlans(t, vc, nil, "trunk", map[string]refusal{
		"the parent's": {args{"port_id": ""}, "port_id", "is empty"},
		"a sub port's": {args{"port_id": "7a8f0c3e-5a8b-4a55-9a6c-6f1f1d0b1c11",
			"sub_port": block(args{"port_id": "", "segmentation_type": "inherit"})}, "sub_port", "is empty"},
	})
}

// TestEmptyLists: a module's dynamic block that makes no block leaves an empty list, which is as good as none.
func TestEmptyLists(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := lab + furnished + port("it", "  binding = []\n  qos_policy_id = \"\"\n  security_group_ids = []")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", config), Check: resource.TestCheckResourceAttr("novasphere_networking_port.it", "binding.#", "0")},
			{Config: vc.Config("", strings.Replace(config, "  binding = []\n", "", 1))},
		},
	})
}

// TestGroupsOfUnknownPorts: whether a new port has the default group is unknown where no_security_groups or port_security_enabled is.
func TestGroupsOfUnknownPorts(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	settings := args{"security_groups": "physical"}
	p := vc.Provider(t, settings)
	id := p.Bring("novasphere_networking_network", args{"name": "lab", "segments": block(args{"segmentation_id": 5})},
		protocol.Object{}).Text("id")
	for _, name := range []string{"no_security_groups", "port_security_enabled"} {
		plan := p.Plan("novasphere_networking_port", args{"network_id": id, name: tftypes.UnknownValue}, protocol.Object{})
		if len(plan.Errors()) > 0 || plan.Attributes()["all_security_group_ids"].IsKnown() {
			t.Errorf("with an unknown %s the groups are planned as %s, %v", name, plan.Attributes()["all_security_group_ids"], plan.Errors())
		}
	}
}

// TestDefaultGroupOfOpenNetwork: on a network without port security an instance's port has no group, though the instance names default, and
// nothing is planned for that.
func TestDefaultGroupOfOpenNetwork(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	open := strings.Replace(lab, "  name = \"lab\"\n", "  name = \"lab\"\n  port_security_enabled = false\n", 1) + furnished
	instance := func(groups string) string {
		return vc.Config(elsewhere, open+machine("web", groups+"  network { uuid = novasphere_networking_network.lab.id }"))
	}
	groupless := acctest.Check(func() error {
		for _, vm := range vc.VMs("novasphere/*") {
			for key, record := range acctest.Extra(vm) {
				if strings.HasPrefix(key, "novasphere.port.") && strings.Contains(record, sdn.DefaultGroupOf("")) {
					return fmt.Errorf("a port without port security has the default group: %s", record)
				}
			}
		}
		return nil
	})
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: instance("  security_groups = [\"default\"]\n"), Check: groupless},
			{Config: instance(""), Check: groupless},
			{Config: instance("  security_groups = [\"default\"]\n"), Check: groupless},
		},
	})
}

// TestLimitsOfOthersStay: limits that an administrator has set at a port of the switch outlast a change of a group's rules.
func TestLimitsOfOthersStay(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const db = "novasphere_networking_port.db"
	config := tiers + fixedPort("db", "10.0.0.110", dbGroup) + plugged("db", "db")
	set := func() {
		for _, p := range vc.Booked("lab") {
			setting := &types.VMwareDVSPortSetting{}
			setting.InShapingPolicy = &types.DVSTrafficShapingPolicy{Enabled: &types.BoolPolicy{Value: types.NewBool(true)},
				AverageBandwidth: &types.LongPolicy{Value: 1000_000}, PeakBandwidth: &types.LongPolicy{Value: 1000_000},
				BurstSize: &types.LongPolicy{Value: 1000}}
			if err := vc.SetPorts("lab", types.DVPortConfigSpec{Operation: "edit", Key: p.Key, Setting: setting}); err != nil {
				t.Error(err)
			}
		}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(enforcing, config)},
			{PreConfig: set, Config: vc.Config(enforcing, strings.Replace(config, "remote_group_id   = novasphere_networking_secgroup.app.id",
				"remote_ip_prefix  = \"10.9.0.0/16\"", 1)), Check: resource.ComposeAggregateTestCheckFunc(
				passes(vc, db, "10.9.9.9 10.0.0.110 6 1 5432", "!10.8.9.9 10.0.0.110 6 1 5432"), limits(vc, db, false, 1000_000, 0))},
		},
	})
}

// TestUnknownArguments: what a configuration says with a value that is only known after apply is planned as unknown, because an apply may
// return nothing but what was planned.
func TestUnknownArguments(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	network := args{"name": "lab", "segments": block(args{"segmentation_id": 5})}
	id := vc.Provider(t, nil).Bring("novasphere_networking_network", network, protocol.Object{}).Text("id")
	for kind, c := range map[string]struct {
		config args
		names  string
	}{
		"network":    {with(network, args{"name": "other"}), "mtu transparent_vlan qos_policy_id description admin_state_up"},
		"port":       {args{"network_id": id}, "dns_name device_owner binding qos_policy_id mac_address port_security_enabled"},
		"subnet":     {args{"network_id": id, "cidr": "10.0.0.0/24"}, "gateway_ip enable_dhcp no_gateway"},
		"subnetpool": {args{"name": "pool", "prefixes": []any{"10.0.0.0/16"}}, "min_prefixlen max_prefixlen default_prefixlen is_default"},
		"qos_policy": {args{"name": "slow"}, "is_default shared"},
	} {
		for _, name := range strings.Fields(c.names) {
			plan := vc.Provider(t, nil).Plan("novasphere_networking_"+kind, with(c.config, args{name: tftypes.UnknownValue}), protocol.Object{})
			if is := plan.Attributes()[name]; len(plan.Errors()) > 0 || is.IsKnown() {
				t.Errorf("%s of a %s is planned as %s, %v", name, kind, is, plan.Errors())
			}
		}
	}
}

// TestNetworkBecomesOpen: a network that loses port security leaves its ports their default group, and stops no plan of them.
func TestNetworkBecomesOpen(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	secure := lab + furnished + port("it", "")
	open := strings.Replace(secure, "  name = \"lab\"\n", "  name = \"lab\"\n  port_security_enabled = false\n", 1)
	one := resource.TestCheckResourceAttr("novasphere_networking_port.it", "all_security_group_ids.#", "1")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(elsewhere, secure), Check: one},
			{Config: vc.Config(elsewhere, open), Check: one},
			{Config: vc.Config(elsewhere, strings.Replace(open, "\"it\" {", "\"it\" {\n  description = \"front\"", 1)), Check: one},
		},
	})
}
