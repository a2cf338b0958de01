// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/gateway"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

var (
	web  = openstack.Subnet{ID: "s4", NetworkID: "n", CIDR: "10.0.0.0/24", Gateway: "10.0.0.1"}
	web6 = openstack.Subnet{ID: "s6", NetworkID: "n", CIDR: "2001:db8::/64", Gateway: "2001:db8::1"}
)

func TestVLANInterface(t *testing.T) {
	t.Parallel()
	onGateway := openstack.RouterInterface{RouterID: "r", NetworkID: "n", SubnetID: "s4"}
	body, err := gateway.InterfaceOf(owner, root, onGateway, []openstack.Subnet{web})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, body, `{"segment_path": "/infra/segments/n", "subnets": [{"ip_addresses": ["10.0.0.1"], "prefix_len": 24}], "tags": `+
		ownTags("n")+`}`)
	onPort := onGateway
	onPort.PortID = "p"
	onPort.FixedIPs = []openstack.FixedIP{{SubnetID: "s4", Address: "10.0.0.7"}, {SubnetID: "s6", Address: "2001:DB8::7"}}
	both, err := gateway.InterfaceOf(owner, root, onPort, []openstack.Subnet{web, web6})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, both.Subnets, `[{"ip_addresses": ["10.0.0.7"], "prefix_len": 24}, {"ip_addresses": ["2001:db8::7"], "prefix_len": 64}]`)
	merges(t, asRead(t, body, "n"), body, both, gateway.MergeInterface)
	_, err = gateway.InterfaceOf(owner, root, onGateway, []openstack.Subnet{{ID: "s4", CIDR: "10.0.0.0/24"}})
	refused(t, err, "subnet_id", "has no gateway")
	_, err = gateway.InterfaceOf(owner, root, onGateway, []openstack.Subnet{{ID: "s4", CIDR: "x", Gateway: "10.0.0.1"}})
	refused(t, err, "subnet_id", `"x"`)
}

func TestCheckInterface(t *testing.T) {
	t.Parallel()
	vlan, overlay := openstack.Network{ID: "n", VLAN: 7}, openstack.Network{ID: "n", Overlay: true}
	inside, outside := openstack.Router{ID: "r"}, openstack.Router{ID: "r", ExternalNetworkID: "ext"}
	on := func(address string) openstack.RouterInterface {
		return openstack.RouterInterface{NetworkID: "n", SubnetID: "s6", PortID: "p", FixedIPs: []openstack.FixedIP{{SubnetID: "s6",
			Address: address}}}
	}
	subnets := []openstack.Subnet{web6}
	refused(t, gateway.CheckInterface(inside, on(""), vlan, subnets), "router_id", "the network n is a VLAN")
	refused(t, gateway.CheckInterface(inside, on("2001:db8::7"), overlay, subnets), "port_id", "2001:db8::1 in the subnet 2001:db8::/64")
	refused(t, gateway.CheckInterface(inside, openstack.RouterInterface{}, overlay, []openstack.Subnet{{CIDR: "10.0.0.0/24"}}), "gateway_ip",
		"has no gateway")
	for _, err := range []error{gateway.CheckInterface(outside, on("2001:db8::7"), vlan, subnets),
		gateway.CheckInterface(inside, on("2001:DB8:0::1"), overlay, subnets), gateway.CheckInterface(inside, on(""), overlay, subnets),
		gateway.CheckInterface(inside, openstack.RouterInterface{SubnetID: "s6"}, overlay, subnets)} {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestConnect(t *testing.T) {
	t.Parallel()
	connect := func(w policy.Owner, o policy.Object, router string) (bool, error) {
		return gateway.Connect(w, root, o, router)
	}
	o := object(t, `{"id": "n", "_revision": 3, "comments": "of others", "subnets": [{"gateway_address": "10.0.0.1/24"}], "tags": `+
		ownTags("n")+`}`)
	if _, err := connect(stranger, o, "r"); err == nil {
		t.Error("somebody else's network is connected")
	}
	for _, want := range []bool{true, false} {
		if changed, err := connect(owner, o, "r"); changed != want || err != nil || o["connectivity_path"] != "/infra/tier-1s/r" {
			t.Errorf("connecting reports %t, %v: %v", changed, err, o)
		}
	}
	_, err := connect(owner, o, "second")
	refused(t, err, "router_id", "the network n is on the router r already")
	if changed, err := gateway.Disconnect(owner, root, o, "second"); changed || err != nil || o["connectivity_path"] == nil {
		t.Errorf("another router's network is taken off: %v, %v", o, err)
	}
	if _, err := gateway.Disconnect(stranger, root, o, "r"); err == nil {
		t.Error("somebody else's network is taken off")
	}
	for _, want := range []bool{true, false} {
		if changed, err := gateway.Disconnect(owner, root, o, "r"); changed != want || err != nil {
			t.Errorf("disconnecting reports %t, %v", changed, err)
		}
	}
	equal(t, o, `{"id": "n", "_revision": 3, "comments": "of others", "subnets": [{"gateway_address": "10.0.0.1/24"}], "tags": `+
		ownTags("n")+`}`)
}
