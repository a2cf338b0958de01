// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"cmp"
	"math"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// QoSProfile limits the traffic of the segments and ports that are bound to it (NSX API, QoSProfile). A QoS policy is one, under its id.
type QoSProfile struct {
	DisplayName string        `json:"display_name"`
	Description string        `json:"description,omitempty"`
	Limiters    []RateLimiter `json:"shaper_configurations"`
	Tags        []Tag         `json:"tags"`
}

// RateLimiter limits one direction of traffic (NSX API, IngressRateLimiter and EgressRateLimiter).
type RateLimiter struct {
	ResourceType string `json:"resource_type"`
	Enabled      bool   `json:"enabled"`
	Average      int64  `json:"average_bandwidth"` // Mbit/s
	Peak         int64  `json:"peak_bandwidth"`    // Mbit/s
	Burst        int64  `json:"burst_size"`        // bytes
}

// NSX looks at traffic from the side of the switch: what a guest sends comes in. So its ingress is Neutron's egress (vmware-nsx,
// services/qos/nsx_v3/pol_utils.py).
const (
	fromGuest = "IngressRateLimiter"
	toGuest   = "EgressRateLimiter"
)

const (
	leastKbps = 1000          // NSX counts in Mbit/s
	mostBurst = math.MaxInt32 // bytes, which NSX counts in 32 bits
)

// CheckLimits refuses limits that no profile of NSX can have.
func CheckLimits(p openstack.QoSPolicy) error {
	for _, l := range p.Limits {
		s := openstack.QoSPolicy{Limits: []openstack.BandwidthLimit{l}}.Shaping()
		switch burst := s.Egress.Burst + s.Ingress.Burst; {
		case l.MaxKbps < leastKbps:
			return openstack.AttributeErrorf("max_kbps", "NSX limits traffic in Mbit/s, and the QoS policy %s lets %d kbit/s pass (%s), which is "+
				"less than one: write %d or more, or use the policy on networks of a distributed switch only", cmp.Or(p.Name, p.ID), l.MaxKbps,
				l.Direction, leastKbps)
		case burst > mostBurst:
			return openstack.AttributeErrorf("max_burst_kbps", "a burst of the QoS policy %s is %d bytes (%s), and NSX knows %d at most: write "+
				"max_burst_kbps = %d or less", cmp.Or(p.Name, p.ID), burst, l.Direction, mostBurst, mostBurst*8/1000)
		}
	}
	return nil
}

// megabits returns a rate of kbit/s in NSX's Mbit/s, as vmware-nsx rounds it: a 1024th, to the nearest, a half to the even one.
func megabits(r openstack.Rate) int64 {
	return int64(math.RoundToEven(float64(r.Bits) / 1000 / 1024))
}

// limiters returns what a policy limits. The peak is the average, because Neutron has no second rate for bursts.
func limiters(p openstack.QoSPolicy) []RateLimiter {
	out, s := []RateLimiter{}, p.Shaping()
	for _, way := range []struct {
		kind string
		rate openstack.Rate
	}{{fromGuest, s.Egress}, {toGuest, s.Ingress}} {
		if way.rate != (openstack.Rate{}) {
			rate := megabits(way.rate)
			out = append(out, RateLimiter{way.kind, true, rate, rate, way.rate.Burst})
		}
	}
	return out
}

// QoSProfile returns the body of a QoS policy's profile.
func (w Owner) QoSProfile(p openstack.QoSPolicy) QoSProfile {
	return QoSProfile{DisplayName: cmp.Or(p.Name, p.ID), Description: p.Description, Limiters: limiters(p),
		Tags: w.tagsOf(p.ID, ScopeID, scopeNeutronQoS)}
}

// MergeQoSProfile changes a profile as it was read to what a QoS policy is to be. What else NSX can limit stays as others have set it. It
// refuses a profile that somebody else made, and reports whether anything differed.
func (w Owner) MergeQoSProfile(o Object, p openstack.QoSPolicy) (changed bool, err error) {
	want := w.QoSProfile(p)
	if changed, err = w.Merge("QoS policy", o, want, want.Tags, "display_name", "description"); err != nil {
		return false, err
	}
	if Limits(o, p) {
		return changed, nil
	}
	kept := slices.DeleteFunc(o.objects("shaper_configurations"), func(l Object) bool {
		return l.text("resource_type") == fromGuest || l.text("resource_type") == toGuest
	})
	all := []any{}
	for _, l := range kept {
		all = append(all, l)
	}
	for _, l := range want.Limiters {
		all = append(all, l)
	}
	o["shaper_configurations"] = plain(all)
	return true, nil
}

// enabled returns the limiters of a profile that limit what a policy can, as Limiters orders them.
func enabled(o Object) []RateLimiter {
	all := As[struct {
		Limiters []RateLimiter `json:"shaper_configurations"`
	}](o).Limiters
	out := []RateLimiter{}
	for _, kind := range []string{fromGuest, toGuest} {
		for _, l := range all {
			if l.ResourceType == kind && l.Enabled {
				out = append(out, l)
			}
		}
	}
	return out
}

// Limits reports whether a profile limits traffic as a policy says.
func Limits(o Object, p openstack.QoSPolicy) bool { return slices.Equal(enabled(o), limiters(p)) }

// ShapingOf returns what a profile limits; nil limits nothing.
func ShapingOf(o Object) (s openstack.Shaping) {
	for _, l := range enabled(o) {
		rate := openstack.Rate{Bits: l.Average * 1000 * 1024, Burst: l.Burst}
		if l.ResourceType == fromGuest {
			s.Egress = rate
		} else {
			s.Ingress = rate
		}
	}
	return s
}

// QoSMap binds a segment or a port to a profile (NSX API, SegmentQoSProfileBindingMap and PortQoSProfileBindingMap).
type QoSMap struct {
	ProfilePath string `json:"qos_profile_path"`
}

// Merge changes a binding map as it was read, and reports whether anything differed.
func (m QoSMap) Merge(o Object) bool { return o.set(m, "qos_profile_path") }

// QoSProfile returns the path of the profile of a QoS policy.
func (r Root) QoSProfile(id string) string { return string(r) + "/qos-profiles/" + id }

// QoSPolicyOf returns the id of the policy whose profile a path leads to, or "" for a profile elsewhere.
func (r Root) QoSPolicyOf(path string) string {
	if id := after(path, "qos-profiles"); path == r.QoSProfile(id) {
		return id
	}
	return ""
}

// SegmentQoSMap returns the path of the map that binds a segment to its QoS profile.
func (r Root) SegmentQoSMap(segment string) string {
	return r.Segment(segment) + "/segment-qos-profile-binding-maps/DEFAULT"
}

// PortQoSMap returns the path of the map that binds a port to its QoS profile.
func (r Root) PortQoSMap(segment, port string) string {
	return r.SegmentPort(segment, port) + "/port-qos-profile-binding-maps/DEFAULT"
}
