// SPDX-License-Identifier: MPL-2.0

package dvs_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// wires is a backend with a network, whose ports are plugged in for tests.
type wires struct {
	*testing.T
	vc      *acctest.VCenter
	backend *dvs.Backend
}

func newWires(t *testing.T) wires {
	t.Helper()
	vc := acctest.Start(t, vcsim.Options{})
	c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack",
		SecurityGroups: sdn.EnforceDVS})
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	return wires{t, vc, dvs.New(c)}
}

func (w wires) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w wires) network(n openstack.Network) openstack.Network {
	w.Helper()
	n.AdminUp = true
	n, err := w.backend.CreateNetwork(w.Context(), n)
	w.must(err)
	return n
}

// plugged makes a port that an instance has, as far as the records say.
func (w wires) plugged(p openstack.Port) openstack.Port {
	w.Helper()
	p, err := w.backend.CreatePort(w.Context(), sdn.PortRequest{Port: p, NoFixedIP: true})
	w.must(err)
	booked, err := w.backend.Book(w.Context(), p)
	w.must(err)
	p, err = w.backend.UpdatePort(w.Context(), p.NetworkID, p.ID, func(r *sdn.PortRequest) error {
		r.DeviceID, r.SwitchPort = "50230a3c-0000-4000-8000-000000000000", booked.SwitchPort
		return nil
	})
	w.must(err)
	return p
}

// port reads what the switch has for a port of the network lab.
func (w wires) port(id string) types.DistributedVirtualPort {
	w.Helper()
	at, there := w.vc.Booked("lab")[id]
	if !there {
		w.Fatalf("the switch has no port for %s", id)
	}
	return at
}

// TestLimits: a port's own policy wins over its network's, whole; a change of a rule is in force at once at both; and what a vCenter's
// administrator sets instead is seen and set right.
func TestLimits(t *testing.T) {
	t.Parallel()
	w := newWires(t)
	policy := func(name string, limits ...openstack.BandwidthLimit) openstack.QoSPolicy {
		p, err := w.backend.CreateQoSPolicy(t.Context(), openstack.QoSPolicy{Name: name, Limits: limits})
		w.must(err)
		return p
	}
	slow := policy("slow", openstack.BandwidthLimit{ID: "a", Direction: openstack.Ingress, MaxKbps: 1000})
	fast := policy("fast", openstack.BandwidthLimit{ID: "b", Direction: openstack.Egress, MaxKbps: 3000, BurstKb: 300})
	n := w.network(openstack.Network{Name: "lab", VLAN: 100, QoSPolicyID: slow.ID})
	plain := w.plugged(openstack.Port{NetworkID: n.ID})
	own := w.plugged(openstack.Port{NetworkID: n.ID, QoSPolicyID: fast.ID})
	check := func(when, id string, inherited bool, egress, ingress int64) {
		t.Helper()
		setting, _ := w.port(id).Config.Setting.(*types.VMwareDVSPortSetting)
		for way, policy := range map[string]*types.DVSTrafficShapingPolicy{"egress": setting.InShapingPolicy,
			"ingress": setting.OutShapingPolicy} {
			want := map[string]int64{"egress": egress, "ingress": ingress}[way]
			switch {
			case policy == nil || policy.Inherited != inherited || *policy.Enabled.Value != (want > 0):
				t.Errorf("%s: %s of %s is %+v", when, way, id, policy)
			case want > 0 && (policy.AverageBandwidth.Value != want || policy.PeakBandwidth.Value != want):
				t.Errorf("%s: %s of %s is %d bit/s", when, way, id, policy.AverageBandwidth.Value)
			}
		}
	}
	check("at first", plain.ID, true, 0, 1000_000)
	check("at first", own.ID, false, 3000_000, 0)
	if is := network.ShapingOf(w.port(own.ID)); is == nil || is.Egress.Burst != 37500 {
		t.Errorf("a burst of 300 kbit is %+v", is)
	}
	change := func(id string, kbps int64) {
		_, err := w.backend.UpdateQoSPolicy(t.Context(), id, func(p *openstack.QoSPolicy) error { p.Limits[0].MaxKbps = kbps; return nil })
		w.must(err)
	}
	change(slow.ID, 2000)
	change(fast.ID, 4000)
	check("changed", plain.ID, true, 0, 2000_000)
	check("changed", own.ID, false, 4000_000, 0)
	at := w.port(own.ID)
	setting := &types.VMwareDVSPortSetting{}
	setting.InShapingPolicy = &types.DVSTrafficShapingPolicy{Enabled: &types.BoolPolicy{Value: types.NewBool(false)}}
	w.must(w.vc.SetPorts("lab", types.DVPortConfigSpec{Operation: "edit", Key: at.Key, Setting: setting}))
	change(slow.ID, 2001) // whatever was read before is out of date
	is, want, err := w.backend.EffectiveRules(t.Context(), own)
	if err != nil || len(is) != 0 || len(want) != 1 || !strings.Contains(want[0], "egress at most 4000 kbit/s") {
		t.Errorf("the switch has %q, and should have %q: %v", is, want, err)
	}
	w.must(w.backend.Enforce(t.Context(), own))
	check("enforced", own.ID, false, 4000_000, 0)
	_, err = w.backend.UpdatePort(t.Context(), n.ID, own.ID, func(r *sdn.PortRequest) error { r.QoSPolicyID = ""; return nil })
	w.must(err)
	check("without a policy", own.ID, true, 0, 2001_000)
}

// TestTrunkOnTheSwitch: the switch port of a plugged parent carries the VLANs of the sub ports and its own, and follows each change.
func TestTrunkOnTheSwitch(t *testing.T) {
	t.Parallel()
	for own, vlan := range map[int64]int64{0: 0, 100: 100} {
		w := newWires(t)
		n, a, b := w.network(openstack.Network{Name: "lab", VLAN: vlan}), w.network(openstack.Network{Name: "a", VLAN: 101}),
			w.network(openstack.Network{Name: "b", VLAN: 102})
		w.forbidVLANs("lab") // as in a portgroup of an older version
		w.backend = w.another()
		parent := w.plugged(openstack.Port{NetworkID: n.ID})
		port := func(on openstack.Network) openstack.SubPort {
			p, err := w.backend.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: on.ID}, NoFixedIP: true})
			w.must(err)
			return openstack.SubPort{PortID: p.ID, VLAN: on.VLAN, Type: openstack.SegmentVLAN}
		}
		carries := func(when string, want ...int64) {
			t.Helper()
			if is := network.VLANsOf(w.port(parent.ID)); !slices.Equal(is, want) {
				t.Errorf("%s: the parent carries %v, not %v", when, is, want)
			}
		}
		subs := []openstack.SubPort{port(a), port(b)}
		trunk, err := w.backend.CreateTrunk(t.Context(), openstack.Trunk{PortID: parent.ID, SubPorts: subs[:1]})
		w.must(err)
		carries("at first", own, 101)
		trunk.SubPorts = subs
		trunk, err = w.backend.UpdateTrunk(t.Context(), trunk)
		w.must(err)
		carries("two", own, 101, 102)
		trunk.Down = true
		_, err = w.backend.UpdateTrunk(t.Context(), trunk)
		w.must(err)
		carries("down", own)
		trunk.Down = false
		_, err = w.backend.UpdateTrunk(t.Context(), trunk)
		w.must(err)
		at := w.port(parent.ID)
		less := &types.VmwareDistributedVirtualSwitchTrunkVlanSpec{VlanId: []types.NumericRange{{Start: int32(own), End: int32(own)},
			{Start: 101, End: 101}}}
		w.must(w.vc.SetPorts("lab", types.DVPortConfigSpec{Operation: "edit", Key: at.Key, Setting: &types.VMwareDVSPortSetting{Vlan: less}}))
		if left, err := w.another().Carried(t.Context(), trunk); err != nil || len(left) != 1 || left[0].PortID != subs[0].PortID {
			t.Errorf("of the sub ports %+v are carried: %v", left, err)
		}
		w.must(w.backend.DeleteTrunk(t.Context(), trunk.ID))
		carries("without a trunk")
	}
}

// forbidVLANs lets no port of a portgroup override its VLAN.
func (w wires) forbidVLANs(portgroup string) {
	w.Helper()
	group := w.vc.Portgroup(portgroup)
	policy, _ := group.Config.Policy.(*types.VMwareDVSPortgroupPolicy)
	policy.VlanOverrideAllowed = false
	task, err := object.NewDistributedVirtualPortgroup(w.vc.Client().Client, group.Self).Reconfigure(w.Context(),
		types.DVPortgroupConfigSpec{ConfigVersion: group.Config.ConfigVersion, Policy: policy})
	w.must(err)
	w.must(task.Wait(w.Context()))
}

// another is another process.
func (w wires) another() *dvs.Backend {
	c := vcenter.New(vcenter.Config{Server: w.vc.Server(), User: w.vc.User, Password: w.vc.Password, CAFile: w.vc.CAFile, Folder: "OpenStack"})
	w.Cleanup(func() { _ = c.Close(w.Context()) })
	return dvs.New(c)
}
