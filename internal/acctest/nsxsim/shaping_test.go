// SPDX-License-Identifier: MPL-2.0

package nsxsim

import "testing"

// TestQoSProfiles: a profile is checked, a port and a segment have one each, and one that is bound stays.
func TestQoSProfiles(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: atOnce})
	const slow, quick = "/infra/qos-profiles/slow", "/infra/qos-profiles/quick"
	limit := func(inner string) string { return `{"shaper_configurations": [` + inner + `]}` }
	const in = `{"resource_type": "IngressRateLimiter", "enabled": true, "average_bandwidth": 3, "peak_bandwidth": 3, "burst_size": 300}`
	const ofSegment, ofPort = "/infra/segments/s/segment-qos-profile-binding-maps/", "/infra/segments/s/ports/p/port-qos-profile-binding-maps/"
	run(t, m,
		step{put, slow, limit(`{"resource_type": "IngressRateLimiter", "average_bandwidth": 3}`), "400/255"},
		step{put, slow, limit(`{"enabled": true, "average_bandwidth": 3}`), "400/255"},
		step{put, slow, limit(`{"resource_type": "Shaper", "enabled": true}`), "400/255"},
		step{put, slow, limit(`{"resource_type": "EgressRateLimiter", "enabled": true, "max_kbps": 3}`), "400/255"},
		step{put, slow, limit(`{"resource_type": "EgressRateLimiter", "enabled": true, "burst_size": 2147483648}`), "400/255"},
		step{put, slow, limit(`{"resource_type": "EgressRateLimiter", "enabled": true, "average_bandwidth": -1}`), "400/255"},
		step{put, slow, limit(in + "," + in), "400/255"},
		step{put, slow, `{"class_of_service": 8}`, "400/255"},
		step{put, slow, `{"dscp": {"mode": "UNTRUSTED", "priority": 64}}`, "400/255"},
		step{put, slow, limit(in), "200"},
		step{put, quick, `{"dscp": {"mode": "TRUSTED", "priority": 0}, "class_of_service": 7}`, "200"},
		step{put, "/infra/segments/s", `{}`, "200"},
		step{put, "/infra/segments/s/ports/p", `{}`, "200"},
		step{put, ofSegment + "DEFAULT", `{}`, "400/255"},
		step{put, ofSegment + "DEFAULT", `{"qos_profile_path": "/infra/qos-profiles/none"}`, "400/500012"},
		step{put, ofSegment + "DEFAULT", `{"qos_profile_path": "` + slow + `"}`, "200"},
		step{put, ofSegment + "other", `{"qos_profile_path": "` + quick + `"}`, "400/255"},
		step{put, ofPort + "DEFAULT", `{"qos_profile_path": "` + slow + `"}`, "200"},
		step{del, slow, "", "400/500030"},
		step{del, "/infra/segments/s/ports/p", "", "400/500030"},
		step{put, ofSegment + "DEFAULT", `{"_revision": 0, "qos_profile_path": "` + quick + `"}`, "200"},
		step{del, slow, "", "400/500030"},
		step{del, ofPort + "DEFAULT", "", "200"},
		step{del, slow, "", "200"},
		step{del, quick, "", "400/500030"},
	)
}
