// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

func TestForeignPorts(t *testing.T) {
	t.Parallel()
	ports := []policy.Object{
		object(t, `{"id": "ours", "address_bindings": [{"ip_address": "10.0.0.2"}]}`),
		object(t, `{"id": "default:1", "path": "/infra/segments/s/ports/default:1"}`),
		object(t, `{"id": "ui", "display_name": "gw", "path": "/infra/segments/s/ports/ui", "address_bindings": [
			{"ip_address": "10.0.0.3", "mac_address": "00:50:56:00:00:0A"}, {"ip_address": "10.0.0.4", "mac_address": "00:50:56:00:00:0b"},
			{"ip_address": "10.0.0.5/32", "mac_address": "00:50:56:00:00:0a"}, {"ip_address": "10.0.0.64/28"},
			{"ip_address": "fe80::1", "mac_address": "00:50:56:00:00:0b"}]}`),
	}
	fixed := func(addresses ...string) (out []openstack.FixedIP) {
		for _, a := range addresses {
			out = append(out, openstack.FixedIP{Address: a})
		}
		return out
	}
	foreign := openstack.Port{ID: "ui", NetworkID: "s", Name: "gw", Foreign: true}
	want := []openstack.Port{foreign, foreign, foreign}
	want[0].MAC, want[0].FixedIPs = "00:50:56:00:00:0a", fixed("10.0.0.3", "10.0.0.5")
	want[1].MAC, want[1].FixedIPs = "00:50:56:00:00:0b", fixed("10.0.0.4")
	got := policy.ForeignPorts(ports, func(id string) bool { return id == "ours" })
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the ports of others are\n%+v and not\n%+v", got, want)
	}
	subnets := []openstack.Subnet{{ID: "s4", CIDR: "10.0.0.0/24", Pools: []openstack.AddressPool{{Start: "10.0.0.3", End: "10.0.0.6"}}}}
	p, err := sdn.Claim(sdn.PortRequest{Port: openstack.Port{ID: "new"}}, subnets, got)
	if err != nil || p.FixedIPs[0].Address != "10.0.0.6" {
		t.Errorf("beside them a port gets %v: %v", p.FixedIPs, err)
	}
	for field, w := range map[string]sdn.PortRequest{
		"fixed_ip[0]": {Port: openstack.Port{ID: "new", FixedIPs: fixed("10.0.0.4")}},
		"mac_address": {Port: openstack.Port{ID: "new", MAC: "00:50:56:00:00:0b"}},
	} {
		_, err := sdn.Claim(w, subnets, got)
		refused(t, err, field, `belongs to the port "gw" (ui), which somebody else made in NSX`)
		if err != nil && strings.Contains(err.Error(), "import {") {
			t.Errorf("a port without a record is offered for import: %v", err)
		}
	}
}
