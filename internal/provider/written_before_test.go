// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// writtenBefore holds what release 0.1 has written to a vCenter, by the name of the VM and the key of its extraConfig: one record of each
// kind, and an instance.
const writtenBefore = "testdata/records_written_before.json"

// networkWrittenBefore is the first network of its vCenter, so that it gets the id in the records again.
const networkWrittenBefore = `
resource "novasphere_networking_network" "n" {
  name = "old.net"
  segments { segmentation_id = 120 }
}`

// TestRecordsWrittenBefore puts the records of an earlier release into a vCenter, and imports each: renaming in the code must not change
// stored names.
func TestRecordsWrittenBefore(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(writtenBefore)
	if err != nil {
		t.Fatal(err)
	}
	var machines map[string]map[string]string
	if err := json.Unmarshal(raw, &machines); err != nil {
		t.Fatal(err)
	}
	vc := acctest.Start(t, vcsim.Options{})
	if err := protocol.Made(t, acctest.Factories["novasphere"], vc.Config("", networkWrittenBefore)); err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(machines)) {
		spec := types.VirtualMachineConfigSpec{Name: name, InstanceUuid: machines[name]["nvp.vm-uuid"]}
		for key, value := range machines[name] {
			spec.ExtraConfig = append(spec.ExtraConfig, &types.OptionValue{Key: key, Value: value})
		}
		folder := "novasphere"
		if spec.InstanceUuid != "" {
			folder = "OpenStack"
		}
		vc.Make(folder, spec)
	}
	p := vc.Provider(t, map[string]any{"security_groups": "dvs", "routers": "physical"})
	for _, noun := range importedFromBefore {
		is, diagnostics := p.Import("novasphere_"+noun.kind, noun.id)
		if len(protocol.Errors(diagnostics)) > 0 {
			t.Errorf("%s %s: %v", noun.kind, noun.id, diagnostics)
			continue
		}
		for name, value := range noun.attributes {
			if got := is.Attributes()[name]; !strings.Contains(got.String(), `"`+value+`"`) {
				t.Errorf("%s: %s is %s, and was written as %s", noun.kind, name, got, value)
			}
		}
	}
}

// importedFromBefore are the nouns in the records, with an attribute for each of their fields.
var importedFromBefore = []struct {
	kind, id   string
	attributes map[string]string
}{
	{"compute_flavor", "d6d0bf7e-29c1-58e1-978e-fbd582afda51", map[string]string{
		"name": "old.flavor", "vcpus": "2", "ram": "2048", "disk": "20", "extra_specs": "1000",
	}},
	{"compute_keypair", "old.key", map[string]string{
		"public_key":  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL2H5fI8lKbX2+GgSp3BNL/Y+K2GqmIdXI5wQlTr81oZ anna",
		"fingerprint": "b5:7a:44:4c:67:a3:20:e8:ae:b8:10:82:f7:3c:b3:04",
	}},
	{"compute_servergroup", "783ef974-62c6-5981-9a85-16846c23b71b", map[string]string{
		"name": "old.group", "policies": "anti-affinity",
	}},
	{"compute_aggregate", "35300039-719f-4edf-8f46-5a12a06299ef", map[string]string{
		"name": "old.aggregate", "metadata": "true",
	}},
	{"networking_secgroup", "2b1bed2f-2e15-47f2-87e1-8aa4e94c7d58", map[string]string{
		"name": "old.secgroup",
	}},
	{"networking_secgroup_rule", "fa14d5d6-af16-40e1-8664-67d34aca4593", map[string]string{
		"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": "22", "port_range_max": "22",
		"remote_ip_prefix": "192.0.2.0/24", "security_group_id": "2b1bed2f-2e15-47f2-87e1-8aa4e94c7d58",
	}},
	{"networking_router", "1b763fd9-d0c1-4550-910e-8602f11cda19", map[string]string{
		"name": "old.router",
	}},
	{"networking_subnet", "25d86cd6-7804-47c6-8de1-df956a702c96", map[string]string{
		"name": "old.subnet", "cidr": "10.20.0.0/24", "gateway_ip": "10.20.0.1", "dns_nameservers": "10.20.0.2",
		"allocation_pool": "10.20.0.99",
	}},
	{"networking_port", "4fc7c13e-fde2-429c-ae19-c53bdab97157", map[string]string{
		"name": "old.port", "mac_address": "00:50:56:18:5c:a8", "all_fixed_ips": "10.20.0.50",
		"all_security_group_ids": "2b1bed2f-2e15-47f2-87e1-8aa4e94c7d58", "device_id": "eea8b526-351c-4d59-a57f-2ecbdbb01e38",
	}},
	{"networking_router_interface", "aa396085-ca12-41d2-9951-6d455c63d0c7", map[string]string{
		"router_id": "1b763fd9-d0c1-4550-910e-8602f11cda19", "subnet_id": "25d86cd6-7804-47c6-8de1-df956a702c96",
	}},
	{"compute_instance", "eea8b526-351c-4d59-a57f-2ecbdbb01e38", map[string]string{
		"name": "old.instance", "flavor_name": "old.flavor", "image_name": "debian-12", "key_pair": "old.key", "metadata": "db",
		"tags": "one",
	}},
}
