// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// block matches a resource of a configuration, by its type and name.
var block = regexp.MustCompile(`(?ms)^resource "(\w+)" "(\w+)" \{\n.*?^\}\n`)

// TestAccMovedFromOpenStack: a configuration was built with OpenStack, its states were written by the OpenStack provider, and this
// vCenter has no record of it. Moved blocks alone move it to this provider, the plan shows nothing else, and the vCenter is not touched.
func TestAccMovedFromOpenStack(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	past := slices.Concat(acctest.ReadPast(t, "../networking/testdata/moved/openstack-3.4.0"),
		acctest.ReadPast(t, "../compute/testdata/moved/openstack-3.4.0"))
	past = slices.DeleteFunc(past, func(p acctest.Past) bool { return p.Type == "openstack_compute_instance_v2" })
	web, plain := vc.AddPortgroup("DC0_DVPG_web", 10), vc.AddPortgroup("plain-df59c124-8270-4e28-a203-fc638e9393d6", 20)
	config := configured(t, past)
	ws := vc.NewWorkspace(t, vc.Wire(t), config+acctest.MovedBlocks(past))
	ws.Inherit(past)
	vc.ResetCalls()
	out := ws.Must("plan", "-no-color")
	if !strings.Contains(out, "Plan: 0 to add, 0 to change, 0 to destroy.") || strings.Count(out, " has moved to ") != len(past) {
		t.Fatalf("the plan does more than move %d objects:\n%s", len(past), out)
	}
	ws.Apply()
	ws.PlanIsEmpty()
	ws.Configure(config) // the moved blocks are no longer needed
	ws.PlanIsEmpty()
	unchanged := func(what string) {
		t.Helper()
		if changes := acctest.Changes(vc.Calls()); len(changes) > 0 || vc.Catalogue() != nil {
			t.Errorf("%s has changed the vCenter: %v", what, changes)
		}
	}
	unchanged("the move")
	for name, want := range map[string]string{"web": web, "plain": plain} {
		if have := ws.State("novasphere_networking_network", name)["id"]; have != want {
			t.Errorf("the network %s is %s, not %s", name, have, want)
		}
	}
	if out := ws.Destroy(); !strings.Contains(out, "Nothing was deleted") {
		t.Errorf("what was never recorded is destroyed without a word:\n%s", out)
	}
	unchanged("the end")
}

// TestAccMovedAndChanged: a moved object is recorded at its first change, with its present ids, addresses and MACs. Only then must it
// meet this vCenter's requirements. An object that was not made here is not deleted here.
func TestAccMovedAndChanged(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	past := slices.Concat(acctest.ReadPast(t, "../networking/testdata/moved/openstack-3.4.0"),
		acctest.ReadPast(t, "../compute/testdata/moved/openstack-3.4.0"))
	past = slices.DeleteFunc(past, func(p acctest.Past) bool { return p.Type == "openstack_compute_instance_v2" })
	portgroups := []string{"DC0_DVPG_web", "plain-df59c124-8270-4e28-a203-fc638e9393d6"}
	vc.AddPortgroup(portgroups[0], 10)
	vc.AddPortgroup(portgroups[1], 20)
	config := "provider \"novasphere\" {\n  security_groups = \"dvs\"\n}\n" + configured(t, past)
	ws := vc.NewWorkspace(t, vc.Wire(t), config+acctest.MovedBlocks(past))
	ws.Inherit(past)
	ws.Apply()
	ws.Configure(withChanges(t, config))
	out := ws.Apply()
	if !strings.Contains(out, fmt.Sprintf("Resources: 0 added, %d changed, 0 destroyed.", len(changes))) {
		t.Errorf("not everything is changed in place:\n%s", out)
	}
	if rules := ws.State("novasphere_networking_port", "web")["effective_rules"]; !strings.Contains(out, "Its groups are not enforced") ||
		!reflect.DeepEqual(rules, []any{}) {
		t.Errorf("Nova has plugged the port in, and this provider says that %v pass it:\n%s", rules, out)
	}
	ws.Must("apply", "-auto-approve", "-no-color", "-replace=novasphere_compute_keypair.given") // it cannot change in place
	ws.PlanIsEmpty()
	for i, name := range portgroups {
		if have := vlan(t, vc, name); have != int32(10*(i+1)) {
			t.Errorf("the portgroup %s has the VLAN %d, and its machines are off their wire", name, have)
		}
	}
	if is := vc.Portgroup(portgroups[1]).Config; is.Description != "ours" {
		t.Errorf("the description of %s is %q", is.Name, is.Description)
	}
	records := vc.Records()
	for _, p := range past {
		id := p.Attributes["id"].(string)
		now := ws.State(strings.TrimSuffix(strings.Replace(p.Type, "openstack", "novasphere", 1), "_v2"), p.Name)
		for _, of := range []string{"mac_address", "all_fixed_ips", "fingerprint"} {
			if !reflect.DeepEqual(now[of], p.Attributes[of]) {
				t.Errorf("%s.%s: %s is %v, not %v", p.Type, p.Name, of, now[of], p.Attributes[of])
			}
		}
		if p.Type != "openstack_networking_network_v2" && (now["id"] != id || p.Name != "made" && !strings.Contains(records, id)) {
			t.Errorf("%s.%s is %v, not %s, or is not recorded under it in:\n%s", p.Type, p.Name, now["id"], id, records)
		}
	}
	ws.Destroy()
	for _, name := range portgroups {
		if err := vc.NoNetwork(name); err == nil {
			t.Errorf("the portgroup %s was not ours, and is gone", name)
		}
	}
	if left := vc.Records(); left != "" {
		t.Errorf("records are left:\n%s", left)
	}
}

// vlan returns the VLAN of a portgroup, which must exist.
func vlan(t *testing.T, vc *acctest.VCenter, portgroup string) int32 {
	t.Helper()
	setting, _ := vc.Portgroup(portgroup).Config.DefaultPortConfig.(*types.VMwareDVSPortSetting)
	if id, is := setting.Vlan.(*types.VmwareDistributedVirtualSwitchVlanIdSpec); is {
		return id.VlanId
	}
	t.Fatalf("the portgroup %s has no VLAN: %v", portgroup, setting.Vlan)
	return 0
}

// TestAccMovedOntoWhatOthersMade: an equal object of another workspace is found, with a warning, and stays when the moved resource goes.
// A key pair of the same name with another key is a different one, and an error.
func TestAccMovedOntoWhatOthersMade(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	past := slices.Concat(acctest.ReadPast(t, "../networking/testdata/moved/openstack-3.4.0"),
		acctest.ReadPast(t, "../compute/testdata/moved/openstack-3.4.0"))
	past = slices.DeleteFunc(past, func(p acctest.Past) bool {
		return !slices.Contains([]string{"openstack_compute_flavor_v2.small", "openstack_compute_keypair_v2.given",
			"openstack_networking_network_v2.web"}, p.Type+"."+p.Name)
	})
	wire, config := vc.Wire(t), configured(t, past)
	others := strings.Replace(config, `  name        = "t2.small"`,
		"  name        = \"t2.small\"\n  flavor_id = \"2f927136-6099-4f97-9d41-0b8012880b88\"", 1)
	others = strings.Replace(others, `"prod"]`, "\"prod\"]\n  segments { segmentation_id = 10 }", 1)
	first := vc.NewWorkspace(t, wire, strings.Replace(others, "IJqfBHPoLnuZB4dBGhPUvNgYbSGxGUnk7yoSHt5gBRyB demo",
		"IB6ebMGKyqMTAUxZ2BbgyzpTgRiBKhW8iOL9Zo5XBmZp ops", 1))
	first.Apply()
	ws := vc.NewWorkspace(t, wire, config+acctest.MovedBlocks(past))
	ws.Inherit(past)
	out, err := ws.Run("plan", "-no-color")
	flat := regexp.MustCompile(`[\s│]+`).ReplaceAllString(out, " ")
	if err == nil || !strings.Contains(flat, "the compute keypair given was moved from openstack_compute_keypair_v2, and this vCenter's "+
		"records have one of that id already with another public_key") {
		t.Fatalf("another's key pair is taken over:\n%s", out)
	}
	first.Configure(others)
	first.Apply()
	vc.ResetCalls()
	if out = ws.Apply(); strings.Count(out, "Found in this vCenter's records") < 1 ||
		!strings.Contains(out, "Found as another state's network") {
		t.Errorf("what is found is taken over without a word:\n%s", out)
	}
	ws.PlanIsEmpty()
	ws.Configure(strings.Replace(config, `"web servers"`, `"of both"`, 1))
	ws.Apply()
	ws.Configure(config)
	ws.Apply()
	if out = ws.Destroy(); strings.Count(out, "Nothing was deleted") < 1 {
		t.Errorf("it stays without a word:\n%s", out)
	}
	first.PlanIsEmpty()
	if err := vc.NoNetwork("DC0_DVPG_web"); err == nil {
		t.Error("the portgroup was another workspace's, and is gone")
	}
}

// changes are the arguments that change each moved object, with those that this vCenter requires for it.
var changes = map[string]string{
	"compute_flavor.small": `rx_tx_factor = 2`, "compute_flavor.plain": `rx_tx_factor = 2`,
	"networking_network.web":   "dns_domain = \"example.org\"\n  segments { segmentation_id = 10 }",
	"networking_network.plain": `description = "ours"`, // the underlying network is not written, and must not change
	"networking_subnet.web":    `description = "ours"`, "networking_subnet.plain": `description = "ours"`,
	"networking_subnet.closed": `description = "ours"`,
	"networking_port.web":      `description = "ours"`, "networking_port.plain": `description = "ours"`,
	"networking_secgroup.web": `stateful = false`, "networking_secgroup.plain": `stateful = false`,
	"networking_secgroup_rule.https": `timeouts { delete = "5m" }`, "networking_secgroup_rule.peers": `timeouts { delete = "5m" }`,
}

func withChanges(t *testing.T, config string) string {
	t.Helper()
	for of, change := range changes {
		kind, name, _ := strings.Cut(of, ".")
		head := fmt.Sprintf("resource \"novasphere_%s\" \"%s\" {\n", kind, name)
		if !strings.Contains(config, head) {
			t.Fatalf("%s is not configured", of)
		}
		config = strings.Replace(config, head, head+"  "+change+"\n", 1)
	}
	return config
}

// TestAccMovedElsewhere: an object that was moved to a vCenter without it is an error, and not made anew.
func TestAccMovedElsewhere(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	past := slices.Concat(acctest.ReadPast(t, "../networking/testdata/moved/openstack-3.4.0"),
		acctest.ReadPast(t, "../compute/testdata/moved/openstack-3.4.0"), acctest.ReadPast(t, "../compute/testdata/moved/vsphere-2.16.1"))
	past = slices.DeleteFunc(past, func(p acctest.Past) bool {
		return p.Type != "vsphere_virtual_machine" && p.Type != "openstack_networking_network_v2" &&
			(p.Type != "openstack_compute_instance_v2" || p.Name != "plain")
	})
	config := configured(t, past)
	config = regexp.MustCompile(`(?m)^  depends_on.*\n`).ReplaceAllString(config, "")
	config = strings.Replace(config, "uuid = novasphere_networking_network.plain.id", `name = "public"`, 1) +
		`resource "novasphere_compute_instance" "old" {
  name       = "old"
  image_name = "debian-12"
}
moved {
  from = vsphere_virtual_machine.web
  to   = novasphere_compute_instance.old
}
`
	ws := vc.NewWorkspace(t, vc.Wire(t), config+acctest.MovedBlocks(past[:len(past)-1]))
	ws.Inherit(past)
	out, err := ws.Run("plan", "-no-color")
	flat := regexp.MustCompile(`[\s│]+`).ReplaceAllString(out, " ")
	for _, said := range []string{
		`the network DC0_DVPG_web (ffd243ec-d54e-416c-b6db-e26803d9c105) was moved from OpenStack, and its portgroup is not found: ` +
			`no network of this datacenter has OpenStack's id ffd243ec-d54e-416c-b6db-e26803d9c105 in its name, ` +
			`and no network "DC0_DVPG_web" in`,
		`the instance was moved from openstack_compute_instance_v2, and its VM is not in this vCenter: ` +
			`reading the instance 82fc5b12-06d0-434b-b9d0-2110d136b957 failed: no VM has the instance UUID`,
		`the instance was moved from vsphere_virtual_machine, and its VM is not in this vCenter: ` +
			`no VM has the BIOS UUID 13e1746f-4d64-51fc-9765-931a848dc8ed`,
	} {
		if err == nil || !strings.Contains(flat, said) {
			t.Errorf("the plan does not say %q:\n%s", said, flat)
		}
	}
}

// TestAccMovedToANamedNetwork: a port whose network is not in the configuration keeps its id and MAC where the configuration names the
// network.
func TestAccMovedToANamedNetwork(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	past := acctest.ReadPast(t, "../networking/testdata/moved/openstack-3.4.0")
	past = slices.DeleteFunc(past, func(p acctest.Past) bool {
		return p.Name != "plain" || p.Type != "openstack_networking_subnet_v2" && p.Type != "openstack_networking_port_v2"
	})
	group := vc.AddPortgroup("elsewhere", 20)
	config := strings.ReplaceAll(configured(t, past), "novasphere_networking_network.plain.id", fmt.Sprintf("%q", group))
	ws := vc.NewWorkspace(t, vc.Wire(t), config+acctest.MovedBlocks(past))
	ws.Inherit(past)
	if out := ws.Apply(); !strings.Contains(out, "Resources: 0 added, 2 changed, 0 destroyed.") {
		t.Errorf("they are not told their network in place:\n%s", out)
	}
	ws.PlanIsEmpty()
	is := ws.State("novasphere_networking_port", "plain")
	for of, want := range map[string]any{"id": "790f39b1-0cfe-4a4e-a4d0-082855df4d2d", "mac_address": "fa:16:3e:5b:05:33", "network_id": group,
		"all_fixed_ips": []any{"192.168.20.116"}} {
		if !reflect.DeepEqual(is[of], want) {
			t.Errorf("%s is %v, not %v", of, is[of], want)
		}
	}
}
