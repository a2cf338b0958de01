// SPDX-License-Identifier: MPL-2.0

// Package nsxsim is an embedded NSX Manager: it answers the part of the Policy API that is about segments, their ports, DHCP, profiles,
// the distributed firewall and tier-1 gateways, on loopback and over TLS, and refuses what a real one would refuse. Where no public source
// says what NSX does, it does what asks most of its clients.
//
// The rules about all objects are in package policy, the names of properties in package schema, the firewall in package firewall, and
// gateways in package gateways. Here are the front (who may ask, and how often), the other nouns with their own rules, and the side that a
// vCenter sees: segments that become networks there, and NICs that are plugged into their ports.
package nsxsim
