// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// QoSPolicy limits the traffic of the ports and networks that have it.
type QoSPolicy struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Project     string           `json:"project,omitempty"`
	Description string           `json:"description,omitempty"`
	Tags        []string         `json:"tags,omitempty"`
	Shared      bool             `json:"shared,omitempty"`
	Default     bool             `json:"default,omitempty"`
	Limits      []BandwidthLimit `json:"limits,omitempty"` // at most one for each direction
	Revision    int64            `json:"revision,omitempty"`
	UpdatedAt   time.Time        `json:"updated_at,omitzero"`
	Mark        *Mark            `json:"mark,omitempty"`
}

// BandwidthLimit is the rule of a QoS policy that limits one direction of traffic.
type BandwidthLimit struct {
	ID        string `json:"id"`
	Direction string `json:"direction"`           // Ingress or Egress, seen from the port
	MaxKbps   int64  `json:"max_kbps"`            // kbit/s
	BurstKb   int64  `json:"burst_kb,omitempty"`  // kbit; 0: burstShare of MaxKbps
	PolicyID  string `json:"policy_id,omitempty"` // the policy that has it
}

// burstShare is the burst of a limit without one, in percent of what passes in a second (Neutron's documentation of QoS).
const burstShare = 80

// Shaping is how the traffic of a port is limited. The zero Shaping limits nothing.
type Shaping struct{ Ingress, Egress Rate }

// Rate limits one direction. The zero Rate limits nothing.
type Rate struct {
	Bits  int64 // per second
	Burst int64 // bytes
}

// Shaping returns what the limits of a policy amount to.
func (p QoSPolicy) Shaping() (s Shaping) {
	for _, l := range p.Limits {
		burst := l.BurstKb
		if burst == 0 {
			burst = max(l.MaxKbps*burstShare/100, 1)
		}
		rate := Rate{Bits: l.MaxKbps * 1000, Burst: burst * 1000 / 8}
		if l.Direction == Ingress {
			s.Ingress = rate
		} else {
			s.Egress = rate
		}
	}
	return s
}

// Lines describes the limits of a port, a line for each direction that has one.
func (s Shaping) Lines() (out []string) {
	for _, one := range []struct {
		way  string
		rate Rate
	}{{Egress, s.Egress}, {Ingress, s.Ingress}} {
		if one.rate != (Rate{}) {
			out = append(out, fmt.Sprintf("%s at most %d kbit/s, in bursts of %d bytes", one.way, one.rate.Bits/1000, one.rate.Burst))
		}
	}
	return out
}

// Limit returns the limit of a policy with an id.
func (p QoSPolicy) Limit(id string) (BandwidthLimit, error) {
	at := slices.IndexFunc(p.Limits, func(l BandwidthLimit) bool { return l.ID == id })
	if at < 0 {
		return BandwidthLimit{}, NotFound("the QoS policy %s has no bandwidth limit %s", cmp.Or(p.Name, p.ID), id)
	}
	l := p.Limits[at]
	l.PolicyID = p.ID
	return l, nil
}
