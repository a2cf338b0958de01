// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// limited is a QoS policy that limits both directions.
var limited = openstack.QoSPolicy{ID: "q", Name: "slow", Description: "d", Limits: []openstack.BandwidthLimit{
	{ID: "1", Direction: openstack.Egress, MaxKbps: 3000}, {ID: "2", Direction: openstack.Ingress, MaxKbps: 1000, BurstKb: 80}}}

func TestQoSProfile(t *testing.T) {
	t.Parallel()
	equal(t, owner.QoSProfile(limited), `{"display_name": "slow", "description": "d", "shaper_configurations": [
		{"resource_type": "IngressRateLimiter", "enabled": true, "average_bandwidth": 3, "peak_bandwidth": 3, "burst_size": 300000},
		{"resource_type": "EgressRateLimiter", "enabled": true, "average_bandwidth": 1, "peak_bandwidth": 1, "burst_size": 10000}],
		"tags": [{"scope": "novasphere-id", "tag": "q"}, {"scope": "novasphere-folder", "tag": "vc-1/dc/novasphere"}]}`)
	equal(t, owner.QoSProfile(openstack.QoSPolicy{ID: "q"}), `{"display_name": "q", "shaper_configurations": [],
		"tags": [{"scope": "novasphere-id", "tag": "q"}, {"scope": "novasphere-folder", "tag": "vc-1/dc/novasphere"}]}`)
}

// TestMegabits: kbit/s become Mbit/s as vmware-nsx rounds them.
func TestMegabits(t *testing.T) {
	t.Parallel()
	for kbps, want := range map[int64]int64{1000: 1, 1024: 1, 1535: 1, 1536: 2, 2560: 2, 2561: 3, 10000: 10, 100000: 98, 1 << 30: 1 << 20} {
		p := openstack.QoSPolicy{Limits: []openstack.BandwidthLimit{{Direction: openstack.Egress, MaxKbps: kbps, BurstKb: 1}}}
		if got := owner.QoSProfile(p).Limiters[0]; got.Average != want || got.Peak != want {
			t.Errorf("%d kbit/s are %+v, and not %d Mbit/s", kbps, got, want)
		}
	}
}

func TestCheckLimits(t *testing.T) {
	t.Parallel()
	with := func(l openstack.BandwidthLimit) error {
		return policy.CheckLimits(openstack.QoSPolicy{Name: "slow", Limits: []openstack.BandwidthLimit{l}})
	}
	refused(t, with(openstack.BandwidthLimit{Direction: openstack.Egress, MaxKbps: 999}), "max_kbps", "write 1000 or more")
	refused(t, with(openstack.BandwidthLimit{Direction: openstack.Ingress, MaxKbps: 5000, BurstKb: 17179870}), "max_burst_kbps",
		"17179869 or less")
	for _, l := range []openstack.BandwidthLimit{{MaxKbps: 1000}, {MaxKbps: 1 << 30, BurstKb: 17179869}} {
		if err := with(l); err != nil {
			t.Errorf("%+v: %v", l, err)
		}
	}
}

// TestMergeQoSProfile: what others can limit besides stays, and what they made is left alone.
func TestMergeQoSProfile(t *testing.T) {
	t.Parallel()
	o := asRead(t, owner.QoSProfile(limited), "q", "/infra/qos-profiles/q")
	o["class_of_service"] = 3.0
	all, _ := o["shaper_configurations"].([]any)
	o["shaper_configurations"] = append(all, map[string]any{"resource_type": "IngressBroadcastRateLimiter", "enabled": true,
		"average_bandwidth": 7.0})
	is, err := owner.MergeQoSProfile(o, limited)
	unchanged(t, is, err)
	less := limited
	less.Limits = less.Limits[:1]
	is, err = owner.MergeQoSProfile(o, less)
	changed(t, is, err)
	equal(t, map[string]any{"l": o["shaper_configurations"]}, `{"l": [
		{"resource_type": "IngressBroadcastRateLimiter", "enabled": true, "average_bandwidth": 7},
		{"resource_type": "IngressRateLimiter", "enabled": true, "average_bandwidth": 3, "peak_bandwidth": 3, "burst_size": 300000}]}`)
	if !policy.Limits(o, less) || policy.Limits(o, limited) || o["class_of_service"] != 3.0 {
		t.Errorf("the profile is %v", o)
	}
	if s := policy.ShapingOf(o); s.Egress.Bits/1000 != 3072 || s.Egress.Burst != 300000 || s.Ingress != (openstack.Rate{}) {
		t.Errorf("it limits %+v", s)
	}
	o["tags"] = []any{}
	if _, err := owner.MergeQoSProfile(o, limited); err == nil {
		t.Error("somebody else's profile is changed")
	}
}

func TestQoSMaps(t *testing.T) {
	t.Parallel()
	p := port
	p.QoSPolicyID = "q"
	own := root.PortProfiles(p, openstack.Network{}, 4)
	equal(t, own.QoS, `{"qos_profile_path": "/infra/qos-profiles/q"}`)
	other := policy.QoSMap{ProfilePath: "/infra/qos-profiles/r"}
	if bound := asRead(t, own.QoS, "DEFAULT", ""); own.QoS.Merge(bound) || !other.Merge(bound) {
		t.Error("a map is not merged")
	}
	for path, id := range map[string]string{"/infra/qos-profiles/q": "q", "/orgs/default/projects/p/infra/qos-profiles/q": "", "": ""} {
		if got := root.QoSPolicyOf(path); got != id {
			t.Errorf("%q is the profile of %q", path, got)
		}
	}
	if got := root.SegmentQoSMap("s") + " " + root.PortQoSMap("s", "p"); got != "/infra/segments/s/segment-qos-profile-binding-maps/DEFAULT "+
		"/infra/segments/s/ports/p/port-qos-profile-binding-maps/DEFAULT" {
		t.Error(got)
	}
}
