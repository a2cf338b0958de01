// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

const segmentID = "5d3a1c2e-0000-4000-8000-000000000001"

// made is when the networks of these tests were made.
var made = openstack.Mark{By: "anna", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Provider: "1.0", Fingerprint: "ab"}

// zones are what the NSX of these tests has.
var zones = []policy.TransportZone{
	{ID: "tz-o", Path: "/zones/transport-zones/tz-o", Name: "overlay", Type: "OVERLAY_STANDARD", Default: true},
	{ID: "tz-v", Path: "/zones/transport-zones/tz-v", Name: "vlan", Type: "VLAN_BACKED"},
}

func TestSegment(t *testing.T) {
	t.Parallel()
	n := openstack.Network{ID: segmentID, Name: "web", Description: "front", Overlay: true, AdminUp: true, Insecure: true,
		DNSDomain: "example.org.", Alias: "old", Tags: []string{"b", "a"}, Mark: &made}
	equal(t, owner.Segment(n, "/zones/transport-zones/tz-o"), `{"display_name": "web", "description": "front", "admin_state": "UP",
		"transport_zone_path": "/zones/transport-zones/tz-o", "tags": [
		{"scope": "novasphere-id", "tag": "`+segmentID+`"}, {"scope": "novasphere-folder", "tag": "vc-1/dc/novasphere"},
		{"scope": "novasphere-mark", "tag": "{\"by\":\"anna\",\"at\":\"2026-01-02T03:04:05Z\",\"provider\":\"1.0\",\"fingerprint\":\"ab\"}"},
		{"scope": "novasphere-dns-domain", "tag": "example.org."}, {"scope": "novasphere-alias", "tag": "old"},
		{"scope": "novasphere-port-security", "tag": "false"},
		{"scope": "novasphere-tag", "tag": "a"}, {"scope": "novasphere-tag", "tag": "b"}]}`)
	for name, c := range map[string]struct {
		network openstack.Network
		want    string
	}{
		"overlay": {openstack.Network{Overlay: true}, "null"},
		"VLAN":    {openstack.Network{VLAN: 100}, `["100"]`},
		"flat":    {openstack.Network{}, `["0"]`},
		"trunk":   {openstack.Network{Trunk: true}, `["0-4094"]`},
		"trunk of ranges": {openstack.Network{Trunk: true, TrunkVLANs: []openstack.VLANRange{{First: 5, Last: 5}, {First: 10, Last: 19}}},
			`["5","10-19"]`},
	} {
		if got, _ := json.Marshal(owner.Segment(c.network, "").VLANIDs); string(got) != c.want {
			t.Errorf("%s: the vlan_ids are %s and not %s", name, got, c.want)
		}
	}
}

func TestSegmentRoundTrip(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]openstack.Network{
		"overlay": {Overlay: true, Zone: "overlay", AdminUp: true, DNSDomain: "example.org.", Tags: []string{"a", "b"}, Insecure: true},
		"VLAN":    {Zone: "vlan", VLAN: 7, Alias: "old"},
		"flat":    {Zone: "vlan", AdminUp: true},
		"trunk": {Zone: "vlan", Trunk: true, TrunkVLANs: []openstack.VLANRange{{First: 1, Last: 1}, {First: 3, Last: 9}}, AdminUp: true,
			Description: "all"},
	} {
		n.ID, n.Name, n.Kind, n.SegmentPath, n.Mark = segmentID, name, openstack.NetworkSegment, root.Segment(segmentID), &made
		zone := zones[1].Path
		if n.Overlay {
			zone = zones[0].Path
		}
		o := asRead(t, owner.Segment(n, zone), n.ID, n.SegmentPath)
		if got := owner.Network(o, zones); !reflect.DeepEqual(got, n) {
			t.Errorf("%s: written and read it is\n%+v and not\n%+v", name, got, n)
		}
		same, err := owner.MergeSegment(o, n)
		unchanged(t, same, err)
	}
}

func TestMergeSegmentKeepsWhatOthersSet(t *testing.T) {
	t.Parallel()
	before := openstack.Network{ID: segmentID, Name: "web", Description: "front", VLAN: 7, AdminUp: true, Tags: []string{"a"}}
	o := asRead(t, owner.Segment(before, zones[1].Path), segmentID, "")
	o["connectivity_path"], o["subnets"] = "/infra/tier-1s/r", []any{map[string]any{"gateway_address": "10.0.0.1/24"}}
	o["tags"] = append([]any{map[string]any{"scope": "owner", "tag": "team"}, map[string]any{"scope": "novasphere-group", "tag": "g"}},
		o["tags"].([]any)...)
	is, err := owner.MergeSegment(o, openstack.Network{ID: segmentID, Name: "www", VLAN: 8, Tags: []string{"b"}})
	changed(t, is, err)
	equal(t, o, `{"id": "`+segmentID+`", "path": "", "_revision": 3, "_protection": "NOT_PROTECTED", "display_name": "www",
		"admin_state": "DOWN", "transport_zone_path": "/zones/transport-zones/tz-v", "vlan_ids": ["8"],
		"connectivity_path": "/infra/tier-1s/r", "subnets": [{"gateway_address": "10.0.0.1/24"}], "tags": [
		{"scope": "owner", "tag": "team"}, {"scope": "novasphere-group", "tag": "g"},
		{"scope": "novasphere-id", "tag": "`+segmentID+`"}, {"scope": "novasphere-folder", "tag": "vc-1/dc/novasphere"},
		{"scope": "novasphere-tag", "tag": "b"}]}`)
}

func TestOthersSegmentsAreLeftAlone(t *testing.T) {
	t.Parallel()
	n := openstack.Network{ID: segmentID, Name: "web", Overlay: true, AdminUp: true, Mark: &made}
	body := owner.Segment(n, "")
	for name, c := range map[string]struct {
		owner policy.Owner
		spoil func(policy.Object)
	}{
		"no tags":            {owner, func(o policy.Object) { delete(o, "tags") }},
		"another folder":     {policy.Owner{Folder: "vc-2/dc/novasphere"}, func(policy.Object) {}},
		"a copy of the tags": {owner, func(o policy.Object) { o["id"] = "copy" }},
	} {
		o := asRead(t, body, segmentID, "")
		c.spoil(o)
		before, _ := json.Marshal(o)
		_, err1 := c.owner.MergeSegment(o, openstack.Network{ID: segmentID, Name: "mine"})
		_, err2 := c.owner.MergeSubnet(o, policy.SegmentSubnet{GatewayAddress: "10.0.0.1/24"}, "")
		for _, err := range []error{err1, err2} {
			if err == nil || !strings.Contains(err.Error(), "made by somebody else") {
				t.Errorf("%s: the error is %v", name, err)
			}
		}
		if after, _ := json.Marshal(o); string(after) != string(before) {
			t.Errorf("%s: it was changed to %s", name, after)
		}
		if m := c.owner.Network(o, zones).Mark; m != nil {
			t.Errorf("%s: the network's mark is %v", name, m)
		}
	}
}

func TestSegmentMadeElsewhere(t *testing.T) {
	t.Parallel()
	o := object(t, `{"id": "dmz", "display_name": "dmz", "path": "/infra/segments/dmz", "vlan_ids": ["100-200", "x"], "admin_state": "UP",
		"transport_zone_path": "/elsewhere/transport-zones/hidden", "tags": [{"scope": "owner", "tag": "team"}]}`)
	want := openstack.Network{ID: "dmz", Name: "dmz", Kind: openstack.NetworkSegment, SegmentPath: "/infra/segments/dmz", AdminUp: true,
		Trunk: true, TrunkVLANs: []openstack.VLANRange{{First: 100, Last: 200}}, Zone: "hidden"}
	if got := owner.Network(o, zones); !reflect.DeepEqual(got, want) {
		t.Errorf("the network is %+v and not %+v", got, want)
	}
}

func TestMarkThatWasLost(t *testing.T) {
	t.Parallel()
	o := asRead(t, owner.Segment(openstack.Network{ID: segmentID}, ""), segmentID, "")
	o["_create_user"], o["_create_time"] = "admin", 1767323045000.0
	if m := owner.Network(o, nil).Mark; m == nil || m.By != "admin" || !m.At.Equal(made.At) {
		t.Errorf("the mark is %+v", m)
	}
}

func TestTagsFit(t *testing.T) {
	t.Parallel()
	long := openstack.Network{ID: segmentID, Alias: strings.Repeat("ü", 300), Mark: &openstack.Mark{By: strings.Repeat("\"ü", 300)}}
	w := policy.Owner{Folder: strings.Repeat("d/", 200)}
	body := w.Segment(long, "")
	for _, tag := range body.Tags {
		if n := len([]rune(tag.Tag)); n > 256 {
			t.Errorf("the tag %s has %d characters, and NSX allows 256", tag.Scope, n)
		}
	}
	o := asRead(t, body, segmentID, "")
	if m := w.Network(o, nil).Mark; m == nil || !strings.HasPrefix(m.By, "\"ü\"ü") {
		t.Errorf("the mark with a user's name that was cut is %+v", m)
	}
	if other := (policy.Owner{Folder: strings.Repeat("d/", 201)}); other.Owns(o) {
		t.Error("a folder that begins alike counts as the same one")
	}
}

func TestTagsHaveRoom(t *testing.T) {
	t.Parallel()
	n := openstack.Network{ID: segmentID, Name: "web", Overlay: true, Alias: "a", DNSDomain: "d.", Insecure: true, Mark: &made}
	for i := range policy.MaxNetworkTags {
		n.Tags = append(n.Tags, fmt.Sprint("tag-", i))
	}
	w := policy.Owner{Folder: owner.Folder, Neutron: &policy.Neutron{ProjectID: "p", ProjectName: "admin", APIVersion: "1"}}
	body := w.Segment(n, "")
	if err := policy.CheckNetwork(n); err != nil || len(body.Tags) != 30 {
		t.Errorf("the most tags of a network make %d tags of its segment, of which NSX allows 30: %v", len(body.Tags), err)
	}
	o := asRead(t, body, segmentID, "")
	o["tags"] = append(o["tags"].([]any)[:29], map[string]any{"scope": "owner", "tag": "team"})
	_, err := w.MergeSegment(o, n)
	refused(t, err, "tags", "others have set 1")
}

func TestCheckNetwork(t *testing.T) {
	t.Parallel()
	refused(t, policy.CheckNetwork(openstack.Network{Overlay: true, VLAN: 5}), "segments", "remove segmentation_id")
	refused(t, policy.CheckNetwork(openstack.Network{Overlay: true, Trunk: true}), "transparent_vlan", "does not carry VLANs")
	refused(t, policy.CheckNetwork(openstack.Network{VLAN: 4095}), "segments", "1 to 4094")
	refused(t, policy.CheckNetwork(openstack.Network{Tags: make([]string, 21)}), "tags", "can have 20 tags")
	if err := policy.CheckNetwork(openstack.Network{VLAN: 4094, Tags: make([]string, 20)}); err != nil {
		t.Error(err)
	}
}
