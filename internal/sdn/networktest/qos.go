// SPDX-License-Identifier: MPL-2.0

package networktest

import (
	"errors"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// testQoS: a policy has one limit for each direction, is not made twice by accident, and stays while a port or a network has it.
func testQoS(t *testing.T, b bench) {
	backend, other := b.start(t), b.start(t)
	policy, err := backend.CreateQoSPolicy(t.Context(), openstack.QoSPolicy{Name: "contract", Default: true})
	b.must(err)
	if _, err := other.CreateQoSPolicy(t.Context(), openstack.QoSPolicy{Name: "contract", Default: true}); err == nil ||
		!strings.Contains(err.Error(), "import {") {
		t.Errorf("an equal policy of another process: %v", err)
	}
	if _, err := other.CreateQoSPolicy(t.Context(), openstack.QoSPolicy{Name: "second", Default: true}); err == nil {
		t.Error("a project has two default policies")
	}
	limit := func(by sdn.Backend, l openstack.BandwidthLimit) error {
		_, err := by.UpdateQoSPolicy(t.Context(), policy.ID, func(p *openstack.QoSPolicy) error {
			p.Limits = append(p.Limits, l)
			return nil
		})
		return err
	}
	b.must(limit(backend, openstack.BandwidthLimit{ID: "one", Direction: openstack.Egress, MaxKbps: 1000}))
	if err := limit(other, openstack.BandwidthLimit{ID: "two", Direction: openstack.Egress, MaxKbps: 5}); err == nil ||
		!strings.Contains(err.Error(), policy.ID+"/one") {
		t.Errorf("a second limit of one direction: %v", err)
	}
	n := b.network(backend, "contract-qos")
	if _, err := backend.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID, QoSPolicyID: "none"},
		NoFixedIP: true}); err == nil {
		t.Error("a port has a policy that does not exist")
	}
	p, err := backend.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID, QoSPolicyID: policy.ID}, NoFixedIP: true})
	b.must(err)
	if is, want, err := b.start(t).EffectiveRules(t.Context(), p); err != nil || len(is) != 1 || len(want) != 1 {
		t.Errorf("the port has %q and will have %q: %v", is, want, err)
	}
	if err := other.DeleteQoSPolicy(t.Context(), policy.ID); err == nil || !strings.Contains(err.Error(), p.ID) {
		t.Errorf("a policy that a port has: %v", err)
	}
	b.must(other.DeletePort(t.Context(), n.ID, p.ID))
	n.QoSPolicyID = policy.ID
	_, err = other.UpdateNetwork(t.Context(), n)
	b.must(err)
	if err := other.DeleteQoSPolicy(t.Context(), policy.ID); err == nil || !strings.Contains(err.Error(), n.Name) {
		t.Errorf("a policy that a network has: %v", err)
	}
	n.QoSPolicyID = ""
	_, err = other.UpdateNetwork(t.Context(), n)
	b.must(err)
	b.must(other.DeleteQoSPolicy(t.Context(), policy.ID))
	if _, err := b.start(t).QoSPolicy(t.Context(), policy.ID); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("a policy that was deleted: %v", err)
	}
}

// testTrunk: a port is in one trunk, and cannot be deleted or plugged in elsewhere meanwhile.
func testTrunk(t *testing.T, b bench) {
	backend, other := b.start(t), b.start(t)
	one, two := b.network(backend, "contract-trunk"), b.network(backend, "contract-sub")
	two.VLAN = 200
	two, err := backend.UpdateNetwork(t.Context(), two)
	b.must(err)
	port := func(n openstack.Network) openstack.Port {
		p, err := backend.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID}, NoFixedIP: true})
		b.must(err)
		return p
	}
	parent, sub, spare := port(one), port(two), port(two)
	wrong := openstack.Trunk{PortID: parent.ID, SubPorts: []openstack.SubPort{{PortID: sub.ID, VLAN: 201, Type: openstack.SegmentVLAN}}}
	if _, err := backend.CheckTrunk(t.Context(), wrong); err == nil || !strings.Contains(err.Error(), "segmentation_id = 200") {
		t.Errorf("a VLAN that is not the network's: %v", err)
	}
	made, err := backend.CreateTrunk(t.Context(), openstack.Trunk{Name: "contract", PortID: parent.ID,
		SubPorts: []openstack.SubPort{{PortID: sub.ID, Type: openstack.SegmentInherit}}})
	if err != nil || made.ID == "" || made.SubPorts[0].VLAN != 200 {
		t.Fatalf("%+v was made: %v", made, err)
	}
	for what, trunk := range map[string]openstack.Trunk{
		"a second trunk":         {PortID: parent.ID},
		"a sub port as parent":   {PortID: sub.ID},
		"a sub port of another":  {PortID: spare.ID, SubPorts: []openstack.SubPort{{PortID: sub.ID, Type: openstack.SegmentInherit}}},
		"a parent as a sub port": {PortID: spare.ID, SubPorts: []openstack.SubPort{{PortID: parent.ID, Type: openstack.SegmentInherit}}},
	} {
		if _, err := other.CreateTrunk(t.Context(), trunk); err == nil || !strings.Contains(err.Error(), made.ID) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, p := range []openstack.Port{parent, sub} {
		if err := b.start(t).DeletePort(t.Context(), p.NetworkID, p.ID); err == nil || !strings.Contains(err.Error(), made.ID) {
			t.Errorf("the port %s of the trunk is deleted: %v", p.ID, err)
		}
	}
	member, err := other.FindPort(t.Context(), sub.ID)
	b.must(err)
	if _, err := other.Book(t.Context(), member); err == nil || !strings.Contains(err.Error(), "sub port") {
		t.Errorf("a sub port is plugged in: %v", err)
	}
	made.SubPorts = []openstack.SubPort{{PortID: spare.ID, VLAN: 200, Type: openstack.SegmentVLAN}}
	_, err = other.UpdateTrunk(t.Context(), made)
	b.must(err)
	last := b.start(t)
	b.must(last.DeletePort(t.Context(), two.ID, sub.ID))
	b.must(last.DeleteTrunk(t.Context(), made.ID))
	b.must(last.DeletePort(t.Context(), two.ID, spare.ID))
	b.must(last.DeletePort(t.Context(), one.ID, parent.ID))
	if _, err := b.start(t).Trunk(t.Context(), made.ID); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("a trunk that was deleted: %v", err)
	}
}
