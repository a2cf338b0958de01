// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"fmt"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
)

// TestKilledQoS: what a killed process has not brought to NSX of a QoS policy is a difference of the ports and networks that have it, and
// the next change makes it good.
func TestKilledQoS(t *testing.T) {
	t.Parallel()
	create := func(l *lab, b *mixed.Backend) error {
		p := onLab(l)
		p.QoSPolicyID = l.qos.ID
		_, err := b.CreatePort(l.Context(), sdn.PortRequest{Port: p})
		return err
	}
	give := func(id func(l *lab) string) func(l *lab, b *mixed.Backend) error {
		return func(l *lab, b *mixed.Backend) error {
			_, err := b.UpdatePort(l.Context(), l.network.ID, l.port.ID, func(w *sdn.PortRequest) error {
				w.QoSPolicyID = id(l)
				return nil
			})
			return err
		}
	}
	limit := func(id func(l *lab) string) func(l *lab, b *mixed.Backend) error {
		return func(l *lab, b *mixed.Backend) error {
			n := l.network
			n.QoSPolicyID = id(l)
			_, err := b.UpdateNetwork(l.Context(), n)
			return err
		}
	}
	ours, none := func(l *lab) string { return l.qos.ID }, func(*lab) string { return "" }
	testKilled(t, map[string]verb{
		"port created": {"network subnet policy", create, func(l *lab, b *mixed.Backend) error {
			p, there := l.left(b)
			if !there {
				return create(l, b)
			}
			l.port = p
			return l.portLimited(l.qos.ID, "3")
		}},
		"port limited": {"network subnet port policy", give(ours), func(l *lab, b *mixed.Backend) error {
			must(l.T, give(ours)(l, b))
			return l.portLimited(l.qos.ID, "3")
		}},
		"port freed": {"network subnet limited port", give(none), func(l *lab, b *mixed.Backend) error {
			must(l.T, give(none)(l, b))
			return l.portLimited("", "3")
		}},
		"network limited": {"network policy", limit(ours), func(l *lab, b *mixed.Backend) error {
			must(l.T, limit(ours)(l, b))
			return l.networkLimited(l.qos.ID)
		}},
		"network freed": {"limited network", limit(none), func(l *lab, b *mixed.Backend) error {
			must(l.T, limit(none)(l, b))
			return l.networkLimited("")
		}},
		"rule changed": {"network subnet limited port", changeLimit, func(l *lab, b *mixed.Backend) error {
			p, err := b.QoSPolicy(l.Context(), l.qos.ID)
			must(l.T, err)
			if p.Limits[0].MaxKbps != 10_240 {
				must(l.T, changeLimit(l, b))
			}
			return l.portLimited(l.qos.ID, "10")
		}},
		"policy deleted": {"used policy", dropLimited, func(l *lab, b *mixed.Backend) error { return gone(dropLimited(l, b)) }},
	})
}

// changeLimit changes the limit of the lab's QoS policy.
func changeLimit(l *lab, b *mixed.Backend) error {
	_, err := b.UpdateQoSPolicy(l.Context(), l.qos.ID, func(p *openstack.QoSPolicy) error {
		p.Limits[0].MaxKbps = 10_240
		return nil
	})
	return err
}

// dropLimited deletes the lab's QoS policy.
func dropLimited(l *lab, b *mixed.Backend) error { return b.DeleteQoSPolicy(l.Context(), l.qos.ID) }

// limitedLab makes what the verbs about QoS policies need.
func (l *lab) limitedLab(b *mixed.Backend, limitsPort, limitsNetwork, used bool) {
	l.Helper()
	l.qos = slow(l.T, b, 3000)
	if used { // it has a profile, and nobody has it
		n := network(l.T, b, "once", "10.1.0.0/24")
		p := port(l.T, b, openstack.Port{NetworkID: n.ID, QoSPolicyID: l.qos.ID})
		must(l.T, b.DeletePort(l.Context(), n.ID, p.ID))
	}
	if limitsNetwork {
		l.network.QoSPolicyID = l.qos.ID
		_, err := b.UpdateNetwork(l.Context(), l.network)
		must(l.T, err)
	}
	if limitsPort {
		p, err := b.UpdatePort(l.Context(), l.network.ID, l.port.ID, func(w *sdn.PortRequest) error {
			w.QoSPolicyID = l.qos.ID
			return nil
		})
		must(l.T, err)
		l.port = p
	}
}

// portLimited does for the port what an apply would, and looks at what limits it in NSX.
func (l *lab) portLimited(id, average string) error {
	b := l.next()
	p, err := b.Port(l.Context(), l.network.ID, l.port.ID)
	must(l.T, err)
	is, want, err := b.EffectiveRules(l.Context(), p)
	must(l.T, err)
	if len(is) != len(want) {
		must(l.T, b.Enforce(l.Context(), p))
	}
	if p.QoSPolicyID != id {
		return fmt.Errorf("the port's record has the policy %q", p.QoSPolicyID)
	}
	l.keeps(l.T, l.qos.ID, average)
	return l.bound(qosMap(p), id)
}

// networkLimited looks at what limits the network in NSX, and whether another process sees that.
func (l *lab) networkLimited(id string) error {
	n, err := l.next().Network(l.Context(), l.network.ID, "")
	must(l.T, err)
	if n.QoSPolicyID != id || (n.Shaping == openstack.Shaping{}) != (id == "") {
		return fmt.Errorf("the network has the policy %q and limits %v", n.QoSPolicyID, n.Shaping.Lines())
	}
	return l.bound(segmentQoSMap(n), id)
}

// bound looks at whether a binding map is there, and which policy's profile it binds to.
func (l *lab) bound(path, id string) error {
	is, there := l.NSX.Object(path)
	if there != (id != "") || there && is["qos_profile_path"] != "/infra/qos-profiles/"+id {
		return fmt.Errorf("%s is %v", path, is)
	}
	return nil
}
