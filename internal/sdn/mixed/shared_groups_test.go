// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
)

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
	for _, path := range s.NSX.Paths("Group") { // another vCenter that has this NSX may have a project of the same name
		if strings.HasSuffix(path, groups[0]) {
			t.Errorf("its id in NSX is not this vCenter's alone: %s", path)
		}
	}
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
