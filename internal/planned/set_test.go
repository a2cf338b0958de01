// SPDX-License-Identifier: MPL-2.0

package planned_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
)

// names lists the objects of an overlay in order.
func names(all []openstack.Network) (out string) {
	for _, n := range all {
		out += n.ID + n.Name + " "
	}
	return out
}

// TestOverlay: an overlay holds what is planned and what stays, and nothing that may be on its way out.
func TestOverlay(t *testing.T) {
	t.Parallel()
	web, there := openstack.Network{Name: "web"}, openstack.Network{ID: "1", Name: "web"}
	for name, c := range map[string]struct {
		before func(s *planned.Set[openstack.Network])
		want   string
	}{
		"somebody else's":           {func(*planned.Set[openstack.Network]) {}, "1web "},
		"in the state, not planned": {func(s *planned.Set[openstack.Network]) { s.Read("1") }, ""},
		"stays": {func(s *planned.Set[openstack.Network]) {
			s.Read("1")
			s.Expect(openstack.Network{ID: "1", Name: "web", VLAN: 5})
		}, "1web "},
		"its own successor":           {func(s *planned.Set[openstack.Network]) { s.Expect(there) }, ""},
		"renamed":                     {func(s *planned.Set[openstack.Network]) { s.Expect(openstack.Network{ID: "1", Name: "old"}) }, ""},
		"replaced":                    {func(s *planned.Set[openstack.Network]) { s.Expect(there); s.Replace("1") }, ""},
		"a twin that is to be made":   {func(s *planned.Set[openstack.Network]) { s.Read("1"); s.Expect(web) }, "web "},
		"a twin that is made already": {func(s *planned.Set[openstack.Network]) { s.Read("1"); s.Expect(web); s.Done(web) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := planned.New().Networks
			c.before(s)
			if got := names(s.Overlay(t.Context(), web, []openstack.Network{there})); got != c.want {
				t.Errorf("beside it there will be %q, not %q", got, c.want)
			}
		})
	}
}

// TestSuccession: the successor of an object does not conflict with it, whatever is written, and makes it leave; it conflicts with
// others.
func TestSuccession(t *testing.T) {
	t.Parallel()
	web := openstack.Network{Name: "web", SwitchUUID: "a"}
	for name, c := range map[string]struct {
		there openstack.Network
		want  string
	}{
		"what it replaces":  {openstack.Network{ID: "1", Name: "web", VLAN: 5, SwitchUUID: "a"}, ""},
		"on another switch": {openstack.Network{ID: "1", Name: "web", VLAN: 5, SwitchUUID: "b"}, "1web "},
		"its twin":          {openstack.Network{Name: "web", SwitchUUID: "a"}, "web "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := planned.New().Networks
			s.Read(c.there.ID)
			s.Expect(c.there)
			if got := names(s.Overlay(openstack.Succession(t.Context()), web, nil)); got != c.want || names(s.At("web")) != c.want {
				t.Errorf("beside it there will be %q, and later plans find %q, not %q", got, names(s.At("web")), c.want)
			}
		})
	}
}

// TestNewIsWaitedFor: the channel of New closes when the planned object is made.
func TestNewIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := planned.New().Subnets
	a := openstack.Subnet{NetworkID: "1", CIDR: "10.0.0.0/24"}
	s.Expect(a)
	coming, changed := s.New("1")
	if len(coming) != 1 {
		t.Fatalf("%d are to be made", len(coming))
	}
	s.Done(a)
	<-changed
	if coming, _ = s.New("1"); len(coming) != 0 {
		t.Errorf("%d are still to be made", len(coming))
	}
}
