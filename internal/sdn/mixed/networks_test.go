// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/networktest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx"
)

// TestLatePortgroup: a network is made when the vCenter shows it.
func TestLatePortgroup(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	release := s.NSX.Bridge.Hold()
	time.AfterFunc(300*time.Millisecond, release)
	n := network(t, s.process(t), "late", "")
	if len(n.Portgroups) == 0 || n.LogicalSwitch == "" {
		t.Errorf("%+v was made", n)
	}
}

// TestLingeringPort: a network waits for the ports that NSX makes for NICs by itself.
func TestLingeringPort(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "lingering", "")
	nic := nsxsim.Card{Machine: "vm-1", Device: "4000", SwitchUUID: n.LogicalSwitch}
	s.NSX.Connected(nic)
	s.NSX.Disconnected(nic)
	if len(s.NSX.Paths("SegmentPort")) != 1 {
		t.Fatal("NSX has no port of its own")
	}
	ours, err := b.DeleteNetwork(t.Context(), n.ID)
	if err != nil || !ours {
		t.Errorf("%v, %v", ours, err)
	}
	s.empty(t)
}

// TestForeignSegment: a segment that others have made is a network, and stays.
func TestForeignSegment(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	s.NSX.Put("/infra/segments/theirs", map[string]any{"display_name": "theirs", "transport_zone_path": nsxsim.OverlayZone})
	b := s.process(t)
	n, err := b.Network(t.Context(), "", "theirs")
	if err != nil || n.ID != "theirs" || n.Mark != nil {
		t.Fatalf("%+v: %v", n, err)
	}
	n.Description = "ours now"
	if _, err := b.UpdateNetwork(t.Context(), n); err == nil || !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("it is changed: %v", err)
	}
	ours, err := b.DeleteNetwork(t.Context(), n.ID)
	if _, there := s.NSX.Object("/infra/segments/theirs"); ours || err != nil || !there {
		t.Errorf("it is deleted: %v, %v", ours, err)
	}
}

// TestStrayPort: a network that is deleted takes along a segment port whose record a killed process has removed.
func TestStrayPort(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "killed", "10.0.0.0/24")
	p := port(t, b, openstack.Port{NetworkID: n.ID})
	body, _ := s.NSX.Object(portPath(p))
	must(t, b.DeletePort(t.Context(), n.ID, p.ID))
	s.NSX.Advance(time.Second) // its deletion is over
	s.NSX.Put(portPath(p), map[string]any{"tags": body["tags"], "attachment": body["attachment"]})
	subnets, err := b.Subnets(t.Context(), n.ID)
	must(t, err)
	must(t, b.DeleteSubnet(t.Context(), n.ID, subnets[0].ID))
	_, err = s.process(t).DeleteNetwork(t.Context(), n.ID)
	must(t, err)
	s.empty(t)
}

// TestRefusedNetworks: what no segment can be is refused at plan, at its argument.
func TestRefusedNetworks(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	another := strings.Replace(nsxsim.OverlayZone, "1b3a2f36", "2b3a2f36", 1)
	s.NSX.Put(another, map[string]any{"display_name": "overlay", "tz_type": "OVERLAY_STANDARD"})
	for name, c := range map[string]struct {
		zone, text string
		n          openstack.Network
	}{
		"VLAN of an overlay":   {"", "segmentation_id", openstack.Network{Type: "geneve", VLAN: 7}},
		"unknown zone":         {"", "is neither", openstack.Network{Type: "vlan", PhysicalNetwork: "nowhere", VLAN: 7}},
		"ambiguous zone":       {"", "2 overlay transport zones of", openstack.Network{Type: "geneve", PhysicalNetwork: "overlay"}},
		"provider's zone":      {"nowhere", "NSX has no overlay transport zone", openstack.Network{Type: "geneve"}},
		"external":             {"", "is no way out", openstack.Network{Type: "geneve", External: true}},
		"QoS":                  {"", "there is no QoS policy q", openstack.Network{Type: "geneve", QoSPolicyID: "q"}},
		"MTU":                  {"", "has no MTU of its own", openstack.Network{Type: "geneve", MTU: 9000}},
		"VLAN that none names": {"", "segmentation_id", openstack.Network{Type: "vlan", PhysicalNetwork: "vlan", AnyVLAN: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := s.process(t, func(cfg *nsx.Config) { cfg.TransportZone = c.zone })
			c.n.Name, c.n.AdminUp = name, true
			if _, err := b.CheckNetwork(t.Context(), c.n); err == nil || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestDHCP: NSX serves DHCP on a subnet that says so, and gives each port its address.
func TestDHCP(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "served", "")
	served := subnet(t, b, openstack.Subnet{NetworkID: n.ID, CIDR: "10.0.0.0/24", DHCP: true, DNS: []string{"10.0.0.2"}})
	p := port(t, b, openstack.Port{NetworkID: n.ID})
	segment, _ := s.NSX.Object("/infra/segments/" + n.ID)
	binding, _ := s.NSX.Object("/infra/segments/" + n.ID + "/dhcp-static-binding-configs/" + p.ID + "-ipv4")
	if segment["dhcp_config_path"] != "/infra/dhcp-server-configs/"+n.ID || binding["ip_address"] != p.FixedIPs[0].Address {
		t.Errorf("the segment is %v, and the port's binding %v", segment, binding)
	}
	second, err := sdn.Complete(openstack.Subnet{NetworkID: n.ID, CIDR: "10.1.0.0/24", DHCP: true}, false)
	must(t, err)
	if _, err := b.CheckSubnet(t.Context(), second); err == nil || !strings.Contains(err.Error(), "one of each IP") {
		t.Errorf("a second subnet with DHCP: %v", err)
	}
	closed, err := sdn.Complete(openstack.Subnet{NetworkID: n.ID, CIDR: "2001:db8::/64", DHCP: true}, true)
	must(t, err)
	if _, err := b.CheckSubnet(t.Context(), closed); err == nil || !strings.Contains(err.Error(), "has no gateway") {
		t.Errorf("DHCP on a subnet without a gateway: %v", err)
	}
	networktest.Waits(t, "a subnet with a port", p.ID, func(ctx context.Context) error { return b.DeleteSubnet(ctx, n.ID, served.ID) })
	must(t, b.DeletePort(t.Context(), n.ID, p.ID))
	must(t, b.DeleteSubnet(t.Context(), n.ID, served.ID))
	_, err = b.DeleteNetwork(t.Context(), n.ID)
	must(t, err)
	s.NSX.Advance(time.Second)
	s.empty(t)
}

// TestNoCall: a network of a switch costs no call to NSX.
func TestNoCall(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n, err := b.CreateNetwork(t.Context(), openstack.Network{Name: "plain", Type: "vlan", VLAN: 100, AdminUp: true})
	must(t, err)
	subnet(t, b, openstack.Subnet{NetworkID: n.ID, CIDR: "10.0.0.0/24"})
	p := port(t, b, openstack.Port{NetworkID: n.ID})
	must(t, b.DeletePort(t.Context(), n.ID, p.ID))
	if calls := s.NSX.Calls(); len(calls) > 0 {
		t.Errorf("NSX was asked %v", calls)
	}
}
