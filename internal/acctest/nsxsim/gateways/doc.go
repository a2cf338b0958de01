// SPDX-License-Identifier: MPL-2.0

// Package gateways has the rules of an embedded NSX Manager about tier-1 gateways: their locale-services, interfaces, static routes and NAT
// rules, and the segments that are connected to them. Translate says what becomes of a packet.
package gateways
