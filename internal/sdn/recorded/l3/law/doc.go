// SPDX-License-Identifier: MPL-2.0

// Package law is Neutron's law of routers, their interfaces and floating IPs, as far as it needs no records at hand: which addresses one
// may have, and what others are in its way.
package law
