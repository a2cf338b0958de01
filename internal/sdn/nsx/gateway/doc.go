// SPDX-License-Identifier: MPL-2.0

// Package gateway translates routers, their interfaces and routes, floating IPs and port forwardings to tier-1 gateways of NSX and their
// NAT rules. It calls nothing. The fields and their limits are those of the API of NSX 4.1, the ids those of Neutron's plugin for NSX.
package gateway
