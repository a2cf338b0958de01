// SPDX-License-Identifier: MPL-2.0

package sdn_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// TestComplete compares with what Neutron derives from a range (neutron.ipam.utils): IPv4 and IPv6, large and tiny.
func TestComplete(t *testing.T) {
	t.Parallel()
	for cidr, want := range map[string]struct {
		gateway string
		pools   string
	}{
		"10.0.0.0/24":   {"10.0.0.1", "10.0.0.2 to 10.0.0.254"},
		"10.0.0.0/30":   {"10.0.0.1", "10.0.0.2 to 10.0.0.2"},
		"10.0.0.0/31":   {"10.0.0.0", "10.0.0.1 to 10.0.0.1"},
		"10.0.0.0/8":    {"10.0.0.1", "10.0.0.2 to 10.255.255.254"},
		"2001:db8::/64": {"2001:db8::1", "2001:db8::2 to 2001:db8::ffff:ffff:ffff:ffff"},
		"fd00::/127":    {"fd00::", "fd00::1 to fd00::1"},
	} {
		s, err := sdn.Complete(openstack.Subnet{CIDR: cidr}, false)
		if err != nil || s.Gateway != want.gateway || sdn.PoolText(s) != want.pools {
			t.Errorf("%s: %s, %s, %v", cidr, s.Gateway, sdn.PoolText(s), err)
		}
	}
	middle, err := sdn.Complete(openstack.Subnet{CIDR: "10.0.0.0/29", Gateway: "10.0.0.4"}, false)
	if err != nil || sdn.PoolText(middle) != "10.0.0.1 to 10.0.0.3, 10.0.0.5 to 10.0.0.6" {
		t.Error(sdn.PoolText(middle), err)
	}
	none, err := sdn.Complete(openstack.Subnet{CIDR: "10.0.0.0/29"}, true)
	if err != nil || none.Gateway != "" || sdn.PoolText(none) != "10.0.0.1 to 10.0.0.6" {
		t.Error(none.Gateway, sdn.PoolText(none), err)
	}
}

// TestClaim fills a subnet to the last address: no address is chosen twice, nor the gateway or a requested one, and then the pool is
// exhausted.
func TestClaim(t *testing.T) {
	t.Parallel()
	s, err := sdn.Complete(openstack.Subnet{ID: "s", NetworkID: "n", CIDR: "10.0.0.0/27"}, false)
	if err != nil {
		t.Fatal(err)
	}
	subnets := []openstack.Subnet{s}
	given, err := sdn.Claim(sdn.PortRequest{Port: openstack.Port{ID: "given", FixedIPs: []openstack.FixedIP{{Address: "10.0.0.9"}}}}, subnets,
		nil)
	if err != nil || given.FixedIPs[0] != (openstack.FixedIP{SubnetID: "s", Address: "10.0.0.9"}) {
		t.Fatal(given, err)
	}
	ports, seen := []openstack.Port{given}, map[string]bool{"10.0.0.1": true, "10.0.0.9": true, given.MAC: true}
	for len(ports) < 29 {
		p, err := sdn.Claim(sdn.PortRequest{Port: openstack.Port{ID: "p" + strings.Repeat("x", len(ports))}}, subnets, ports)
		if err != nil {
			t.Fatalf("after %d: %s", len(ports), err)
		}
		if at := p.FixedIPs[0].Address; seen[at] || seen[p.MAC] || !sdn.In(s, at) {
			t.Fatalf("%s with %s is given twice, or is none", at, p.MAC)
		}
		seen[p.FixedIPs[0].Address], seen[p.MAC] = true, true
		ports = append(ports, p)
	}
	_, err = sdn.Claim(sdn.PortRequest{Port: openstack.Port{ID: "last"}}, subnets, ports)
	if err == nil || !strings.Contains(err.Error(), "have 29, and ports hold all of them, 29 of which are plugged in nowhere") {
		t.Error(err)
	}
	again, err := sdn.Claim(sdn.PortRequest{Port: ports[5]}, subnets, ports)
	if err != nil || again.FixedIPs[0] != ports[5].FixedIPs[0] || again.MAC != ports[5].MAC {
		t.Error("a port loses what it has:", again, err)
	}
}

// TestDescribedWithItsImport: the description of a port that has its own resource tells how to import it, whoever made it; a port made
// for an instance is imported with the instance.
func TestDescribedWithItsImport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		port     openstack.Port
		imported bool
	}{
		{openstack.Port{ID: "p"}, true}, {openstack.Port{ID: "p", DeviceID: "i"}, true},
		{openstack.Port{ID: "p", Implicit: true}, true}, {openstack.Port{ID: "p", Implicit: true, DeviceID: "i"}, false},
	} {
		if text := sdn.Describe(c.port); strings.Contains(text, "import {") != c.imported {
			t.Errorf("%+v: %s", c.port, text)
		}
	}
}

// TestClaimByMAC: an address that guests form themselves is derived from the MAC (RFC 4291).
func TestClaimByMAC(t *testing.T) {
	t.Parallel()
	s, err := sdn.Complete(openstack.Subnet{ID: "s", CIDR: "2001:db8::/64", AddressMode: sdn.SLAAC}, false)
	if err != nil {
		t.Fatal(err)
	}
	p, err := sdn.Claim(sdn.PortRequest{Port: openstack.Port{ID: "p", MAC: "00:50:56:AB:CD:EF"}}, []openstack.Subnet{s}, nil)
	if err != nil || p.FixedIPs[0].Address != "2001:db8::250:56ff:feab:cdef" || p.MAC != "00:50:56:ab:cd:ef" {
		t.Error(p, err)
	}
	if l := sdn.LeaseOf(s, p.FixedIPs[0].Address); !l.Asks || l.Address != "2001:db8::250:56ff:feab:cdef/64" {
		t.Error(l)
	}
}

// TestLast: the last address of ranges whose length is not a multiple of eight.
func TestLast(t *testing.T) {
	t.Parallel()
	for cidr, want := range map[string]string{"10.0.0.0/23": "10.0.1.255", "10.0.0.64/27": "10.0.0.95",
		"::/0": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fd00::/61": "fd00::7:ffff:ffff:ffff:ffff"} {
		if last := sdn.Last(netip.MustParsePrefix(cidr)); last.String() != want {
			t.Errorf("%s ends with %s", cidr, last)
		}
	}
}

// FuzzComplete: every subnet is refused, or completed into one that Complete does not change.
func FuzzComplete(f *testing.F) {
	f.Add("10.0.0.0/24", "10.0.0.1", "10.0.0.2", "10.0.0.9", "")
	f.Add("2001:db8::/64", "", "", "", "slaac")
	f.Add("0.0.0.0/0", "255.255.255.255", "::1", "x", "dhcpv6-stateful")
	f.Fuzz(func(t *testing.T, cidr, gateway, start, end, mode string) {
		s := openstack.Subnet{CIDR: cidr, Gateway: gateway, AddressMode: mode}
		if start+end != "" {
			s.Pools = []openstack.AddressPool{{Start: start, End: end}}
		}
		once, err := sdn.Complete(s, false)
		if err != nil {
			return
		}
		twice, err := sdn.Complete(once, once.Gateway == "")
		if err != nil || twice.Gateway != once.Gateway || sdn.PoolText(twice) != sdn.PoolText(once) {
			t.Errorf("%+v becomes %+v, %v", once, twice, err)
		}
		if address, ok := sdn.Choose(once, func(string) bool { return false }); ok && (!sdn.In(once, address) || address == once.Gateway) {
			t.Errorf("%s is chosen on %+v", address, once)
		}
	})
}
