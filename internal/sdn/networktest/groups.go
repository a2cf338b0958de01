// SPDX-License-Identifier: MPL-2.0

package networktest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// testGroups: groups and rules are unique, their deletion is refused while they are used, and ports get what their rules allow.
func testGroups(t *testing.T, b bench) {
	backend, other := b.start(t), b.start(t)
	n := b.network(backend, "contract-groups")
	s := b.subnet(backend, n.ID, "10.0.0.0/24")
	app, err := backend.CreateGroup(t.Context(), openstack.SecurityGroup{Name: "contract-app"})
	b.must(err)
	db, err := backend.CreateGroup(t.Context(), openstack.SecurityGroup{Name: "contract-db", Bare: true})
	b.must(err)
	twin, err := other.CreateGroup(t.Context(), openstack.SecurityGroup{Name: "contract-db"})
	switch {
	case sdn.AsInOpenStack(backend.Enforcer()): // as in Neutron
		b.must(err)
		b.must(other.DeleteGroup(t.Context(), twin.ID))
	case err == nil || !strings.Contains(err.Error(), "import {"):
		t.Errorf("a group of the same name: %v", err)
	}
	sql := openstack.SecurityGroupRule{GroupID: db.ID, Direction: openstack.Ingress, EtherType: openstack.IPv4, Protocol: "tcp",
		PortMin: number(5432), PortMax: number(5432), RemoteGroupID: app.ID}
	sql, err = backend.CreateRule(t.Context(), sql)
	b.must(err)
	if _, err := other.CreateRule(t.Context(), sql); err == nil || !strings.Contains(err.Error(), sql.ID) {
		t.Errorf("the same rule again: %v", err)
	}
	wish := func(address, group string) openstack.Port {
		p, err := other.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID, Groups: []string{group},
			FixedIPs: []openstack.FixedIP{{Address: address}}}})
		b.must(err)
		return p
	}
	p := wish("10.0.0.10", db.ID)
	member := wish("10.0.0.20", app.ID)
	fresh := b.start(t)
	is, want, err := fresh.EffectiveRules(t.Context(), p)
	admitted := "10.0.0.20"
	if b.at.Named {
		admitted = app.Name
	}
	if err != nil || !slices.Equal(is, want) || !strings.Contains(strings.Join(want, "\n"), admitted) {
		t.Errorf("the port's rules are %q and will be %q: %v", is, want, err)
	}
	for what, err := range map[string]error{"a port has": fresh.DeleteGroup(t.Context(), app.ID),
		"rules name": b.start(t).DeleteGroup(t.Context(), db.ID)} {
		if err == nil || errors.Is(err, openstack.ErrNotFound) {
			t.Errorf("a group that %s was deleted: %v", what, err)
		}
	}
	if found, err := fresh.GroupNamed(t.Context(), openstack.DefaultGroup); err != nil || !sdn.IsDefaultGroup(found.ID) {
		t.Errorf("the default group is %+v, %v", found, err)
	}
	last := b.start(t)
	b.must(last.DeletePort(t.Context(), n.ID, p.ID))
	b.must(last.DeletePort(t.Context(), n.ID, member.ID))
	b.must(last.DeleteRule(t.Context(), sql.ID))
	b.must(last.DeleteGroup(t.Context(), db.ID))
	b.must(last.DeleteGroup(t.Context(), app.ID))
	b.must(last.DeleteSubnet(t.Context(), n.ID, s.ID))
	if _, err := b.start(t).Group(t.Context(), db.ID); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("a group that is gone: %v", err)
	}
}

func number(n int64) *int64 { return &n }
