// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// TestKilledPortsOnNSX: no address of a port is lost that a process was killed over, and what is missing of it in NSX is a difference,
// which the next change makes good.
func TestKilledPortsOnNSX(t *testing.T) {
	t.Parallel()
	create := func(l *lab, b *mixed.Backend) error {
		_, err := b.CreatePort(l.Context(), sdn.PortRequest{Port: onLab(l)})
		return err
	}
	change := func(l *lab, b *mixed.Backend) error {
		_, err := b.UpdatePort(l.Context(), l.network.ID, l.port.ID, func(w *sdn.PortRequest) error {
			w.FixedIPs = []openstack.FixedIP{{Address: "10.0.0.21"}}
			w.AllowedPairs = []openstack.AddressPair{{Address: "10.0.0.99", MAC: "02:00:00:00:00:99"}}
			return nil
		})
		return err
	}
	testKilled(t, map[string]verb{
		"created": {"network subnet", create, func(l *lab, b *mixed.Backend) error {
			p, there := l.left(b)
			if !there {
				return create(l, b)
			}
			if err := told(create(l, b), p.ID); err != nil {
				return err
			}
			return l.whole(p)
		}},
		"changed": {"network subnet port", change, func(l *lab, b *mixed.Backend) error {
			must(l.T, change(l, b))
			p, _ := l.left(b)
			if p.FixedIPs[0].Address != "10.0.0.21" {
				return fmt.Errorf("it is %+v", p)
			}
			return l.whole(p)
		}},
		"deleted": {"network subnet port", func(l *lab, b *mixed.Backend) error {
			return b.DeletePort(l.Context(), l.network.ID, l.port.ID)
		}, func(l *lab, b *mixed.Backend) error { return gone(b.DeletePort(l.Context(), l.network.ID, l.port.ID)) }},
	})
}

// left returns the only port of an instance that there may be.
func (l *lab) left(b *mixed.Backend) (left openstack.Port, there bool) {
	l.Helper()
	all, err := b.Ports(l.Context(), l.network.ID)
	must(l.T, err)
	for _, p := range all {
		if p.Owner == "" {
			if there {
				l.Fatalf("there are %+v", all)
			}
			left, there = p, true
		}
	}
	return left, there
}

// whole does for a port what an apply would, and looks at what NSX has of it.
func (l *lab) whole(p openstack.Port) error {
	b := l.next()
	is, want, err := b.EffectiveRules(l.Context(), p)
	must(l.T, err)
	if len(is)+len(want) > 0 {
		must(l.T, b.Enforce(l.Context(), p))
	}
	address := p.FixedIPs[0].Address
	at, binding := portPath(p), "/infra/segments/"+p.NetworkID+"/dhcp-static-binding-configs/"+p.ID+"-ipv4"
	if s, err := b.Subnet(l.Context(), l.network.ID, l.subnet.ID); err != nil || !s.DHCP {
		_, err := b.UpdateSubnet(l.Context(), l.network.ID, l.subnet.ID, func(s *openstack.Subnet) error { s.DHCP = true; return nil })
		must(l.T, err)
	}
	for path, has := range map[string]string{at: address, at + "/port-security-profile-binding-maps/DEFAULT": "novasphere-spoofguard",
		binding: address} {
		if body, there := l.NSX.Object(path); !there || !strings.Contains(fmt.Sprint(body), has) {
			return fmt.Errorf("%s is there: %v, and is %v", path, there, body)
		}
	}
	return nil
}

// old makes a port old enough for its instance, which is not there, not to be waited for.
func (s site) old(t *testing.T, p openstack.Port) {
	t.Helper()
	must(t, s.client(t).Records.OfNetwork(p.NetworkID).Update(t.Context(), func(all records.Set) error {
		var now openstack.Port
		err := all.Get(recorded.PortKind, p.ID, &now)
		now.Mark.At = now.Mark.At.Add(-time.Hour)
		return errors.Join(err, all.Put(recorded.PortKind, p.ID, now))
	}))
}

// TestDeadPortBehindRouter: the address of an instance that somebody deleted is given to another port only after NSX has lost what leads a
// floating IP there.
func TestDeadPortBehindRouter(t *testing.T) {
	t.Parallel()
	r := newSite(t, nsxsim.Options{}).outside(t, openstack.Router{Name: "edge"})
	r.behind()
	at := []openstack.FixedIP{{Address: "10.0.0.5"}}
	dead := port(t, r.b, openstack.Port{NetworkID: r.inner.ID, FixedIPs: at, Implicit: true, DeviceID: uuid.NewString()})
	f, err := r.b.CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: r.external.ID, PortID: dead.ID})
	must(t, err)
	r.becomes("before", "192.0.2.1", f.Address, 80, "192.0.2.1", "10.0.0.5", 80)
	r.old(t, dead)
	r.refuse(func(q *http.Request) bool {
		return q.Method == http.MethodDelete && strings.Contains(q.URL.Path, "/nat-rules/")
	})
	wish := sdn.PortRequest{Port: openstack.Port{NetworkID: r.inner.ID, FixedIPs: at}}
	if p, err := r.routing(t).CreatePort(t.Context(), wish); err == nil {
		t.Errorf("%s has the address, to which %s leads", p.ID, f.Address)
	}
	r.refuse(nil)
	other := r.routing(t)
	p, err := other.CreatePort(t.Context(), wish)
	must(t, err)
	r.becomes("after", "192.0.2.1", f.Address, 80, "192.0.2.1", f.Address, 80)
	if rules := r.NSX.Paths("PolicyNatRule"); strings.Contains(strings.Join(rules, " "), f.ID) {
		t.Errorf("NSX has %v", rules)
	}
	must(t, other.DeleteFloatingIP(t.Context(), f.ID))
	must(t, other.DeletePort(t.Context(), p.NetworkID, p.ID))
	r.end()
}
