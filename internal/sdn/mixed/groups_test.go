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
	if puts := s.writes(); puts != 1 {
		t.Errorf("a rule of nine ports is %d writes: %v", puts, s.NSX.Calls())
	}
	for what, is := range map[string][2]bool{
		"a member":                    {s.passes(server, "10.0.0.20", 5432), true},
		"the answer to it":            {s.answers(server, "10.0.0.20", 5432), true},
		"a member to another port":    {s.passes(server, "10.0.0.20", 22), false},
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

// TestDefaultGroupOnNSX: a project's default group is in NSX as long as a port has it, and lets its members reach each other.
func TestDefaultGroupOnNSX(t *testing.T) {
	t.Parallel()
	s := filtering(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	groups := b.DefaultGroups(n)
	if len(groups) != 1 {
		t.Fatalf("the default groups are %v", groups)
	}
	on := func(b *mixed.Backend) openstack.Port {
		return port(t, b, openstack.Port{NetworkID: n.ID, Groups: groups})
	}
	first, second := on(b), on(s.process(t))
	if !s.passes(first, second.FixedIPs[0].Address, 80) || s.passes(first, "10.0.0.99", 80) {
		t.Error("a member does not pass, or a stranger does")
	}
	equal(t, b, first)
	must(t, b.DeletePort(t.Context(), n.ID, first.ID))
	equal(t, b, second)
	must(t, s.process(t).DeletePort(t.Context(), n.ID, second.ID))
	if left := append(s.NSX.Paths("Group"), s.NSX.Paths("SecurityPolicy")...); len(left) != 1 { // NSX's own
		t.Errorf("without a port there are %v", left)
	}
	third := on(b)
	if s.passes(third, "10.0.0.99", 80) {
		t.Error("the default group has not come back")
	}
}

// TestDropPolicy: the policy that drops what no group allows goes with the last security group of anybody, and comes back where one has
// come meanwhile.
func TestDropPolicy(t *testing.T) {
	t.Parallel()
	s := filtering(t, nsxsim.Options{})
	b := s.process(t)
	there := func() bool { _, is := s.NSX.Object(dropPolicy); return is }
	foreign := map[string]any{"display_name": "of another vCenter", "expression": []any{map[string]any{"resource_type": "Condition",
		"member_type": "SegmentPort", "key": "Tag", "operator": "EQUALS", "value": "novasphere-group|other"}}}
	g := group(t, b, "web")
	s.NSX.Put(groupsPath+"other", foreign)
	must(t, b.DeleteGroup(t.Context(), g.ID))
	if !there() {
		t.Error("it is gone, although another vCenter has a group")
	}
	g = group(t, b, "web")
	s.NSX.Remove(groupsPath + "other")
	s.NSX.Tamper(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodDelete && strings.HasSuffix(r.URL.Path, "/novasphere-default") {
			s.NSX.Put(groupsPath+"other", foreign) // another vCenter makes its first group, and finds the policy there
		}
		next.ServeHTTP(w, r)
	})
	must(t, b.DeleteGroup(t.Context(), g.ID))
	s.NSX.Tamper(nil)
	if !there() {
		t.Error("it is gone for another vCenter's group that came meanwhile")
	}
	g = group(t, b, "web")
	s.NSX.Remove(groupsPath + "other")
	must(t, b.DeleteGroup(t.Context(), g.ID))
	if there() {
		t.Error("it is left without a group")
	}
	g = group(t, b, "web")
	if !there() {
		t.Error("it has not come with the next group of the same process")
	}
	must(t, b.DeleteGroup(t.Context(), g.ID))
	s.empty(t)
}

// TestAddressGroupOnNSX: the addresses of an address group are changed by one write, and it goes when no rule names it.
func TestAddressGroupOnNSX(t *testing.T) {
	t.Parallel()
	s := filtering(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	g := group(t, b, "web")
	a, err := b.CreateAddressGroup(t.Context(), openstack.AddressGroup{Name: "office", Addresses: []string{"192.0.2.0/24"}})
	must(t, err)
	wish := let(g, 22)
	wish.AddressGroupID = a.ID
	r, err := b.CreateRule(t.Context(), wish)
	must(t, err)
	p := port(t, b, openstack.Port{NetworkID: n.ID, Groups: []string{g.ID}})
	if !s.passes(p, "192.0.2.7", 22) || s.passes(p, "198.51.100.7", 22) {
		t.Error("an address of the group does not pass, or another one does")
	}
	s.NSX.ResetCalls()
	a.Addresses = []string{"0.0.0.0/0"}
	_, err = b.UpdateAddressGroup(t.Context(), a)
	must(t, err)
	if puts := s.writes(); puts != 1 || !s.passes(p, "198.51.100.7", 22) || !s.passes(p, "10.1.2.3", 22) {
		t.Errorf("after %d writes not all addresses pass", puts)
	}
	if err := b.DeleteAddressGroup(t.Context(), a.ID); err == nil || !strings.Contains(err.Error(), r.ID) {
		t.Errorf("a group that a rule names: %v", err)
	}
	many := openstack.AddressGroup{Name: "many"}
	for i := range 501 {
		many.Addresses = append(many.Addresses, fmt.Sprintf("10.%d.%d.0/32", i/250, i%250))
	}
	if err := b.CheckAddressGroup(t.Context(), many); err == nil || !strings.Contains(err.Error(), "501 ranges") {
		t.Errorf("501 ranges: %v", err)
	}
	must(t, b.DeleteRule(t.Context(), r.ID))
	must(t, b.DeleteAddressGroup(t.Context(), a.ID))
	if _, left := s.NSX.Object(groupsPath + a.ID); left {
		t.Error("the address group is left in NSX")
	}
}

// TestZeroRanges: a range from 0.0.0.0 on is a group of its own as long as a rule names it.
func TestZeroRanges(t *testing.T) {
	t.Parallel()
	s := filtering(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	g := group(t, b, "web")
	wish := let(g, 22)
	wish.RemotePrefix = "0.0.0.0/8"
	r, err := b.CreateRule(t.Context(), wish)
	must(t, err)
	p := port(t, b, openstack.Port{NetworkID: n.ID, Groups: []string{g.ID}})
	if !s.passes(p, "0.1.2.3", 22) || s.passes(p, "10.1.2.3", 22) {
		t.Error("an address of the range does not pass, or another one does")
	}
	must(t, b.DeleteRule(t.Context(), r.ID))
	if groups := s.NSX.Paths("Group"); len(groups) != 2 {
		t.Errorf("NSX still has %v", groups)
	}
}

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

// TestNoFirewall: where the provider's security_groups is another one, nothing of NSX's firewall is called, and a port loses the tags that
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
		"no policy":       {func() { s.NSX.Remove(policiesPath + g.ID) }, "NSX has no rules of the security group web"},
		"no drop policy":  {func() { s.NSX.Remove(dropPolicy) }, "what the security groups do not allow passes"},
		"no tags":         {func() { s.change(portPath(p), func(o map[string]any) { o["tags"] = o["tags"].([]any)[:2] }) }, "tags in NSX"},
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
