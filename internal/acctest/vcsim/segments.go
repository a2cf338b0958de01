// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/switches"
)

// Segment is a segment of NSX as vCenter shows it.
type Segment = switches.Segment

// Card is a NIC on a segment, as a host tells NSX of it.
type Card = switches.Card

// Connection is what has become of a NIC.
type Connection = switches.Connection

const (
	// Connected is a NIC that has come onto a segment.
	Connected = switches.Connected
	// Disconnected is one that has left it.
	Disconnected = switches.Disconnected
)

// What NSX does in a vCenter, and hears of it. All of it needs the rules: see Options.Unmodified.

// PutSegment has a segment on distributed switches, or gives one that is there another name. No user can change it or take it away.
func (v *VCenter) PutSegment(s Segment) error {
	return v.rules.switches.Segments.Put(base.Apart(v.context()), s)
}

// RemoveSegment takes a segment off every switch, unless a machine has a NIC on it.
func (v *VCenter) RemoveSegment(id string) error {
	return v.rules.switches.Segments.Remove(base.Apart(v.context()), id)
}

// WatchCards has somebody hear of every NIC that comes onto a segment or leaves it, whichever way, and at once of those that are there. It
// is called while the machine is locked, and so must not ask the vCenter anything.
func (v *VCenter) WatchCards(watch func(Connection, Card)) { v.rules.switches.Segments.Watch(watch) }

// ConnectPowered has NICs count as connected only while their machines are not off.
func (v *VCenter) ConnectPowered(only bool) { v.rules.switches.Segments.OnlyPowered.Store(only) }
