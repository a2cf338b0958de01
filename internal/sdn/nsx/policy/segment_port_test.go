// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

const portID = "9a000000-0000-4000-8000-000000000001"

// port is a port with an address of each IP version.
var port = openstack.Port{ID: portID, NetworkID: segmentID, Name: "eth", Description: "of web", MAC: "00:50:56:00:00:01",
	FixedIPs: []openstack.FixedIP{{SubnetID: "s4", Address: "10.0.0.5"}, {SubnetID: "s6", Address: "2001:db8::5"}}}

const portTags = `"tags": [{"scope": "novasphere-port", "tag": "` + portID + `"},
	{"scope": "novasphere-folder", "tag": "vc-1/dc/novasphere"}]`

// portBody is the body of a port that NSX takes.
func portBody(t *testing.T, p openstack.Port, n openstack.Network) policy.SegmentPort {
	t.Helper()
	body, err := owner.SegmentPort(p, n)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestSegmentPort(t *testing.T) {
	t.Parallel()
	equal(t, portBody(t, port, openstack.Network{}), `{"display_name": "eth", "description": "of web", "admin_state": "UP",
		"attachment": {"id": "`+portID+`"}, "address_bindings": [
		{"ip_address": "10.0.0.5", "mac_address": "00:50:56:00:00:01"}, {"ip_address": "2001:db8::5", "mac_address": "00:50:56:00:00:01"},
		{"ip_address": "fe80::250:56ff:fe00:1", "mac_address": "00:50:56:00:00:01"}], `+portTags+`}`)
	w := policy.Owner{Folder: "f", Neutron: &policy.Neutron{ProjectID: "p", ProjectName: "admin", APIVersion: "1"}}
	body, err := w.SegmentPort(openstack.Port{ID: "q", Down: true}, openstack.Network{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, body, `{"admin_state": "DOWN", "attachment": {"id": "q"}, "tags": [{"scope": "novasphere-port", "tag": "q"},
		{"scope": "novasphere-folder", "tag": "f"}, {"scope": "os-neutron-port-id", "tag": "q"}, {"scope": "os-project-id", "tag": "p"},
		{"scope": "os-project-name", "tag": "admin"}, {"scope": "os-api-version", "tag": "1"}]}`)
}

func TestPortSecurity(t *testing.T) {
	t.Parallel()
	off, on := true, false
	for name, c := range map[string]struct {
		own  *bool
		net  bool
		want bool
	}{
		"nothing said": {nil, false, true}, "the network has none": {nil, true, false},
		"the port has none": {&off, false, false}, "the port has it, the network not": {&on, true, true},
	} {
		p, n := port, openstack.Network{Insecure: c.net}
		p.Insecure = c.own
		if got := len(portBody(t, p, n).AddressBindings) > 0; got != c.want || policy.Secure(p, n) != c.want {
			t.Errorf("%s: the port has address bindings: %t", name, got)
		}
	}
}

func TestMergePort(t *testing.T) {
	t.Parallel()
	o := asRead(t, portBody(t, port, openstack.Network{}), portID, root.SegmentPort(segmentID, portID))
	o["display_name"] = "web.vmx@host-1" // as NSX does once a machine has it
	o["attachment"].(map[string]any)["type"] = "STATIC"
	o["init_state"] = "UNBLOCKED_VLAN"
	bindings := o["address_bindings"].([]any)
	bindings[0], bindings[2] = bindings[2], bindings[0]
	bindings[1].(map[string]any)["ip_address"] = "2001:0DB8::5/128"
	bindings[1].(map[string]any)["mac_address"] = "00:50:56:00:00:01"
	o["tags"] = append(o["tags"].([]any), map[string]any{"scope": "novasphere-group", "tag": "g"})
	is, err := owner.MergePort(o, port, openstack.Network{})
	unchanged(t, is, err)

	p := port
	p.Down, p.Name, p.FixedIPs = true, "other", []openstack.FixedIP{{Address: "10.0.0.6"}}
	is, err = owner.MergePort(o, p, openstack.Network{})
	changed(t, is, err)
	equal(t, o, `{"id": "`+portID+`", "path": "`+root.SegmentPort(segmentID, portID)+`", "_revision": 3, "_protection": "NOT_PROTECTED",
		"display_name": "web.vmx@host-1", "description": "of web", "admin_state": "DOWN", "init_state": "UNBLOCKED_VLAN",
		"attachment": {"id": "`+portID+`", "type": "STATIC"},
		"address_bindings": [{"ip_address": "10.0.0.6", "mac_address": "00:50:56:00:00:01"}],
		"tags": [{"scope": "novasphere-port", "tag": "`+portID+`"}, {"scope": "novasphere-folder", "tag": "vc-1/dc/novasphere"},
		{"scope": "novasphere-group", "tag": "g"}]}`)
	delete(o, "attachment")
	is, err = owner.MergePort(o, p, openstack.Network{Insecure: true})
	changed(t, is, err)
	if o["address_bindings"] != nil || !reflect.DeepEqual(o["attachment"], map[string]any{"id": portID}) {
		t.Errorf("the port without port security is %v", o)
	}
}

func TestOthersPortsAreLeftAlone(t *testing.T) {
	t.Parallel()
	o := asRead(t, portBody(t, port, openstack.Network{}), portID, "")
	delete(o, "tags")
	before, _ := json.Marshal(o)
	_, err := owner.MergePort(o, openstack.Port{ID: portID, Down: true}, openstack.Network{})
	if after, _ := json.Marshal(o); err == nil || !strings.Contains(err.Error(), "made by somebody else") || string(after) != string(before) {
		t.Errorf("the port of somebody else is %s: %v", after, err)
	}
}

func TestPortAsRead(t *testing.T) {
	t.Parallel()
	p := port
	p.AllowedPairs = []openstack.AddressPair{{Address: "10.0.0.64/28"}, {Address: "10.0.0.9", MAC: "00:50:56:00:00:09"}}
	want := openstack.Port{ID: portID, NetworkID: segmentID, Name: "eth", Description: "of web", MAC: port.MAC, Attachment: portID,
		FixedIPs: []openstack.FixedIP{{Address: "10.0.0.5"}, {Address: "2001:db8::5"}}, Mark: &openstack.Mark{By: "admin"}}
	o := asRead(t, portBody(t, p, openstack.Network{}), portID, root.SegmentPort(segmentID, portID))
	o["_create_user"] = "admin"
	if got := owner.Port(o); !reflect.DeepEqual(got, want) {
		t.Errorf("the port is %+v and not %+v", got, want)
	}
	if o["display_name"] = portID; owner.Port(o).Name != "" {
		t.Errorf("a port without a name is called %q", owner.Port(o).Name)
	}
	if got := (policy.Owner{}).Port(o); got.Mark != nil {
		t.Errorf("the port of another folder has the mark %v", got.Mark)
	}
}
