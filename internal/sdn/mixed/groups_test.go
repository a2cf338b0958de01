// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx"
)

// filtering is a vCenter with an NSX that enforces security groups.
func filtering(t *testing.T, o nsxsim.Options) site {
	t.Helper()
	s := newSite(t, o)
	s.enforcer = sdn.EnforceNSX
	return s
}

// group makes a group without rules.
func group(t *testing.T, b *mixed.Backend, name string) openstack.SecurityGroup {
	t.Helper()
	g, err := b.CreateGroup(t.Context(), openstack.SecurityGroup{Name: name, Bare: true, Stateful: true})
	must(t, err)
	return g
}

// let is a rule that lets tcp to a port in.
func let(g openstack.SecurityGroup, port int64) openstack.SecurityGroupRule {
	return openstack.SecurityGroupRule{GroupID: g.ID, Direction: openstack.Ingress, EtherType: openstack.IPv4, Protocol: "tcp",
		PortMin: &port, PortMax: &port}
}

func rule(t *testing.T, b *mixed.Backend, g openstack.SecurityGroup, port int64) openstack.SecurityGroupRule {
	t.Helper()
	r, err := b.CreateRule(t.Context(), let(g, port))
	must(t, err)
	return r
}

const (
	groupsPath   = "/infra/domains/default/groups/"
	policiesPath = "/infra/domains/default/security-policies/"
	dropPolicy   = policiesPath + "novasphere-default"
)

// writes counts the changes of NSX since the calls were reset.
func (s site) writes() (n int) {
	for _, c := range s.NSX.Calls() {
		if c.Method == http.MethodPut {
			n++
		}
	}
	return n
}

// passes says whether a port is sent a packet of tcp.
func (s site) passes(p openstack.Port, from string, to int) bool {
	return s.NSX.Passes(nsxsim.Packet{Port: portPath(p), Remote: netip.MustParseAddr(from), Local: netip.MustParseAddr(p.FixedIPs[0].Address),
		Protocol: 6, SourcePort: 40000, DestinationPort: to})
}

// answers says whether a port's answer to such a packet is let out.
func (s site) answers(p openstack.Port, from string, to int) bool {
	return s.NSX.Passes(nsxsim.Packet{Port: portPath(p), Remote: netip.MustParseAddr(from), Local: netip.MustParseAddr(p.FixedIPs[0].Address),
		Protocol: 6, SourcePort: to, DestinationPort: 40000, Out: true, Answer: true})
}

// rulesOf returns the ids of a group's rules in NSX.
func (s site) rulesOf(g openstack.SecurityGroup) (ids []string) {
	o, _ := s.NSX.Object(policiesPath + g.ID)
	all, _ := o["rules"].([]any)
	for _, one := range all {
		r, _ := one.(map[string]any)
		ids = append(ids, fmt.Sprint(r["id"]))
	}
	slices.Sort(ids)
	return ids
}

// equal fails where NSX does something else at a port than the records say.
func equal(t *testing.T, b *mixed.Backend, p openstack.Port) {
	t.Helper()
	if is, want, err := b.EffectiveRules(t.Context(), p); err != nil || !slices.Equal(is, want) {
		t.Errorf("NSX does %q, and the groups say %q: %v", is, want, err)
	}
}

// TestGroupsFilter: what a group allows passes, answers pass, and all else is dropped at ports with groups. Members come and go without a

// write of a rule, and a rule is one write whatever the number of ports.
func TestGroupsFilter(t *testing.T) {
	t.Parallel()
	s := filtering(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	app, db := group(t, b, "app"), group(t, b, "db")
	on := func(address string, groups ...string) openstack.Port {
		return port(t, b, openstack.Port{NetworkID: n.ID, Groups: groups, FixedIPs: []openstack.FixedIP{{Address: address}}})
	}
	server, client, free := on("10.0.0.10", db.ID), on("10.0.0.20", app.ID), on("10.0.0.30")
	for i := range 8 {
		on(fmt.Sprintf("10.0.0.%d", 100+i), db.ID)
	}
	s.NSX.ResetCalls()
	sql := let(db, 5432)
	sql.RemoteGroupID = app.ID
	_, err := b.CreateRule(t.Context(), sql)
	must(t, err)
	other := let(db, 22)
	other.RemoteGroupID = app.ID
	_, err = s.process(t).CreateRule(t.Context(), other)
	must(t, err)
	if puts := s.writes(); puts != 2 {
		t.Errorf("two rules of nine ports by two processes are %d writes: %v", puts, s.NSX.Calls())
	}
	for what, is := range map[string][2]bool{
		"a member":                    {s.passes(server, "10.0.0.20", 5432), true},
		"the answer to it":            {s.answers(server, "10.0.0.20", 5432), true},
		"a member to another port":    {s.passes(server, "10.0.0.20", 23), false},
		"a stranger":                  {s.passes(server, "10.0.0.30", 5432), false},
		"the answer to a stranger":    {s.answers(server, "10.0.0.30", 5432), false},
		"to a member of another":      {s.passes(client, "10.0.0.10", 5432), false},
		"to a port without any group": {s.passes(free, "10.0.0.10", 5432), true},
	} {
		if is[0] != is[1] {
			t.Errorf("%s passes: %v", what, is[0])
		}
	}
	s.NSX.ResetCalls()
	change := func(p openstack.Port, groups ...string) {
		_, err := b.UpdatePort(t.Context(), n.ID, p.ID, func(w *sdn.PortRequest) error { w.Groups = groups; return nil })
		must(t, err)
	}
	change(client)
	change(free, app.ID)
	if s.passes(server, "10.0.0.20", 5432) || !s.passes(server, "10.0.0.30", 5432) {
		t.Error("who has left the group passes, or who has come to it does not")
	}
	if puts := s.writes(); puts != 2 || len(s.NSX.FirewallCalls()) > 0 {
		t.Errorf("two ports with other groups are %d writes, and %v", puts, s.NSX.FirewallCalls())
	}
	equal(t, s.process(t), server)
}

// TestRulesOfTwoProcesses: of rules that two processes add to a group and take from it at once, none is lost and none is left.
func TestRulesOfTwoProcesses(t *testing.T) {
	t.Parallel()
	s := filtering(t, nsxsim.Options{})
	one, two := s.process(t), s.process(t)
	g := group(t, one, "web")
	old := rule(t, one, g, 9)
	var all sync.WaitGroup
	check := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	s.NSX.ResetCalls()
	for i := range int64(8) {
		all.Go(func() { _, err := one.CreateRule(t.Context(), let(g, 100+i)); check(err) })
		all.Go(func() { _, err := two.CreateRule(t.Context(), let(g, 200+i)); check(err) })
	}
	all.Go(func() { check(two.DeleteRule(t.Context(), old.ID)) })
	all.Wait()
	recorded, err := s.process(t).Group(t.Context(), g.ID)
	must(t, err)
	var want []string
	for _, r := range recorded.Rules {
		want = append(want, r.ID)
	}
	slices.Sort(want)
	if is := s.rulesOf(g); len(want) != 16 || !slices.Equal(is, want) {
		t.Errorf("NSX has the rules %v, and %d are recorded: %v", is, len(want), want)
	}
	if puts := s.writes(); puts > 17 {
		t.Errorf("17 changes are %d writes", puts)
	}
}

// TestDropPolicy: the policy that drops what no group allows goes with the last security group of anybody, and comes back where one has

// TestNoFirewall: where the provider's security_groups is another one, nothing of NSX's firewall is called, and a port loses the tags that

// TestGroupStays: a group that a rule of somebody else names stays, with its rules, and the error names whose rule it is.
func TestGroupStays(t *testing.T) {
	t.Parallel()
	s := filtering(t, nsxsim.Options{})
	b := s.process(t, func(c *nsx.Config) { c.Settle = 500 * time.Millisecond })
	g := group(t, b, "web")
	rule(t, b, g, 22)
	s.NSX.Put(policiesPath+"of-the-operator", map[string]any{"display_name": "by hand", "category": "Application", "rules": []any{
		map[string]any{"id": "r", "action": "ALLOW", "source_groups": []any{groupsPath + g.ID}, "destination_groups": []any{"ANY"},
			"services": []any{"ANY"}, "scope": []any{"ANY"}, "direction": "IN_OUT"}}})
	before := s.rulesOf(g)
	err := b.DeleteGroup(t.Context(), g.ID)
	if err == nil || !strings.Contains(err.Error(), "of-the-operator") || !strings.Contains(err.Error(), `security group "web"`) {
		t.Errorf("the group that is in use: %v", err)
	}
	if is := s.rulesOf(g); len(is) != 1 || !slices.Equal(is, before) {
		t.Errorf("the group that stays has the rules %v", is)
	}
	if _, err := s.process(t).Group(t.Context(), g.ID); err != nil {
		t.Errorf("its record: %v", err)
	}
	s.NSX.Remove(policiesPath + "of-the-operator")
	must(t, b.DeleteGroup(t.Context(), g.ID))
	s.empty(t)
}

// TestGroupsOnSwitch: a port on a distributed switch has no groups of NSX, not even the default one.
func TestGroupsOnSwitch(t *testing.T) {
	t.Parallel()
	s := filtering(t, nsxsim.Options{})
	b := s.process(t)
	n, err := b.CheckNetwork(t.Context(), openstack.Network{Name: "lab", VLAN: 100, AdminUp: true})
	must(t, err)
	n, err = b.CreateNetwork(t.Context(), n)
	must(t, err)
	subnet(t, b, openstack.Subnet{NetworkID: n.ID, CIDR: "10.0.0.0/24"})
	g := group(t, b, "web")
	if groups := b.DefaultGroups(n); len(groups) > 0 {
		t.Errorf("the default groups are %v", groups)
	}
	refused := b.CheckPort(t.Context(), openstack.Port{NetworkID: n.ID, Groups: []string{g.ID}})
	if refused == nil || !strings.Contains(refused.Error(), "NSX filters the ports of its own segments, and no others") {
		t.Errorf("a group on a portgroup: %v", refused)
	}
	port(t, b, openstack.Port{NetworkID: n.ID})
}

// TestManyFilteredPorts: what a plan asks NSX about groups does not depend on the number of ports, and a change of rules is one write.
func TestManyFilteredPorts(t *testing.T) {
	t.Parallel()
	s := filtering(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/16")
	groups := []openstack.SecurityGroup{group(t, b, "app"), group(t, b, "db")}
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			_, err := b.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID, Groups: []string{groups[i%2].ID}}})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.NSX.ResetCalls()
	for i := range int64(10) {
		all.Go(func() {
			if _, err := b.CreateRule(t.Context(), let(groups[0], 100+i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if puts := s.writes(); puts > 3 {
		t.Errorf("ten rules at once are %d writes", puts)
	}
	s.NSX.Advance(time.Second)
	s.NSX.ResetCalls()
	fresh := s.process(t)
	ports, err := fresh.Ports(t.Context(), n.ID)
	must(t, err)
	for _, p := range ports {
		equal(t, fresh, p)
	}
	if calls := s.NSX.Calls(); len(ports) != 100 || len(calls) > 16 {
		t.Errorf("a plan of %d ports asks %d times: %v", len(ports), len(calls), calls)
	}
}
