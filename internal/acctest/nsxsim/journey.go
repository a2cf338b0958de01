// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"net/netip"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// Journey is what becomes of the first packet of a connection on its way through a tier-1 gateway and past the firewall.
type Journey struct {
	// Arrives is the packet as it comes to its end.
	Arrives RoutedPacket
	// Delivered is whether it comes there: the firewall dropped it nowhere, and somebody has its destination.
	Delivered bool
	// Answered is whether an answer comes back.
	Answered bool
}

// Follow tells what becomes of a packet that comes to the gateway at a path from outside, or from one of its guests. A packet between two
// guests of one segment does not come to the gateway.
func (m *Manager) Follow(router string, p RoutedPacket) Journey {
	sender := m.portWith(p.Source)
	arrives := p
	if receiver := m.portWith(p.Destination); sender == "" || receiver == "" || segmentUnder(sender) != segmentUnder(receiver) {
		arrives = m.Translate(router, p)
	}
	receiver := m.portWith(arrives.Destination)
	j := Journey{Arrives: arrives}
	if sender == "" && receiver == "" {
		return j // from outside, and nobody has its destination
	}
	j.Delivered = m.through(sender, p, true, false) && m.through(receiver, arrives, false, false)
	j.Answered = j.Delivered && m.through(receiver, arrives, false, true) && m.through(sender, p, true, true)
	return j
}

// through says whether the firewall at a port lets a packet through that the port sends or is sent, or the answer to that packet. Outside
// of NSX nothing is filtered.
func (m *Manager) through(port string, p RoutedPacket, sent, answer bool) bool {
	if port == "" {
		return true
	}
	at := Packet{Port: port, Out: sent != answer, Local: p.Destination, Remote: p.Source, Protocol: p.Protocol, SourcePort: p.SourcePort,
		DestinationPort: p.DestinationPort, Answer: answer}
	if sent {
		at.Local, at.Remote = p.Source, p.Destination
	}
	if answer {
		at.SourcePort, at.DestinationPort = p.DestinationPort, p.SourcePort
	}
	return m.Passes(at)
}

// portWith is the path of the segment port that is bound to an address; none outside of NSX.
func (m *Manager) portWith(address netip.Addr) (path string) {
	m.tree.Do(func(o *policy.Objects) {
		for _, x := range o.Each("SegmentPort") {
			for _, text := range policy.Strings(x.Body, "address_bindings.ip_address") {
				if bound, err := netip.ParseAddr(text); err == nil && bound == address {
					path = x.Path
				}
			}
		}
	})
	return path
}

// segmentUnder is the path of the segment that a port is of.
func segmentUnder(port string) string {
	segment, _, _ := strings.Cut(port, "/ports/")
	return segment
}
