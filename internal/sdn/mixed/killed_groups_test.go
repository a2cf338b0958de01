// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
)

// inLine returns nil where NSX has the rules that are recorded of the group, and nothing else of it.
func (l *lab) inLine(b *mixed.Backend) error {
	g, err := b.Group(l.Context(), l.group.ID)
	if err != nil {
		return err
	}
	var want []string
	for _, r := range g.Rules {
		want = append(want, r.ID)
	}
	slices.Sort(want)
	if is := l.rulesOf(g); !slices.Equal(is, want) {
		return fmt.Errorf("NSX has the rules %v, and %v are recorded", is, want)
	}
	return nil
}

// TestKilledGroups: a group that a process was killed over can be deleted, and nothing of it is left, in NSX neither.
func TestKilledGroups(t *testing.T) {
	t.Parallel()
	drop := func(l *lab, b *mixed.Backend) error { return b.DeleteGroup(l.Context(), l.group.ID) }
	testKilled(t, map[string]verb{
		"created": {"firewall", func(l *lab, b *mixed.Backend) error {
			_, err := b.CreateGroup(l.Context(), openstack.SecurityGroup{Name: "lab", Bare: true, Stateful: true})
			return err
		}, func(l *lab, b *mixed.Backend) error {
			for _, path := range l.NSX.Paths("Group") { // whatever NSX has is recorded
				id := path[strings.LastIndex(path, "/")+1:]
				if _, err := b.Group(l.Context(), id); err != nil && id != "novasphere-filtered" {
					return err
				}
			}
			return nil
		}},
		"deleted": {"firewall group", drop, func(l *lab, b *mixed.Backend) error { return gone(drop(l, b)) }},
	})
}

// TestKilledRules: a rule that a killed process has recorded is told with its import, and in force by then; one that it has taken from NSX
// and not from the records can be deleted again.
func TestKilledRules(t *testing.T) {
	t.Parallel()
	create := func(l *lab, b *mixed.Backend) error {
		_, err := b.CreateRule(l.Context(), let(l.group, 80))
		return err
	}
	var doomed string
	testKilled(t, map[string]verb{
		"created": {"firewall group", create, func(l *lab, b *mixed.Backend) error {
			g, err := b.Group(l.Context(), l.group.ID)
			must(l.T, err)
			if len(g.Rules) == 1 {
				return create(l, b)
			}
			at := slices.IndexFunc(g.Rules, func(r openstack.SecurityGroupRule) bool { return *r.PortMin == 80 })
			if err := told(create(l, b), g.Rules[at].ID); err != nil {
				return err
			}
			return l.inLine(b)
		}},
		"deleted": {"firewall group", func(l *lab, b *mixed.Backend) error {
			g, err := b.Group(l.Context(), l.group.ID)
			if err != nil {
				return err
			}
			doomed = g.Rules[0].ID
			return b.DeleteRule(l.Context(), doomed)
		}, func(l *lab, b *mixed.Backend) error {
			if err := gone(b.DeleteRule(l.Context(), doomed)); err != nil {
				return err
			}
			return l.inLine(b)
		}},
	})
}

// TestKilledRegrouping: a port whose groups a killed process has changed in its record alone is a difference, which the next makes good.
func TestKilledRegrouping(t *testing.T) {
	t.Parallel()
	change := func(l *lab, b *mixed.Backend) error {
		_, err := b.UpdatePort(l.Context(), l.network.ID, l.port.ID, func(w *sdn.PortRequest) error {
			w.Groups = []string{l.group.ID}
			return nil
		})
		return err
	}
	testKilled(t, map[string]verb{"changed": {"firewall network subnet port group", change, func(l *lab, b *mixed.Backend) error {
		p, err := b.Port(l.Context(), l.network.ID, l.port.ID)
		must(l.T, err)
		if len(p.Groups) == 0 {
			return change(l, b)
		}
		is, want, err := b.EffectiveRules(l.Context(), p)
		must(l.T, err)
		if slices.Equal(is, want) && l.passes(p, "10.0.0.99", 80) {
			return fmt.Errorf("nothing tells that the port is not filtered: %v", is)
		}
		must(l.T, b.Enforce(l.Context(), p))
		equal(l.T, l.next(), p)
		if l.passes(p, "10.0.0.99", 80) || !l.passes(p, "10.0.0.99", 22) {
			return fmt.Errorf("the port is not filtered as its group says")
		}
		return nil
	}}})
}
