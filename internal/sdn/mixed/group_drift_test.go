// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// TestWithoutLicence: a missing licence is one error at the provider's argument, leaves no record, and does not matter without groups.
func TestWithoutLicence(t *testing.T) {
	t.Parallel()
	s := filtering(t, nsxsim.Options{Unlicensed: true})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	free := port(t, b, openstack.Port{NetworkID: n.ID})
	if calls := s.NSX.FirewallCalls(); len(calls) > 0 {
		t.Errorf("without a group the firewall was asked: %v", calls)
	}
	const says = `security_groups: it is "nsx", and NSX has no licence for its distributed firewall (vDefend)`
	_, err := b.CreateGroup(t.Context(), openstack.SecurityGroup{Name: "web", Bare: true, Stateful: true})
	if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "is left") {
		t.Errorf("a group without a licence: %v", err)
	}
	_, err = b.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID, Groups: b.DefaultGroups(n)}})
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("a port with the default group: %v", err)
	}
	groups, err1 := s.process(t).Groups(t.Context())
	ports, err2 := s.process(t).Ports(t.Context(), n.ID)
	if err1 != nil || err2 != nil || len(groups) != 1 || len(ports) != 1 {
		t.Errorf("%d groups and %d ports are recorded: %v, %v", len(groups), len(ports), err1, err2)
	}
	must(t, b.DeletePort(t.Context(), n.ID, free.ID))
}

// TestNoFirewall: with groups enforced elsewhere the firewall of NSX is not called, and a port loses the tags of the groups that
// it has from before.
func TestNoFirewall(t *testing.T) {
	t.Parallel()
	s := filtering(t, nsxsim.Options{})
	before := s.process(t)
	n := network(t, before, "web", "10.0.0.0/24")
	g := group(t, before, "web")
	p := port(t, before, openstack.Port{NetworkID: n.ID, Groups: []string{g.ID}})
	s.enforcer = sdn.EnforcePhysical
	s.NSX.ResetCalls()
	b := s.process(t)
	if is, want, err := b.EffectiveRules(t.Context(), p); err != nil || slices.Equal(is, want) {
		t.Errorf("the tags are no difference: %v", err)
	}
	must(t, b.Enforce(t.Context(), p))
	equal(t, b, p)
	if !s.passes(p, "10.0.0.99", 22) {
		t.Error("NSX still filters")
	}
	other, err := b.CreateGroup(t.Context(), openstack.SecurityGroup{Name: "other", Stateful: true})
	must(t, err)
	must(t, b.DeletePort(t.Context(), n.ID, port(t, b, openstack.Port{NetworkID: n.ID, Groups: []string{other.ID}}).ID))
	must(t, b.DeleteGroup(t.Context(), other.ID))
	if calls := s.NSX.FirewallCalls(); len(calls) > 0 {
		t.Errorf("the firewall was called: %v", calls)
	}
}

// TestFirewallDrift: what NSX lacks of a port's groups is a difference, and the next apply makes it good.
func TestFirewallDrift(t *testing.T) {
	t.Parallel()
	s := filtering(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	g := group(t, b, "web")
	rule(t, b, g, 22)
	p := port(t, b, openstack.Port{NetworkID: n.ID, Groups: []string{g.ID}})
	drop, _ := s.NSX.Object(dropPolicy)
	drifts := map[string]struct {
		harm func()
		says string
	}{
		"no policy":      {func() { s.NSX.Remove(policiesPath + g.ID) }, "NSX has no rules of the security group web"},
		"no drop policy": {func() { s.NSX.Remove(dropPolicy) }, "what the security groups do not allow passes"},
		"no tags":        {func() { s.change(portPath(p), func(o map[string]any) { o["tags"] = o["tags"].([]any)[:2] }) }, "tags in NSX"},
		"other members": {func() {
			s.change(groupsPath+g.ID, func(o map[string]any) {
				o["expression"].([]any)[0].(map[string]any)["value"] = "novasphere-group|other"
			})
		}, "its rules are for other ports"},
		"drops elsewhere": {func() {
			s.change(groupsPath+"novasphere-filtered", func(o map[string]any) {
				o["expression"].([]any)[0].(map[string]any)["value"] = "novasphere-filtered|no"
			})
		}, "is for other ports"},
		"drops nothing": {func() {
			s.change(dropPolicy, func(o map[string]any) {
				rules := o["rules"].([]any)
				rules[len(rules)-1].(map[string]any)["disabled"] = true
			})
		}, "otherwise than this provider makes it"},
		"no rule":         {func() { s.change(policiesPath+g.ID, func(o map[string]any) { o["rules"] = []any{} }) }, "NSX has other rules"},
		"no statefulness": {func() { s.change(policiesPath+g.ID, func(o map[string]any) { o["stateful"] = false }) }, "NSX has other rules"},
	}
	for name, d := range drifts {
		d.harm()
		b := s.process(t)
		is, want, err := b.EffectiveRules(t.Context(), p)
		if err != nil || slices.Equal(is, want) || !strings.Contains(strings.Join(is, "\n"), d.says) {
			t.Errorf("%s: NSX does %q, and is to do %q: %v", name, is, want, err)
		}
		must(t, b.Enforce(t.Context(), p))
		equal(t, b, p)
		equal(t, s.process(t), p)
		if !s.passes(p, "10.0.0.99", 22) || !s.answers(p, "10.0.0.99", 22) || s.passes(p, "10.0.0.99", 23) {
			t.Errorf("%s: the port is not filtered as its group says", name)
		}
	}
	s.NSX.Remove(dropPolicy)
	late := port(t, s.process(t), openstack.Port{NetworkID: n.ID, Groups: []string{g.ID}})
	if s.passes(late, "10.0.0.99", 23) {
		t.Error("a port is made while nothing drops what its group does not allow")
	}
	if now, _ := s.NSX.Object(dropPolicy); fmt.Sprint(now["rules"]) == "" || len(now["rules"].([]any)) != len(drop["rules"].([]any)) {
		t.Errorf("the drop policy is %v", now)
	}
}

// change sets fields of an object of NSX, as an operator by other means would.
func (s site) change(path string, how func(map[string]any)) {
	o, _ := s.NSX.Object(path)
	how(o)
	s.NSX.Put(path, o)
}

// TestUnrealizedRules: rules that NSX stores and cannot realize are recorded, which is a warning, and a difference of the next plan.
func TestUnrealizedRules(t *testing.T) {
	t.Parallel()
	s := filtering(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	g := group(t, b, "web")
	p := port(t, b, openstack.Port{NetworkID: n.ID, Groups: []string{g.ID}})
	s.NSX.FailRealization(policiesPath+g.ID, &nsxsim.Fault{Code: 500100, Message: "no host takes it"})
	r, err := b.CreateRule(t.Context(), let(g, 22))
	if !openstack.IsPartialEnforcement(err) || r.ID == "" || !strings.Contains(err.Error(), "could not realize it") {
		t.Fatalf("a rule that is not realized: %+v, %v", r, err)
	}
	if is, want, err := s.process(t).EffectiveRules(t.Context(), p); err != nil || slices.Equal(is, want) ||
		!strings.Contains(strings.Join(is, "\n"), "NSX has not realized the rules of the security group web") {
		t.Errorf("the next plan sees %q and %q: %v", is, want, err)
	}
	s.NSX.FailRealization(policiesPath+g.ID, nil)
	s.NSX.Advance(time.Second)
	equal(t, s.process(t), p)
}
