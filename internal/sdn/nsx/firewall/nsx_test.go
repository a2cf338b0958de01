// SPDX-License-Identifier: MPL-2.0

package firewall_test

import (
	"net/netip"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// manager is an NSX, which refuses fields that its types do not have and knows which packets pass.
type manager struct {
	*testing.T
	*api.Client
	sim *nsxsim.Manager
}

func start(t *testing.T, version string) manager {
	t.Helper()
	sim := nsxsim.Start(t, nsxsim.Options{Version: version, Rate: -1, Delays: nsxsim.Delays{Publish: -1, Realize: -1, Delete: -1, Search: -1}})
	client, err := api.New(api.Config{Server: sim.Address(), User: sim.User, Password: sim.Password, CA: string(sim.CertificatePEM()),
		Rate: 1e9})
	if err != nil {
		t.Fatal(err)
	}
	return manager{t, client, sim}
}

// create makes an object.
func (m manager) create(path string, body any) {
	m.Helper()
	if err := m.Create(m.Context(), path, body, nil); err != nil {
		m.Errorf("%s: %v", path, err)
	}
}

// change merges into an object.
func (m manager) change(path string, want bool, merge func(policy.Object) (bool, error)) {
	m.Helper()
	if _, err := m.Update(m.Context(), path, func(o map[string]any) (bool, error) {
		is, err := merge(o)
		if is != want {
			m.Errorf("%s: the merge reports %t, and %t is expected", path, is, want)
		}
		return is, err
	}); err != nil {
		m.Errorf("%s: %v", path, err)
	}
}

// group makes a security group with all its rules, which must be as its merges want it.
func (m manager) group(g openstack.SecurityGroup) {
	m.Helper()
	m.create(firewall.GroupPath(root, g.ID), firewall.GroupOf(owner, g))
	m.change(firewall.GroupPath(root, g.ID), false, func(o policy.Object) (bool, error) { return firewall.MergeGroup(owner, o, g) })
	for _, shared := range firewall.RangeGroups(root, g) {
		m.create(shared.Path, shared.Body)
	}
	body, err := firewall.PolicyOf(owner, root, g)
	if err != nil {
		m.Fatal(err)
	}
	m.create(firewall.PolicyPath(root, g.ID), body)
	m.change(firewall.PolicyPath(root, g.ID), false, func(o policy.Object) (bool, error) { return firewall.MergePolicy(owner, root, o, g) })
}

// port makes a port with an address and security groups.
func (m manager) port(id, address string, groups ...string) {
	m.Helper()
	p := openstack.Port{ID: id, NetworkID: "n", MAC: "00:50:56:00:00:0" + id[1:], FixedIPs: []openstack.FixedIP{{Address: address}}}
	body, err := owner.SegmentPort(p, openstack.Network{ID: "n"})
	if err != nil {
		m.Fatal(err)
	}
	m.create(root.SegmentPort("n", id), body)
	for _, want := range []bool{len(groups) > 0, false} {
		m.change(root.SegmentPort("n", id), want, func(o policy.Object) (bool, error) { return firewall.MergePortTags(owner, o, groups) })
	}
}

// TestNSXFilters makes groups and ports at each version, and asks which packets pass.
func TestNSXFilters(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.2.3", "4.1.2", "4.2.1", "9.0.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			m := start(t, version)
			m.create(root.Segment("n"), owner.Segment(openstack.Network{ID: "n", AdminUp: true, Overlay: true}, nsxsim.OverlayZone))
			for _, shared := range firewall.Filtered(root) {
				m.create(shared.Path, shared.Body)
			}
			offices, err := firewall.AddressGroupOf(owner, openstack.AddressGroup{ID: "offices", Addresses: []string{"198.51.100.0/24"}})
			if err != nil {
				t.Fatal(err)
			}
			m.create(firewall.GroupPath(root, "offices"), offices)
			m.groups()
			m.port("p1", "10.0.0.1", "web")
			m.port("p2", "10.0.0.2", "db")
			m.port("p3", "10.0.0.3")
			m.port("p4", "10.0.0.4", "old")
			m.passes()
		})
	}
}

// groups make the security groups: one for the world, one for its members, and one without connection state.
func (m manager) groups() {
	m.Helper()
	m.group(openstack.SecurityGroup{ID: "web", Name: "web", Stateful: true, Rules: []openstack.SecurityGroupRule{
		ingress("w1", openstack.SecurityGroupRule{Protocol: "tcp", PortMin: number(80), PortMax: number(89)}),
		ingress("w2", openstack.SecurityGroupRule{Protocol: "tcp", PortMin: number(22), PortMax: number(22), AddressGroupID: "offices"}),
		ingress("w3", openstack.SecurityGroupRule{Protocol: "udp", RemotePrefix: "0.0.0.0/8"}),
		ingress("w4", openstack.SecurityGroupRule{Protocol: "icmp", PortMin: number(8), RemotePrefix: "0.0.0.0/0"}),
		{ID: "w5", Direction: openstack.Egress, EtherType: openstack.IPv4}}})
	m.group(openstack.SecurityGroup{ID: "db", Name: "db", Stateful: true, Rules: []openstack.SecurityGroupRule{
		ingress("d1", openstack.SecurityGroupRule{Protocol: "tcp", PortMin: number(5432), PortMax: number(5432), RemoteGroupID: "web"})}})
	m.group(openstack.SecurityGroup{ID: "old", Name: "old", Replies: openstack.RepliesEphemeral, Rules: []openstack.SecurityGroupRule{
		ingress("o1", openstack.SecurityGroupRule{Protocol: "tcp", PortMin: number(80), PortMax: number(80)}),
		ingress("o2", openstack.SecurityGroupRule{Protocol: "vrrp"})}})
}

// passes asks which packets get through.
func (m manager) passes() {
	m.Helper()
	in := func(port, from string, protocol, number int) nsxsim.Packet {
		return nsxsim.Packet{Port: root.SegmentPort("n", port), Remote: netip.MustParseAddr(from), Protocol: protocol, SourcePort: 40000,
			DestinationPort: number}
	}
	answer := func(p nsxsim.Packet) nsxsim.Packet {
		p.Out, p.Answer, p.SourcePort, p.DestinationPort = !p.Out, true, p.DestinationPort, p.SourcePort
		return p
	}
	ping := in("p1", "192.0.2.1", sdn.ICMP, 0)
	ping.ICMPType = 8
	lease := nsxsim.Packet{Port: root.SegmentPort("n", "p2"), Out: true, Remote: netip.MustParseAddr("255.255.255.255"), Protocol: sdn.UDP,
		SourcePort: 68, DestinationPort: 67}
	neighbour := nsxsim.Packet{Port: root.SegmentPort("n", "p2"), Out: true, Remote: netip.MustParseAddr("ff02::1"), Protocol: sdn.ICMPv6,
		ICMPType: 135}
	for name, c := range map[string]struct {
		packet nsxsim.Packet
		want   bool
	}{
		"an allowed port":        {in("p1", "192.0.2.1", sdn.TCP, 85), true},
		"its answer":             {answer(in("p1", "192.0.2.1", sdn.TCP, 85)), true},
		"a port beyond":          {in("p1", "192.0.2.1", sdn.TCP, 90), false},
		"an office":              {in("p1", "198.51.100.7", sdn.TCP, 22), true},
		"no office":              {in("p1", "192.0.2.1", sdn.TCP, 22), false},
		"a range from 0.0.0.0":   {in("p1", "0.1.2.3", sdn.UDP, 9), true},
		"beyond that range":      {in("p1", "192.0.2.1", sdn.UDP, 9), false},
		"a ping":                 {ping, true},
		"a member of the remote": {in("p2", "10.0.0.1", sdn.TCP, 5432), true},
		"a stranger":             {in("p2", "10.0.0.3", sdn.TCP, 5432), false},
		"its answer to nobody":   {answer(in("p2", "10.0.0.3", sdn.TCP, 5432)), false},
		"a lease":                {lease, true},
		"a neighbour":            {neighbour, true},
		"a port without groups":  {in("p3", "192.0.2.1", sdn.TCP, 22), true},
		"without state":          {in("p4", "192.0.2.1", sdn.TCP, 80), true},
		"an answer by its rule":  {answer(in("p4", "192.0.2.1", sdn.TCP, 80)), true},
		"an answer without one":  {answer(in("p4", "192.0.2.1", 112, 0)), false},
	} {
		if got := m.sim.Passes(c.packet); got != c.want {
			m.Errorf("%s passes: %t, and %t is expected", name, got, c.want)
		}
	}
}
