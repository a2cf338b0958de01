// SPDX-License-Identifier: MPL-2.0

package dvs_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// processes returns a function that starts another process on the same vCenter.
func processes(t *testing.T) func() (*vcenter.Client, sdn.Backend) {
	vc := acctest.Start(t, vcsim.Options{})
	return func() (*vcenter.Client, sdn.Backend) {
		c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack"})
		t.Cleanup(func() { _ = c.Close(t.Context()) })
		return c, dvs.New(c)
	}
}

// TestInterruptedTrunk: a change that was killed between the trunk's record and those of its ports leaves no port that cannot be deleted.
func TestInterruptedTrunk(t *testing.T) {
	t.Parallel()
	start := processes(t)
	c, backend := start()
	made := func(n openstack.Network) (p openstack.Port) {
		n, err := backend.CreateNetwork(t.Context(), n)
		if err == nil {
			p, err = backend.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID}, NoFixedIP: true})
		}
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	parent, sub := made(openstack.Network{Name: "flat", AdminUp: true}), made(openstack.Network{Name: "web", VLAN: 200, AdminUp: true})
	trunk, err := backend.CreateTrunk(t.Context(), openstack.Trunk{PortID: parent.ID,
		SubPorts: []openstack.SubPort{{PortID: sub.ID, Type: openstack.SegmentInherit}}})
	if err != nil {
		t.Fatal(err)
	}
	_, other := start()
	if err := other.DeletePort(t.Context(), sub.NetworkID, sub.ID); err == nil ||
		!strings.Contains(err.Error(), "is a sub port of the trunk") {
		t.Fatalf("a sub port is deleted: %v", err)
	}
	err = c.Records.Catalogue.Update(t.Context(), func(all records.Set) error { // what UpdateTrunk writes first
		trunk.SubPorts = nil
		return all.Put("trunk", trunk.ID, trunk)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.DeletePort(t.Context(), sub.NetworkID, sub.ID); err != nil {
		t.Errorf("the port that has left the trunk stays: %v", err)
	}
	if err := other.DeletePort(t.Context(), parent.NetworkID, parent.ID); err == nil ||
		!strings.Contains(err.Error(), "is the parent of the trunk") {
		t.Errorf("the parent is deleted: %v", err)
	}
}

// TestLimitsFollowAlone: other limits of a policy change nothing else of the networks that have it, whoever has changed them meanwhile.
func TestLimitsFollowAlone(t *testing.T) {
	t.Parallel()
	start := processes(t)
	_, one := start()
	_, two := start()
	policy, err := one.CreateQoSPolicy(t.Context(), openstack.QoSPolicy{Name: "slow"})
	if err != nil {
		t.Fatal(err)
	}
	n, err := one.CreateNetwork(t.Context(), openstack.Network{Name: "lab", VLAN: 5, AdminUp: true, QoSPolicyID: policy.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.Networks(t.Context()); err != nil {
		t.Fatal(err)
	}
	n.Name, n.VLAN, n.Description = "renamed", 6, "two's"
	if _, err := two.UpdateNetwork(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	_, err = one.UpdateQoSPolicy(t.Context(), policy.ID, func(p *openstack.QoSPolicy) error {
		p.Limits = append(p.Limits, openstack.BandwidthLimit{Direction: openstack.Egress, MaxKbps: 1000})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, three := start()
	now, err := three.Network(t.Context(), n.ID, "")
	if err != nil || now.Name != "renamed" || now.VLAN != 6 || now.Description != "two's" || now.Shaping.Egress.Bits != 1000_000 {
		t.Errorf("the network is now %+v, %v", now, err)
	}
}
