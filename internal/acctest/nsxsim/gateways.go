// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/gateways"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// RoutedPacket is the first one of a connection through a gateway.
type RoutedPacket = gateways.Packet

// Translate is what the NAT rules of the tier-1 gateway at a path make of a packet that comes to it.
func (m *Manager) Translate(router string, p RoutedPacket) (translated RoutedPacket) {
	m.tree.Do(func(o *policy.Objects) { translated = gateways.Translate(o, router, p) })
	return translated
}
