// SPDX-License-Identifier: MPL-2.0

package traffic

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// any4 and any6 are every address of a version.
const (
	any4 = "0.0.0.0/0"
	any6 = "::/0"
)

// GatewayRules returns the rules of the groups of some ports, for a gateway in front of them: each rule once, with the addresses of those
// ports that have its group. Rules that match no packet are left out: those of ports without an address of their version, and those that
// name a group without members.
func (s *Policy) GatewayRules(ports []openstack.GatewayPort) (out []openstack.GatewayRule, err error) {
	local := map[string][]string{}
	for _, p := range ports {
		for _, id := range p.Groups {
			if !p.Down {
				local[id] = append(local[id], p.Addresses...)
			}
		}
	}
	for id, addresses := range local {
		for _, r := range s.Groups[id].Rules {
			one, err := s.gatewayRule(s.Groups[id], r, addresses)
			if err != nil {
				return nil, err
			}
			if len(one.Local) > 0 && len(one.Remote) > 0 {
				out = append(out, one)
			}
		}
	}
	slices.SortFunc(out, func(a, b openstack.GatewayRule) int {
		return cmp.Or(cmp.Compare(a.GroupName, b.GroupName), cmp.Compare(a.GroupID, b.GroupID), cmp.Compare(a.Direction, b.Direction),
			cmp.Compare(a.EtherType, b.EtherType), cmp.Compare(a.Number, b.Number), cmp.Compare(first(a), first(b)), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// first is where a rule's ports or types begin, 0 for any.
func first(r openstack.GatewayRule) int64 {
	for _, number := range []*int64{r.PortMin, r.ICMPType} {
		if number != nil {
			return *number
		}
	}
	return 0
}

// gatewayRule returns a rule with both sides as addresses.
func (s *Policy) gatewayRule(g openstack.SecurityGroup, r openstack.SecurityGroupRule, local []string) (openstack.GatewayRule, error) {
	out := openstack.GatewayRule{ID: r.ID, GroupID: g.ID, GroupName: g.Name, Stateful: g.Stateful, Direction: r.Direction,
		EtherType: r.EtherType, Description: r.Description}
	read, err := sdn.ReadRule(r)
	if err != nil {
		return out, fmt.Errorf("the rule %s of the group %s: %w", r.ID, g.Name, err)
	}
	remotes, err := remotesOf(read, s.Members)
	if err != nil {
		return out, err
	}
	every := any4
	if r.EtherType == openstack.IPv6 {
		every = any6
	}
	for _, remote := range remotes {
		if !remote.IsValid() {
			out.Remote = []string{every}
			break
		}
		out.Remote = append(out.Remote, remote.String())
	}
	for _, text := range local {
		if p, err := sdn.NormalPrefix(text); err == nil && p.Addr().Is6() == (r.EtherType == openstack.IPv6) {
			out.Local = append(out.Local, text)
		}
	}
	out.Local, out.Remote = sdn.Merged(out.Local), sdn.Merged(out.Remote)
	if out.Number = read.Number; read.Number >= 0 {
		out.Protocol = sdn.ProtocolName(read.Number)
	}
	if isICMP(read.Number) {
		out.ICMPType, out.ICMPCode = r.PortMin, r.PortMax
	} else {
		out.PortMin, out.PortMax = r.PortMin, r.PortMax
	}
	return out, nil
}
