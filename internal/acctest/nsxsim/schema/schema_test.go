// SPDX-License-Identifier: MPL-2.0

package schema

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestEveryKindIsKnown fails where the list names a type that it does not have.
func TestEveryKindIsKnown(t *testing.T) {
	t.Parallel()
	plain := map[string]bool{"string": true, "integer": true, "boolean": true, "object": true}
	for _, typ := range Types() {
		for property, kind := range kinds[typ] {
			kind = strings.Trim(kind, "[]!")
			upper := kind == strings.ToUpper(kind) || strings.Contains(kind, "|")
			if !plain[kind] && kinds[kind] == nil && !upper {
				t.Errorf("%s.%s is of the kind %s, which is nowhere", typ, property, kind)
			}
		}
		if parent := parents[typ]; parent != "" && kinds[parent] == nil {
			t.Errorf("%s has the properties of %s, which is nowhere", typ, parent)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ typ, value, refusal string }{
		{"Segment", `{"display_name": "web", "tags": [{"scope": "s", "tag": "t"}], "subnets": null, "_revision": 3}`, ""},
		{"Segment", `{"colour": "red"}`, "colour is no property of Segment"},
		{"Segment", `{"vlan_ids": [100]}`, "vlan_ids[0] has to be string"},
		{"Segment", `{"vlan_ids": "100"}`, "vlan_ids has to be a list"},
		{"Segment", `{"admin_state": "up"}`, "admin_state has to be UP|DOWN"},
		{"Segment", `{"tags": [{"key": "t"}]}`, "tags[0].key is no property of Tag"},
		{"Segment", `{"_revision": 1.5}`, "_revision has to be integer"},
		{"Segment", `{"evpn_segment": "true"}`, "evpn_segment has to be boolean"},
		{"SegmentSubnet", `{"dhcp_config": {"server_address": "10.0.0.2/24"}}`, "has to have dhcp_config.resource_type"},
		{"SegmentSubnet", `{"dhcp_config": {"resource_type": "SegmentDhcpV4Config", "options": {"option121": {"static_routes":
			[{"network": "10.1.0.0/16", "next_hop": "10.0.0.9"}]}}}}`, ""},
		{"SegmentSubnet", `{"dhcp_config": {"resource_type": "SegmentDhcpV6Config", "options": {}}}`,
			"dhcp_config.options is no property of SegmentDhcpV6Config"},
		{"SegmentSubnet", `{"dhcp_config": {"resource_type": "Segment"}}`, "resource_type has to be SegmentDhcpV4Config|SegmentDhcpV6Config"},
		{"PortAttachment", `{"id": "a", "type": "STATIC", "traffic_tag": 7}`, ""},
	} {
		var value map[string]any
		if err := json.Unmarshal([]byte(c.value), &value); err != nil {
			t.Fatal(err)
		}
		said := ""
		if err := Check(c.typ, value); err != nil {
			said = err.Error()
		}
		if !strings.Contains(said, c.refusal) || (said == "") != (c.refusal == "") {
			t.Errorf("%s %s is refused with %q, not with %q", c.typ, c.value, said, c.refusal)
		}
	}
}
