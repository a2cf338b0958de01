// SPDX-License-Identifier: MPL-2.0

package firewall_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

func TestGroup(t *testing.T) {
	t.Parallel()
	g := openstack.SecurityGroup{ID: groupID, Name: "web", Description: "front", Stateful: true}
	neutron := owner
	neutron.Neutron = &policy.Neutron{ProjectID: "1", ProjectName: "demo", APIVersion: "24"}
	equal(t, firewall.GroupOf(neutron, g), `{"display_name": "web", "description": "front", "expression": [{"resource_type": "Condition",
		"member_type": "SegmentPort", "key": "Tag", "operator": "EQUALS", "value": "novasphere-group|`+groupID+`"}],
		"tags": [{"scope": "novasphere-id", "tag": "`+groupID+`"}, {"scope": "novasphere-folder", "tag": "vc-1/dc/novasphere"},
		{"scope": "os-neutron-secgr-id", "tag": "`+groupID+`"}, {"scope": "os-project-id", "tag": "1"},
		{"scope": "os-project-name", "tag": "demo"}, {"scope": "os-api-version", "tag": "24"}]}`)

	o := asRead(t, firewall.GroupOf(owner, g), g.ID)
	o["group_type"] = []any{"ANTREA"}
	is, err := firewall.MergeGroup(owner, o, g)
	merged(t, false, is, err)
	g.Name, o["expression"] = "www", []any{}
	is, err = firewall.MergeGroup(owner, o, g)
	merged(t, true, is, err)
	is, err = firewall.MergeGroup(owner, o, g)
	merged(t, false, is, err)
	if o["display_name"] != "www" || o["group_type"] == nil || o["_revision"] != 3.0 || len(o.Objects("expression")) != 1 {
		t.Errorf("the group is %v", o)
	}
	if _, err := firewall.MergeGroup(policy.Owner{Folder: "vc-2/dc/novasphere"}, o, g); err == nil ||
		!strings.Contains(err.Error(), `the security group "www" (`+groupID+`) was made by somebody else`) {
		t.Errorf("somebody else's group is changed: %v", err)
	}
}

func TestAddressGroup(t *testing.T) {
	t.Parallel()
	g := openstack.AddressGroup{ID: "a1", Name: "offices", Addresses: []string{"0.0.0.0/0", "10.0.0.0/8", "192.0.2.1/32", "::/0",
		"2001:db8::/32"}}
	body, err := firewall.AddressGroupOf(owner, g)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, body, `{"display_name": "offices", "expression": [{"resource_type": "IPAddressExpression", "ip_addresses": ["0.0.0.0/1",
		"128.0.0.0/1", "10.0.0.0/8", "192.0.2.1", "::/1", "8000::/1", "2001:db8::/32"]}], "tags": [{"scope": "novasphere-id", "tag": "a1"},
		{"scope": "novasphere-folder", "tag": "vc-1/dc/novasphere"}]}`)
	o := asRead(t, body, g.ID)
	is, err := firewall.MergeAddressGroup(owner, o, g)
	merged(t, false, is, err)
	g.Addresses = nil
	is, err = firewall.MergeAddressGroup(owner, o, g)
	merged(t, true, is, err)
	is, err = firewall.MergeAddressGroup(owner, o, g)
	merged(t, false, is, err)
	if len(o.Objects("expression")) != 0 {
		t.Errorf("the group is %v", o)
	}
	for i := range 500 {
		g.Addresses = append(g.Addresses, fmt.Sprintf("10.0.%d.%d", i/256, i%256))
	}
	if _, err := firewall.AddressGroupOf(owner, g); err != nil {
		t.Error(err)
	}
	g.Addresses = append(g.Addresses, "10.1.0.0")
	_, err = firewall.AddressGroupOf(owner, g)
	refused(t, err, "addresses", "would have 501 ranges, and NSX allows 500")
	g.Addresses = []string{"x"}
	_, err = firewall.MergeAddressGroup(owner, o, g)
	refused(t, err, "addresses", `"x"`)
}

func TestPortTags(t *testing.T) {
	t.Parallel()
	o := object(t, `{"id": "p", "tags": [{"scope": "novasphere-port", "tag": "p"}, {"scope": "novasphere-folder",
		"tag": "vc-1/dc/novasphere"}, {"scope": "backup", "tag": "daily"}]}`)
	for _, groups := range [][]string{{"b", "a", "b"}, {"b"}, nil} {
		is, err := firewall.MergePortTags(owner, o, groups)
		merged(t, true, is, err)
		is, err = firewall.MergePortTags(owner, o, groups)
		merged(t, false, is, err)
		var want []string
		for _, id := range []string{"a", "b"} {
			if strings.Contains(strings.Join(groups, " "), id) {
				want = append(want, id)
			}
		}
		if got := firewall.PortGroups(o); !reflect.DeepEqual(got, want) {
			t.Errorf("the groups are %v and not %v", got, want)
		}
		filtered := 0
		for _, tag := range o.Tags() {
			if tag == (policy.Tag{Scope: "novasphere-filtered", Tag: "yes"}) {
				filtered++
			}
		}
		if (filtered == 1) != (len(groups) > 0) || o.Tags()[2] != (policy.Tag{Scope: "backup", Tag: "daily"}) {
			t.Errorf("with the groups %v the tags are %v", groups, o.Tags())
		}
	}
	if _, err := firewall.MergePortTags(policy.Owner{Folder: "x"}, o, []string{"a"}); err == nil {
		t.Error("somebody else's port is changed")
	}
}

func TestTooManyGroups(t *testing.T) {
	t.Parallel()
	neutron := policy.Owner{Folder: owner.Folder, Neutron: &policy.Neutron{}}
	for most, w := range map[int]policy.Owner{26: owner, 23: neutron} {
		var p openstack.Port
		for i := range most {
			p.Groups = append(p.Groups, fmt.Sprint(i))
		}
		if err := firewall.CheckPort(w, p); err != nil {
			t.Error(err)
		}
		p.Groups = append(p.Groups, "more")
		refused(t, firewall.CheckPort(w, p), "security_group_ids", fmt.Sprintf("would have %d security groups, and NSX allows %d", most+1, most))
	}
	o := object(t, `{"id": "p", "tags": [{"scope": "novasphere-port", "tag": "p"}, {"scope": "novasphere-folder",
		"tag": "vc-1/dc/novasphere"}]}`)
	tags := o["tags"].([]any)
	for i := range 27 {
		tags = append(tags, map[string]any{"scope": "backup", "tag": fmt.Sprint(i)})
	}
	o["tags"] = tags
	_, err := firewall.MergePortTags(owner, o, []string{"a"})
	refused(t, err, "security_group_ids", "would have 31 tags in NSX, which allows 30")
}
