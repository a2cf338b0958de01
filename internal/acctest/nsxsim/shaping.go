// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// shaping are the profiles that limit the traffic of ports and segments, and the maps that bind them.
func shaping() []*policy.Noun {
	profile := map[string][]string{"qos_profile_path": {"QoSProfile"}}
	return []*policy.Noun{
		{Pattern: "qos-profiles/*", Type: "QoSProfile", Schema: "QoSProfile", Entity: "RealizedQoSProfile", Check: checkQoSProfile},
		{Pattern: "segments/*/segment-qos-profile-binding-maps/*", Type: "SegmentQoSProfileBindingMap", Schema: "SegmentQoSProfileBindingMap",
			Entity: "RealizedSegmentQoSProfileBindingMap", References: profile, Check: checkOnlyBinding},
		{Pattern: "segments/*/ports/*/port-qos-profile-binding-maps/*", Type: "PortQoSProfileBindingMap", Schema: "PortQoSProfileBindingMap",
			Entity: "RealizedPortQoSProfileBindingMap", References: profile, Check: checkOnlyBinding},
	}
}

// checkQoSProfile refuses what is out of range (API of NSX 4.1, QosProfile, QosDscp and the rate limiters: 32 bits, nothing below zero),
// and a second limiter of one kind.
func checkQoSProfile(_ *policy.Objects, _ *policy.Object, body map[string]any) *policy.Refusal {
	dscp, _ := body["dscp"].(map[string]any)
	if refusal := inRange(body, "class_of_service", 7); refusal != nil {
		return refusal
	}
	if refusal := inRange(dscp, "priority", 63); refusal != nil {
		return refusal
	}
	seen := map[any]bool{}
	limiters, _ := body["shaper_configurations"].([]any)
	for _, one := range limiters {
		limiter, _ := one.(map[string]any)
		kind := limiter["resource_type"]
		if seen[kind] {
			return policy.Invalid("shaper_configurations has two limiters of the type %v", kind)
		}
		seen[kind] = true
		for _, property := range []string{"average_bandwidth", "peak_bandwidth", "burst_size"} {
			if refusal := inRange(limiter, property, 1<<31-1); refusal != nil {
				return refusal
			}
		}
	}
	return nil
}

// inRange refuses a number that is not from zero to the most that a property may be.
func inRange(body map[string]any, property string, most float64) *policy.Refusal {
	if number, ok := body[property].(float64); ok && (number < 0 || number > most) {
		return policy.Invalid("%s %.0f is not from 0 to %.0f", property, number, most)
	}
	return nil
}

// checkOnlyBinding refuses a second map of one segment or port, and one without a profile.
func checkOnlyBinding(o *policy.Objects, x *policy.Object, body map[string]any) *policy.Refusal {
	if body["qos_profile_path"] == nil {
		return policy.Invalid("qos_profile_path of path=[%s] has to be the path of a profile", x.Path)
	}
	for _, other := range o.Below(path.Dir(x.Path)) {
		if other.Path != x.Path && !o.Deleting(other.Path) {
			return policy.Invalid("path=[%s] binds what path=[%s] is to bind", other.Path, x.Path)
		}
	}
	return nil
}
