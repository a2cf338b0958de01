// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// external makes an external network with a subnet, and removes both at the end.
func (s site) external(t *testing.T, b *mixed.Backend, cidr string) openstack.Network {
	t.Helper()
	wish := openstack.Network{Name: "internet", External: true, AdminUp: true, AnyVLAN: true}
	n, err := b.CheckNetwork(t.Context(), wish)
	must(t, err)
	if n.Kind != openstack.NetworkExternal || n.Zone == "" || n.AnyVLAN {
		t.Fatalf("%+v is planned", n)
	}
	n, err = b.CreateNetwork(t.Context(), wish)
	must(t, err)
	if cidr != "" {
		outside(t, b, n, cidr)
	}
	return n
}

// outside makes a subnet of an external network.
func outside(t *testing.T, b *mixed.Backend, n openstack.Network, cidr string) openstack.Subnet {
	t.Helper()
	wish, err := sdn.Complete(openstack.Subnet{NetworkID: n.ID, CIDR: cidr}, false)
	must(t, err)
	_, err = b.CheckSubnet(t.Context(), wish)
	must(t, err)
	made, err := b.CreateSubnet(t.Context(), wish)
	must(t, err)
	return made
}

// TestExternalNetwork: an external network is the record of a tier-0 gateway. Another process sees it, and its subnets are records; it is
// changed, and goes after what uses it.
func TestExternalNetwork(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.routing(t)
	itself, err := b.Network(t.Context(), "", "tier-0")
	if err != nil || itself.ID != "tier-0" || !itself.External || itself.Mark != nil || itself.Manageable() == nil {
		t.Fatalf("the tier-0 by itself is %+v: %v", itself, err)
	}
	n := s.external(t, b, "203.0.113.0/24")
	other := s.routing(t)
	for _, by := range [][2]string{{n.ID, ""}, {"", "internet"}, {n.ID, "internet"}, {nsxsim.Tier0, ""}, {"tier-0", ""}} {
		seen, err := other.Network(t.Context(), by[0], by[1])
		if err != nil || seen.ID != n.ID || seen.Gateway != nsxsim.Tier0 || seen.Mark == nil || !seen.External {
			t.Errorf("another process finds %+v by %v: %v", seen, by, err)
		}
	}
	if _, err := other.Network(t.Context(), "", "tier-0"); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("the tier-0 is a network beside its record: %v", err)
	}
	n.Name, n.Description, n.Tags = "uplink", "changed", []string{"a"}
	n, err = other.UpdateNetwork(t.Context(), n)
	if err != nil || n.Name != "uplink" || n.Description != "changed" || len(n.Tags) != 1 || n.Mark == nil {
		t.Errorf("it is %+v: %v", n, err)
	}
	n.External = false
	if _, err := other.UpdateNetwork(t.Context(), n); err == nil || !strings.Contains(err.Error(), "cannot become another one") {
		t.Errorf("it is a network like others: %v", err)
	}
	if _, err := other.DeleteNetwork(t.Context(), n.ID); err == nil || !strings.Contains(err.Error(), "is in use: it has the subnet") {
		t.Errorf("it is deleted with a subnet: %v", err)
	}
	subnets, err := other.Subnets(t.Context(), n.ID)
	must(t, err)
	must(t, other.DeleteSubnet(t.Context(), n.ID, subnets[0].ID))
	ours, err := other.DeleteNetwork(t.Context(), n.ID)
	if _, failed := s.routing(t).Network(t.Context(), n.ID, ""); !ours || err != nil || !errors.Is(failed, openstack.ErrNotFound) {
		t.Errorf("it is deleted: %v, %v; then %v", ours, err, failed)
	}
	if ours, err := other.DeleteNetwork(t.Context(), "tier-0"); ours || err != nil {
		t.Errorf("the tier-0 is ours to delete: %v", err)
	}
	s.empty(t)
}

// TestExternalNetworkRefused: what no tier-0 is, and a second network of one, is refused before anything exists.
func TestExternalNetworkRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.routing(t)
	s.external(t, b, "")
	s.NSX.Put("/infra/tier-0s/second", map[string]any{"display_name": "north"})
	later := s.routing(t)
	for want, change := range map[string]func(*openstack.Network){
		`NSX has none called "west": write the name or id of one of "north" (second), "tier-0" (tier-0)`: func(n *openstack.Network) {
			n.PhysicalNetwork = "west"
		},
		"none of which is called":        func(*openstack.Network) {},
		"it is one external network":     func(n *openstack.Network) { n.PhysicalNetwork = "tier-0" },
		"choose another name":            func(n *openstack.Network) { n.Name, n.PhysicalNetwork = "internet", "north" },
		"which has its own VLANs":        func(n *openstack.Network) { n.Type, n.VLAN = "vlan", 7 },
		"leave mtu out":                  func(n *openstack.Network) { n.MTU = 1500 },
		"which is not switched off":      func(n *openstack.Network) { n.AdminUp = false },
		"which is not limited with it":   func(n *openstack.Network) { n.QoSPolicyID = "q" },
		"a segment of NSX is no way out": func(n *openstack.Network) { n.PhysicalNetwork, n.Type, n.VLAN, n.AnyVLAN = "vlan", "vlan", 7, false },
	} {
		n := openstack.Network{Name: "other", External: true, AdminUp: true, AnyVLAN: true}
		change(&n)
		if _, err := later.CheckNetwork(t.Context(), n); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v; want %q", n, err, want)
		}
		if _, err := later.CreateNetwork(t.Context(), n); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v is made: %v", n, err)
		}
	}
	itself, err := later.Network(t.Context(), "", "north")
	must(t, err)
	outside(t, later, itself, "198.51.100.0/24")
	_, err = later.CheckNetwork(t.Context(), openstack.Network{Name: "north", External: true, AdminUp: true})
	if err == nil || !strings.Contains(err.Error(), "which the tier-0 gateway is by itself, is in use: it has the subnet") {
		t.Errorf("a tier-0 that is used itself: %v", err)
	}
}

// TestTier0UsedMeanwhile: a tier-0 that another process uses under its own id, since this one read the records or while it writes its own,
// does not become a second external network, whose addresses would be given twice.
func TestTier0UsedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before the record", "with the record"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			l := &lab{T: t, site: newSite(t, nsxsim.Options{}), routers: vcenter.RoutersNSX}
			first := l.next()
			itself, err := first.Network(t.Context(), "", "tier-0")
			must(t, err)
			use := sync.OnceFunc(func() { outside(t, first, itself, "203.0.113.0/24") })
			wire := l.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
				if strings.HasSuffix(c.Name, "_Task") {
					use()
				}
				return nil
			})
			other := l.backend(wire.Server, wire.CAFile)
			_, err = other.Subnets(t.Context(), "")
			must(t, err)
			if when == "before the record" {
				use()
			}
			_, err = other.CreateNetwork(t.Context(), openstack.Network{Name: "internet", External: true, AdminUp: true})
			if err == nil || !strings.Contains(err.Error(), "is in use: it has the subnet") {
				t.Errorf("it is made: %v", err)
			}
			if n, err := l.next().Network(t.Context(), nsxsim.Tier0, ""); err != nil || n.ID != itself.ID {
				t.Errorf("the tier-0 is the network %+v: %v", n, err)
			}
		})
	}
}

// TestExternalPort: a port of an external network has an address there, and no instance can have it.
func TestExternalPort(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.routing(t)
	n := s.external(t, b, "203.0.113.0/24")
	p, err := b.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID}})
	must(t, err)
	if !sdn.In(openstack.Subnet{CIDR: "203.0.113.0/24"}, p.FixedIPs[0].Address) || len(s.NSX.Paths("SegmentPort")) > 0 {
		t.Errorf("%+v is made, and NSX has %v", p, s.NSX.Paths("SegmentPort"))
	}
	if _, err := s.process(t).Network(t.Context(), "", "tier-0"); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("a tier-0 is a network where routers are not NSX's: %v", err)
	}
	if err := b.CheckPlug(t.Context(), p); err == nil || !strings.Contains(err.Error(), "into which no instance can be plugged") {
		t.Errorf("it can be plugged in: %v", err)
	}
	must(t, b.DeletePort(t.Context(), n.ID, p.ID))
}

// TestForeignAddresses: no port, floating IP or router gets an address that NSX says others have: NAT rules, single addresses and ranges,
// and the tier-0's uplink. A written one is an error that says who has it.
func TestForeignAddresses(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	s.NSX.Put("/infra/tier-1s/theirs", map[string]any{})
	rule := func(id string, body map[string]any) {
		s.NSX.Put("/infra/tier-1s/theirs/nat/USER/nat-rules/"+id, body)
	}
	rule("one", map[string]any{"action": "DNAT", "destination_network": "203.0.113.3", "translated_network": "10.0.0.5"})
	rule("range", map[string]any{"action": "SNAT", "source_network": "10.0.0.0/24", "translated_network": "203.0.113.4/31"})
	b := s.routing(t)
	n := s.external(t, b, "203.0.113.0/29") // .1 is the gateway, .2 the uplink's, .3 to .5 are others': .6 is left
	for address, who := range map[string]string{"203.0.113.2": "the tier-0 gateway itself", "203.0.113.3": "nat-rules/one",
		"203.0.113.5": "nat-rules/range"} {
		for name, err := range map[string]error{
			"floating IP": second(b.CheckFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: n.ID, Address: address})),
			"router": b.CheckRouter(t.Context(), openstack.Router{ExternalNetworkID: n.ID,
				ExternalIPs: []openstack.FixedIP{{Address: address}}}),
			"port": b.CheckClaim(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID,
				FixedIPs: []openstack.FixedIP{{Address: address}}}}),
			"made floating IP": second(b.CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: n.ID, Address: address})),
		} {
			if err == nil || !strings.Contains(err.Error(), who) {
				t.Errorf("a %s at %s: %v; want %q", name, address, err, who)
			}
		}
	}
	f, err := b.CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: n.ID})
	if err != nil || f.Address != "203.0.113.6" {
		t.Errorf("the floating IP is %s: %v", f.Address, err)
	}
	_, err = s.routing(t).CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: n.ID})
	if err == nil || !strings.Contains(err.Error(), "no address is left") || !strings.Contains(err.Error(), "nat-rules/range") {
		t.Errorf("another floating IP: %v", err)
	}
	must(t, b.DeleteFloatingIP(t.Context(), f.ID))
}

// second returns the error of two results.
func second[T any](_ T, err error) error { return err }
