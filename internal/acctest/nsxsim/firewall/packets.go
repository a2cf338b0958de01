// SPDX-License-Identifier: MPL-2.0

package firewall

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// The numbers of IP protocols (IANA).
const (
	ICMP4 = 1
	TCP   = 6
	UDP   = 17
	ICMP6 = 58
)

// Packet is one that a segment port sends or is sent.
type Packet struct {
	// Port is the path of the segment port.
	Port string
	// Out is whether the port sends it.
	Out bool
	// Remote is the address at the other end, and Local that of the port, which may be left out where no rule names addresses of ports.
	Remote, Local netip.Addr
	// Protocol is the number of the IP protocol.
	Protocol int
	// SourcePort and DestinationPort are those of TCP and UDP.
	SourcePort, DestinationPort int
	// ICMPType and ICMPCode are those of ICMP of either version.
	ICMPType, ICMPCode int
	// Answer is whether the packet answers one that went the other way before, from its destination port to its source port.
	Answer bool
}

// Passes says whether the firewall lets a packet through at its port, once all policies are realized. An answer passes with the packet that
// it answers where a stateful policy let that one through, and needs a rule of its own where a stateless one did.
func Passes(o *policy.Objects, p Packet) bool {
	port := o.Get(p.Port)
	if port == nil {
		return false
	}
	if !p.Answer {
		passes, _ := decide(o, port, p)
		return passes
	}
	asked := p
	asked.Answer, asked.Out, asked.SourcePort, asked.DestinationPort = false, !p.Out, p.DestinationPort, p.SourcePort
	passed, stateful := decide(o, port, asked)
	if !passed || stateful {
		return passed
	}
	passes, _ := decide(o, port, p)
	return passes
}

// decide finds the first rule that matches a packet. A jump leads to the policies of the category Application.
func decide(o *policy.Objects, port *policy.Object, p Packet) (passes, stateful bool) {
	jumped := false
	for _, s := range inOrder(o, port) {
		if jumped && s.Category == "Environment" {
			continue
		}
		i := slices.IndexFunc(s.Rules, func(r rule) bool { return s.applies(o, r, port) && r.matches(o, port, p) })
		switch {
		case i < 0:
		case s.Rules[i].Action == "JUMP_TO_APPLICATION":
			jumped = true
		default:
			return s.Rules[i].Action == "ALLOW", s.stateful()
		}
	}
	return true, true
}

// inOrder are the policies that a port is subject to, and their rules, as they are asked. Equal numbers of rules have no order in NSX: here
// those that drop come first, so that nobody relies on one.
func inOrder(o *policy.Objects, port *policy.Object) []securityPolicy {
	root, _, _ := strings.Cut(port.Path, "/segments/")
	var all []securityPolicy
	for _, x := range o.Each("SecurityPolicy") {
		if !strings.HasPrefix(x.Path, root+"/") {
			continue
		}
		p := decode[securityPolicy](x.Body)
		slices.SortStableFunc(p.Rules, func(a, b rule) int {
			return cmp.Or(cmp.Compare(a.Sequence, b.Sequence), order(a.Action == "ALLOW", b.Action == "ALLOW"))
		})
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(a, b securityPolicy) int {
		return cmp.Or(order(a.Default, b.Default), cmp.Compare(slices.Index(categories, a.Category), slices.Index(categories, b.Category)),
			cmp.Compare(a.Sequence, b.Sequence))
	})
	return all
}

// order puts what is not before what is.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// applies says whether a rule is in force at a port: where the policy has a scope, that of the rule does not count.
func (p securityPolicy) applies(o *policy.Objects, r rule, port *policy.Object) bool {
	scope := r.Scope
	if len(p.Scope) > 0 {
		scope = p.Scope
	}
	return slices.ContainsFunc(scope, func(value string) bool {
		x := o.Get(value)
		return strings.EqualFold(value, wildcard) || x != nil && isMember(port, x)
	})
}

// matches says whether a packet at a port is one that a rule is about.
func (r rule) matches(o *policy.Objects, port *policy.Object, p Packet) bool {
	direction, version := "IN", "IPV6"
	if p.Out {
		direction = "OUT"
	}
	if p.Remote.Is4() {
		version = "IPV4"
	}
	source, destination := end{address: p.Remote}, end{port, p.Local}
	if p.Out {
		source, destination = destination, source
	}
	return !r.Disabled && (r.Direction == direction || r.Direction == "IN_OUT" || r.Direction == "") &&
		(r.IPProtocol == version || r.IPProtocol == "IPV4_IPV6" || r.IPProtocol == "") &&
		source.in(o, r.Sources) != r.SourcesExcluded && destination.in(o, r.Destinations) != r.DestinationsExcluded && r.serves(o, p)
}

// serves says whether a packet is of the services of a rule. ANY beside entries of the rule's own stands for these.
func (r rule) serves(o *policy.Objects, p Packet) bool {
	entries := r.Entries
	for _, path := range r.Services {
		if x := o.Get(path); x != nil {
			entries = append(entries, decode[service](x.Body).Entries...)
		}
	}
	return len(entries) == 0 || slices.ContainsFunc(entries, func(e entry) bool { return e.matches(p) })
}

// end is one of a packet: a port that the firewall is at, or only an address.
type end struct {
	port    *policy.Object
	address netip.Addr
}

// in says whether an end is in one of some groups, or among some addresses.
func (e end) in(o *policy.Objects, values []string) bool {
	holds := func(text string) bool {
		among := addressesOf(text)
		return among != nil && among(e.address)
	}
	return len(values) == 0 || slices.ContainsFunc(values, func(value string) bool {
		x := o.Get(value)
		if x == nil {
			return strings.EqualFold(value, wildcard) || holds(value)
		}
		return e.port != nil && isMember(e.port, x) || slices.ContainsFunc(addressesIn(o, x), holds)
	})
}
