// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
)

// slow makes a QoS policy that limits what ports send.
func slow(t *testing.T, b *mixed.Backend, kbps int64) openstack.QoSPolicy {
	t.Helper()
	p, err := b.CreateQoSPolicy(t.Context(), openstack.QoSPolicy{Name: "slow"})
	must(t, err)
	return sends(t, b, p.ID, kbps)
}

// sends limits what the ports of a policy send.
func sends(t *testing.T, b *mixed.Backend, id string, kbps int64) openstack.QoSPolicy {
	t.Helper()
	p, err := b.UpdateQoSPolicy(t.Context(), id, func(p *openstack.QoSPolicy) error {
		p.Limits = []openstack.BandwidthLimit{{ID: "out", Direction: openstack.Egress, MaxKbps: kbps, BurstKb: 80}}
		return nil
	})
	must(t, err)
	return p
}

// keeps checks what the profile of a policy lets pass, in Mbit/s; "" is no profile.
func (s site) keeps(t *testing.T, id, average string) {
	t.Helper()
	o, there := s.NSX.Object("/infra/qos-profiles/" + id)
	want := ""
	if average != "" {
		want = fmt.Sprintf("[map[average_bandwidth:%s burst_size:10000 enabled:true peak_bandwidth:%[1]s "+
			"resource_type:IngressRateLimiter]]", average)
	}
	if got := fmt.Sprint(o["shaper_configurations"]); there != (want != "") || there && got != want {
		t.Errorf("the profile limits to %s, and not to %s Mbit/s", got, average)
	}
}

func qosMap(p openstack.Port) string { return portPath(p) + "/port-qos-profile-binding-maps/DEFAULT" }

func segmentQoSMap(n openstack.Network) string {
	return "/infra/segments/" + n.ID + "/segment-qos-profile-binding-maps/DEFAULT"
}

// TestQoSOnNSX: a policy has a profile from its first port on, a change of it is one write whatever the number of ports, and with the
// policy its profile goes.
func TestQoSOnNSX(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	policy := slow(t, b, 3000)
	s.keeps(t, policy.ID, "")
	var ports []openstack.Port
	for range 5 {
		ports = append(ports, port(t, b, openstack.Port{NetworkID: n.ID, QoSPolicyID: policy.ID}))
	}
	s.keeps(t, policy.ID, "3")
	if got := len(s.NSX.Paths("PortQoSProfileBindingMap")); got != len(ports) {
		t.Errorf("%d ports are bound", got)
	}
	s.NSX.ResetCalls()
	sends(t, s.process(t), policy.ID, 10_000)
	s.keeps(t, policy.ID, "10")
	if puts := s.NSX.Count(http.MethodPut, "/policy/api/v1/*/*/*") + s.NSX.Count(http.MethodPut, "/policy/api/v1/*/*/*/*/*"); puts != 1 {
		t.Errorf("a rule is changed by %d writes: %v", puts, s.NSX.Calls())
	}
	_, err := b.UpdatePort(t.Context(), n.ID, ports[0].ID, func(w *sdn.PortRequest) error { w.QoSPolicyID = ""; return nil })
	must(t, err)
	if _, there := s.NSX.Object(qosMap(ports[0])); there {
		t.Error("the port without a policy is still limited")
	}
	for _, p := range ports {
		must(t, b.DeletePort(t.Context(), n.ID, p.ID))
	}
	s.keeps(t, policy.ID, "10")
	must(t, b.DeleteQoSPolicy(t.Context(), policy.ID))
	s.keeps(t, policy.ID, "")
}

// TestQoSOfSegment: a segment has the policy that its binding says, with the limits that NSX keeps, and what others bind it to stays.
func TestQoSOfSegment(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	policy := slow(t, b, 3000)
	n, err := b.CreateNetwork(t.Context(), openstack.Network{Name: "web", Type: "geneve", AdminUp: true, QoSPolicyID: policy.ID})
	must(t, err)
	seen := func(id string, shaping openstack.Shaping) {
		t.Helper()
		got, err := s.process(t).Network(t.Context(), n.ID, "")
		if err != nil || got.QoSPolicyID != id || got.Shaping != shaping {
			t.Errorf("the network has the policy %q, and limits %v: %v", got.QoSPolicyID, got.Shaping.Lines(), err)
		}
	}
	seen(policy.ID, policy.Shaping())
	quick := sends(t, b, policy.ID, 100_000) // 98 Mbit/s
	seen(policy.ID, quick.Shaping())
	o, _ := s.NSX.Object("/infra/qos-profiles/" + policy.ID)
	s.NSX.Put("/infra/qos-profiles/"+policy.ID, map[string]any{"tags": o["tags"]})
	seen(policy.ID, openstack.Shaping{})
	n.QoSPolicyID = policy.ID
	_, err = s.process(t).UpdateNetwork(t.Context(), n)
	must(t, err)
	seen(policy.ID, quick.Shaping())
	n.QoSPolicyID = ""
	_, err = s.process(t).UpdateNetwork(t.Context(), n)
	must(t, err)
	seen("", openstack.Shaping{})
	s.NSX.Put("/infra/qos-profiles/theirs", map[string]any{"display_name": "theirs"})
	s.NSX.Put(segmentQoSMap(n), map[string]any{"qos_profile_path": "/infra/qos-profiles/theirs"})
	seen("", openstack.Shaping{})
	_, err = s.process(t).UpdateNetwork(t.Context(), n)
	must(t, err)
	if is, _ := s.NSX.Object(segmentQoSMap(n)); is["qos_profile_path"] != "/infra/qos-profiles/theirs" {
		t.Errorf("the operator's binding is %v", is)
	}
}

// TestQoSChangedInNSX: what others have changed of a port's limits is a difference, and is set back.
func TestQoSChangedInNSX(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	policy := slow(t, b, 3000)
	limited, free := port(t, b, openstack.Port{NetworkID: n.ID, QoSPolicyID: policy.ID}), port(t, b, openstack.Port{NetworkID: n.ID})
	profile := "/infra/qos-profiles/" + policy.ID
	before, _ := s.NSX.Object(profile)
	for _, c := range []struct {
		port   openstack.Port
		text   string
		change func()
	}{
		{limited, "is not bound to the profiles", func() { s.NSX.Remove(qosMap(limited)) }},
		{limited, "in NSX: nothing is limited", func() {
			s.NSX.Put(profile, map[string]any{"tags": before["tags"], "display_name": "slow"})
		}},
		{free, "its record does not have", func() { s.NSX.Put(qosMap(free), map[string]any{"qos_profile_path": profile}) }},
	} {
		c.change()
		later := s.process(t)
		is, want, err := later.EffectiveRules(t.Context(), c.port)
		if err != nil || !strings.Contains(strings.Join(is, "\n"), c.text) || len(is) != len(want)+1 {
			t.Errorf("%s: the port has %q and not %q: %v", c.text, is, want, err)
		}
		must(t, later.Enforce(t.Context(), c.port))
		if is, want, err := s.process(t).EffectiveRules(t.Context(), c.port); err != nil || len(is) != len(want) {
			t.Errorf("%s: afterwards it has %q and not %q: %v", c.text, is, want, err)
		}
	}
	s.keeps(t, policy.ID, "3")
	if _, there := s.NSX.Object(qosMap(free)); there {
		t.Error("the port without a policy is still limited")
	}
}

// TestQoSRefused: limits that NSX cannot keep are refused at plan, for a port, a network and a rule, and a policy of others is not deleted.
func TestQoSRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	policy := slow(t, b, 500)
	port := openstack.Port{NetworkID: n.ID, QoSPolicyID: policy.ID}
	_, made := b.CreatePort(t.Context(), sdn.PortRequest{Port: port})
	_, planned := b.CheckNetwork(t.Context(), openstack.Network{Name: "n", Type: "geneve", QoSPolicyID: policy.ID})
	refused := map[string]error{"a port": b.CheckPort(t.Context(), port), "a port that is made": made, "a network": planned}
	sends(t, b, policy.ID, 1000)
	must(t, b.CheckPort(t.Context(), port))
	p, err := b.CreatePort(t.Context(), sdn.PortRequest{Port: port})
	must(t, err)
	less := policy
	less.Limits = []openstack.BandwidthLimit{{Direction: openstack.Egress, MaxKbps: 999}}
	refused["a rule"] = s.process(t).CheckQoSPolicy(t.Context(), less)
	_, refused["a rule that is made"] = s.process(t).UpdateQoSPolicy(t.Context(), policy.ID, func(p *openstack.QoSPolicy) error {
		p.Limits = less.Limits
		return nil
	})
	for what, err := range refused {
		if err == nil || !strings.Contains(err.Error(), "write 1000 or more") {
			t.Errorf("%s: %v", what, err)
		}
	}
	s.keeps(t, policy.ID, "1")
	must(t, b.DeletePort(t.Context(), n.ID, p.ID))
	s.NSX.Put("/infra/qos-profiles/"+policy.ID, map[string]any{"display_name": "theirs"})
	must(t, s.process(t).DeleteQoSPolicy(t.Context(), policy.ID))
	if _, there := s.NSX.Object("/infra/qos-profiles/" + policy.ID); !there {
		t.Error("somebody else's profile is deleted")
	}
}

// TestSimultaneousRules: two processes change a policy at once, and NSX has what the record has in the end.
func TestSimultaneousRules(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	policy := slow(t, b, 3000)
	port(t, b, openstack.Port{NetworkID: n.ID, QoSPolicyID: policy.ID})
	done := make(chan error)
	for i := range 4 {
		other := s.process(t)
		go func() {
			_, err := other.UpdateQoSPolicy(t.Context(), policy.ID, func(p *openstack.QoSPolicy) error {
				p.Limits = []openstack.BandwidthLimit{{ID: "out", Direction: openstack.Egress, MaxKbps: int64(i+1) * 10_240, BurstKb: 80}}
				return nil
			})
			done <- err
		}()
	}
	for range 4 {
		must(t, <-done)
	}
	now, err := s.process(t).QoSPolicy(t.Context(), policy.ID)
	must(t, err)
	s.keeps(t, policy.ID, fmt.Sprint(now.Limits[0].MaxKbps/1024))
}

// TestQoSBesideGroups: the limits of a port with security groups of NSX are no difference.
func TestQoSBesideGroups(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	s.enforcer = sdn.EnforceNSX
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	policy := slow(t, b, 3000)
	g, err := b.CreateGroup(t.Context(), openstack.SecurityGroup{Name: "g"})
	must(t, err)
	p := port(t, b, openstack.Port{NetworkID: n.ID, Groups: []string{g.ID}, QoSPolicyID: policy.ID})
	is, want, err := s.process(t).EffectiveRules(t.Context(), p)
	if err != nil || !slices.Equal(is, want) || !strings.Contains(strings.Join(is, "\n"), "at most 3000 kbit/s") {
		t.Errorf("the port has %q and will have %q: %v", is, want, err)
	}
}
