// SPDX-License-Identifier: MPL-2.0

package traffic

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// mostListed is the number of a remote group's members that are listed by their addresses. Larger groups are named: every port has the
// default group, so that the lines of all ports would grow with the square of their number.
const mostListed = 32

// Lines describes what a port's groups amount to, for those who configure a firewall. It is empty for a port without groups. A port without
// an address has only the last line, because rules are told by addresses.
func (s *Policy) Lines(p openstack.Port) (lines []string, err error) {
	groups, err := s.GroupsOf(p)
	if err != nil || len(groups) == 0 {
		return nil, err
	}
	own, err := Addresses(p)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			remote := ""
			if r.RemoteGroupID != "" && len(s.Members[r.RemoteGroupID]) > mostListed {
				remote = fmt.Sprintf("the members of the group %s (%s)", s.Groups[r.RemoteGroupID].Name, r.RemoteGroupID)
				r.RemoteGroupID = ""
			}
			rules, err := expand(g, r, own, s.Members)
			if err != nil {
				return nil, err
			}
			for _, one := range rules {
				if line := one.line(remote); !slices.Contains(lines, line) {
					lines = append(lines, line)
				}
			}
		}
	}
	slices.Sort(lines) // a rule that allows something needs no order
	return append(lines, "drop any from anybody to anybody"), nil
}

// line describes a rule. remote stands for its other side, if it is not empty.
func (r Rule) line(remote string) string {
	from, to := side(r.Remote, remote), side(r.Local, "")
	ports := r.LocalPorts
	fromPorts := r.RemotePorts
	if r.Way == openstack.Egress {
		from, to, ports, fromPorts = to, from, r.RemotePorts, r.LocalPorts
	}
	if isICMP(r.Protocol) {
		return fmt.Sprintf("accept %s%s from %s to %s", sdn.ProtocolName(r.Protocol), kindText(ports), from, to)
	}
	return fmt.Sprintf("accept %s from %s%s to %s%s", sdn.ProtocolName(r.Protocol), from, rangeText(fromPorts), to, rangeText(ports))
}

func side(p netip.Prefix, text string) string {
	switch {
	case text != "":
		return text
	case !p.IsValid():
		return "anybody"
	case p.IsSingleIP():
		return p.Addr().String()
	}
	return p.String()
}

// kindText describes a type and a code of ICMP.
func kindText(kind *[2]int64) string {
	switch {
	case kind == nil:
		return ""
	case kind[1] < 0:
		return fmt.Sprintf(" type %d", kind[0])
	}
	return fmt.Sprintf(" type %d code %d", kind[0], kind[1])
}

func rangeText(ports *[2]int64) string {
	switch {
	case ports == nil:
		return ""
	case ports[0] == ports[1]:
		return fmt.Sprintf(" port %d", ports[0])
	}
	return fmt.Sprintf(" ports %d to %d", ports[0], ports[1])
}
