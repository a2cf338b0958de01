// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// resourceName matches the first name in a configuration.
var resourceName = regexp.MustCompile(`(?m)^  name = "(.*)"$`)

// past returns the OpenStack provider's state of a VM: a recorded state with this VM's ids, sizes and addresses.
func (m novaMachine) past(t *testing.T, model acctest.Past, config string) acctest.Past {
	t.Helper()
	out := acctest.Past{Type: model.Type, Name: m.address(), Schema: model.Schema}
	if err := json.Unmarshal(model.Raw(t), &out.Attributes); err != nil {
		t.Fatal(err)
	}
	networks, extra := []any{}, acctest.Extra(m.is)
	for i, card := range cardsOf(m.is) {
		networks = append(networks, map[string]any{"access_network": false, "fixed_ip_v4": fmt.Sprintf("192.0.2.%d", i+10), "fixed_ip_v6": "",
			"mac": card.MacAddress, "name": "as Neutron calls it", "port": extra[fmt.Sprintf("nvp.iface-id.%d", i)],
			"uuid": fmt.Sprintf("ffd243ec-d54e-416c-b6db-e26803d9c1%02d", i)})
	}
	power := "active"
	if m.is.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
		power = "shutoff"
	}
	for of, value := range map[string]any{"id": m.ID, "name": resourceName.FindStringSubmatch(config)[1], "flavor_name": m.flavor().Name,
		"key_pair": "anna", "power_state": power, "network": networks, "metadata": map[string]any{"role": "web"},
		"all_metadata": map[string]any{"role": "web"}, "tags": []any{"a"}, "all_tags": []any{"a"}, "security_groups": []any{"default"},
		"image_id": "b0000000-0000-4000-8000-000000000001", "config_drive": m.Input.Instance["config_drive"] != nil} {
		out.Attributes[of] = value
	}
	return out
}

// flavorsOf returns the flavors of VMs as resources, each once.
func flavorsOf(all []novaMachine) string {
	out, seen := &strings.Builder{}, map[string]bool{}
	for _, m := range all {
		f := m.flavor()
		if seen[f.Name] {
			continue
		}
		seen[f.Name] = true
		fmt.Fprintf(out, "resource \"novasphere_compute_flavor\" %q {\n  name = %q\n  vcpus = %d\n  ram = %d\n  disk = %d\n  ephemeral = %d\n "+
			" swap = %d\n  extra_specs = {\n",
			"f"+strings.ReplaceAll(f.Name, ".", "_"), f.Name, f.VCPUs, f.RAM, f.Disk, f.Ephemeral, f.Swap)
		for key, value := range f.ExtraSpecs {
			fmt.Fprintf(out, "    %q = %q\n", key, value)
		}
		out.WriteString("  }\n}\n")
	}
	return out.String()
}

// TestAccNovaMoved moves every VM of the recordings of Nova's own driver from the OpenStack provider's state, with the configuration that
// its user had there, without touching it.
func TestAccNovaMoved(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	all := replayAll(t, vc)
	if len(all) < 90 || t.Failed() {
		t.Fatalf("%d machines are replayed", len(all))
	}
	wire := vc.Wire(t)
	vc.NewWorkspace(t, wire, flavorsOf(all)+keyPair("anna", "anna", fmt.Sprintf("%q", publicKey))).Apply()
	var model acctest.Past
	for _, p := range acctest.ReadPast(t, "testdata/moved/openstack-3.4.0") {
		if p.Type == "openstack_compute_instance_v2" && p.Name == "web" {
			model = p
		}
	}
	config, past, before := "", []acctest.Past{}, map[string]string{}
	for i, m := range all {
		one, _, _ := strings.Cut(m.config(t, i), "import {")
		config += one
		past = append(past, m.past(t, model, one))
		before[m.ID] = vc.Properties([]*object.VirtualMachine{m.VM})[0].Config.ChangeVersion
	}
	ws := vc.NewWorkspace(t, wire, config+acctest.MovedBlocks(past))
	ws.Inherit(past)
	wire.Take()
	if out := ws.Must("plan", "-no-color"); !strings.Contains(out, "Plan: 0 to add, 0 to change, 0 to destroy.") ||
		strings.Count(out, " has moved to ") != len(all) {
		t.Fatalf("the plan does more than move %d machines:\n%s", len(all), out)
	}
	ws.Apply()
	ws.PlanIsEmpty()
	ws.Configure(config)
	ws.PlanIsEmpty()
	calls, _ := wire.Take()
	if found := changing(calls); len(found) > 0 {
		t.Errorf("the moves sent %v", found)
	}
	for _, m := range all {
		if now := vc.Properties([]*object.VirtualMachine{m.VM})[0].Config.ChangeVersion; now != before[m.ID] {
			t.Errorf("%s has changed", m.Name)
		}
	}
}

// TestAccNovaForEach: one resource written by hand takes over several VMs with for_each.
func TestAccNovaForEach(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	all := replayAll(t, vc)
	picked := map[string]string{}
	for _, m := range all {
		if m.flavor().Same(all[0].flavor()) && len(cardsOf(m.is)) == 0 && m.Input.BlockDevice == nil &&
			m.is.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn &&
			resourceName.FindStringSubmatch(m.config(t, 0))[1] == "test-vm" && m.Input.Instance["config_drive"] == nil {
			picked[m.ID] = m.Name
		}
	}
	if len(picked) < 5 {
		t.Fatalf("%d machines are alike", len(picked))
	}
	wire := vc.Wire(t)
	vc.NewWorkspace(t, wire, flavorsOf(all[:1])).Apply()
	wire.Take()
	ids, _ := json.Marshal(picked)
	ws := vc.NewWorkspace(t, wire, `locals {
  servers = `+string(ids)+`
}
import {
  for_each = local.servers
  to       = novasphere_compute_instance.it[each.key]
  id       = each.key
}
resource "novasphere_compute_instance" "it" {
  for_each    = local.servers
  name        = "test-vm"
  flavor_name = "`+all[0].flavor().Name+`"
  image_name  = "debian-12"
  key_pair    = "anna"
  user_data   = "#cloud-config"
  metadata    = { recording = each.value }
}
`)
	for _, command := range [][]string{{"plan", "-no-color"}, {"apply", "-no-color", "-auto-approve"}} {
		if out, want := ws.Must(command...), fmt.Sprintf("%d to import, 0 to add, 0 to change, 0 to destroy", len(picked)); !strings.Contains(out,
			want) {
			t.Fatalf("%s: not %s, but\n%s", command[0], want, out)
		}
	}
	ws.PlanIsEmpty()
	calls, _ := wire.Take()
	if found := changing(calls); len(found) > 0 {
		t.Errorf("the imports sent %v", found)
	}
}

// TestAccNovaConfigurationTakesOver: the configuration that the list prints for Nova's VMs, in the folder of one of Nova's projects,
// imports all of them and changes nothing.
func TestAccNovaConfigurationTakesOver(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	all := replayAll(t, vc)
	wire := vc.Wire(t)
	list := vc.NewWorkspace(t, wire, `
data "novasphere_compute_instances" "nova" { project = "Project (11111111222243338444555555555555)/Instances" }
output "text" { value = nonsensitive(data.novasphere_compute_instances.nova.configuration) }
`)
	list.Apply()
	text := list.Must("output", "-raw", "text")
	if n := strings.Count(text, "import {"); n != len(all) {
		t.Fatalf("%d import blocks for %d machines", n, len(all))
	}
	wire.Take()
	ws := vc.NewWorkspace(t, wire, text)
	if out, want := ws.Must("plan", "-no-color"), fmt.Sprintf("%d to import, 0 to add, 0 to change, 0 to destroy",
		len(all)); !strings.Contains(out, want) {
		t.Fatalf("not %s, but\n%s", want, out)
	}
	ws.Apply()
	ws.PlanIsEmpty()
	calls, _ := wire.Take()
	if found := changing(calls); len(found) > 0 {
		t.Errorf("the imports sent %v", found)
	}
}
