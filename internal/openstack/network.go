// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// LogicalSwitchType is the type under which an opaque network backing names a logical switch of NSX.
const LogicalSwitchType = "nsx.LogicalSwitch"

// The kinds of network in an inventory.
const (
	NetworkDistributed = "distributed" // a portgroup of a distributed switch
	NetworkStandard    = "standard"    // a portgroup of the hosts' standard switches
	NetworkOpaque      = "opaque"      // an opaque network, usually an NSX segment
	NetworkSegment     = "segment"     // a segment of NSX, which has a portgroup on each of its switches
	NetworkExternal    = "external"    // what a tier-0 gateway of NSX leads to, where nothing is plugged in
)

// Network is a network that a NIC can be connected to.
type Network struct {
	ID          string // the managed object id, or a segment's id in NSX
	Name        string
	Kind        string // one of the kinds above
	Description string
	VLAN        int64  // 0 if there is none or it is unknown
	AnyVLAN     bool   // the configuration names no VLAN: where VLAN is 0, one of the provider's ranges is chosen
	Trunk       bool   // carries every VLAN
	AdminUp     bool   // false: all ports are blocked
	Path        string // inventory path

	Type            string      // as the configuration writes it: a segment type; empty: none written; not stored
	PhysicalNetwork string      // as the configuration names it: a physical network, a switch or a transport zone; not stored
	TrunkVLANs      []VLANRange // distributed: what a trunk carries

	PortgroupKey string // distributed: the portgroup's key; segment: that of the portgroup through which one NIC is connected
	SwitchUUID   string // distributed: the switch's UUID; segment: as PortgroupKey
	SwitchName   string // distributed: the switch's name; segment: as PortgroupKey
	OpaqueID     string // opaque: the network's id
	OpaqueType   string // opaque: for example nsx.LogicalSwitch

	Overlay       bool               // segment: in an overlay transport zone
	Zone          string             // segment: its transport zone, as NSX names it; external: the tier-0 gateway
	SegmentPath   string             // segment: its policy path
	LogicalSwitch string             // segment: the UUID by which a NIC's opaque backing names it
	Portgroups    []SegmentPortgroup // segment: where vCenter shows it
	Gateway       string             // external: the policy path of its tier-0 gateway

	Uplink bool // an uplink portgroup, which instances must not use

	MTU       int64    // distributed: bytes, the switch's, or the smaller one that the network was made with; 0 if unknown
	SwitchMTU int64    // distributed: bytes, the switch's
	Insecure  bool     // distributed: allows promiscuous mode, forged transmits or MAC address changes
	Filtered  bool     // distributed: the portgroup itself has a traffic ruleset, which this provider did not set
	Early     bool     // distributed: ports exist before a NIC connects, so they can be reserved (static binding)
	Overrides bool     // distributed: a port may override ruleset, blocked state and security policy
	Resets    bool     // distributed: a port loses its overrides when the NIC disconnects
	Elastic   bool     // distributed: adds ports as needed and removes unconnected ones later (autoExpand)
	NamesOwn  bool     // distributed: names its ports by portNameFormat, so that this provider cannot name them
	Tags      []string // labels that this provider keeps
	DNSDomain string
	ZoneHints []string // availability zones whose switch is used if the configuration names none; not stored
	External  bool
	Alias     string // distributed: the name that a configuration written for OpenStack uses, if the portgroup has another name
	Mark      *Mark  // nil: not made by this provider

	QoSPolicyID string  // distributed: of its QoS policy; empty: none
	Shaping     Shaping // distributed: of each port without a limit of its own
	OwnShaping  bool    // distributed: a port may have a limit of its own
	OwnVLANs    bool    // distributed: a port may carry VLANs of its own
}

// SegmentPortgroup is the portgroup that NSX keeps for a segment on one distributed switch.
type SegmentPortgroup struct {
	ID, Key, Name          string // the managed object id, the portgroup's key and its name
	SwitchUUID, SwitchName string
}

// Called reports whether an id means the network: its own, its portgroup's key, or what else vCenter and NSX call it. A state may name a
// segment by one of its portgroups.
func (n *Network) Called(id string) bool {
	return id != "" && (n.ID == id || n.PortgroupKey == id || n.OpaqueID == id || n.LogicalSwitch == id || n.SegmentPath == id ||
		n.Gateway == id ||
		slices.ContainsFunc(n.Portgroups, func(p SegmentPortgroup) bool { return p.ID == id || p.Key == id }))
}

// AllPortgroups returns the portgroups of distributed switches by which NICs reach the network: its own, or those of a segment.
func (n Network) AllPortgroups() []SegmentPortgroup {
	if n.Kind != NetworkSegment && n.SwitchUUID != "" {
		return []SegmentPortgroup{{ID: n.ID, Key: n.PortgroupKey, Name: n.Name, SwitchUUID: n.SwitchUUID, SwitchName: n.SwitchName}}
	}
	return n.Portgroups
}

// Switched reports whether hosts reach the network by distributed switches.
func (n Network) Switched() bool { return n.Kind == NetworkDistributed || n.Kind == NetworkSegment }

// OnSwitch reports whether the network has a portgroup on a distributed switch.
func (n Network) OnSwitch(uuid string) bool {
	return slices.ContainsFunc(n.AllPortgroups(), func(p SegmentPortgroup) bool { return p.SwitchUUID == uuid })
}

// SwitchNames names the distributed switches that the network has portgroups on, for people.
func (n Network) SwitchNames() string {
	var names []string
	for _, p := range n.AllPortgroups() {
		names = append(names, p.SwitchName)
	}
	return strings.Join(names, " or ")
}

// Through returns the segment as a NIC is connected to it by one of its portgroups, on a host that is known.
func (n Network) Through(p SegmentPortgroup) Network {
	n.PortgroupKey, n.SwitchUUID, n.SwitchName = p.Key, p.SwitchUUID, p.SwitchName
	return n
}

// Bookable reports whether a port of the network can be named and configured before a NIC connects, and is reset after it disconnects.
func (n Network) Bookable() bool {
	return n.Kind == NetworkDistributed && n.Early && n.Overrides && n.Resets && !n.NamesOwn
}

// Manageable refuses a network that can only be read: neither a portgroup of a distributed switch, nor a segment that NSX was asked about,
// nor an external network with a record.
func (n Network) Manageable() error {
	switch {
	case n.Kind == NetworkDistributed, n.Kind == NetworkSegment && n.Zone != "", n.Kind == NetworkExternal && n.Mark != nil:
		return nil
	case n.Kind == NetworkExternal:
		return fmt.Errorf("the network %s is a tier-0 gateway of NSX itself: it can be read by the data source, and not be managed. Make a "+
			"novasphere_networking_network with external = true and physical_network = %q where it is to have a name of its own", n.Name, n.ID)
	case n.Kind == NetworkSegment:
		return fmt.Errorf("the network %s is a segment of NSX, and the provider has no block nsx: it can be read by the data source, and not be "+
			"managed. Write the block", n.Name)
	}
	return fmt.Errorf("the network %s is no portgroup of a distributed switch: it can be read by the data source, and not be managed", n.Name)
}

// Pluggable refuses a network that no instance can be plugged into.
func (n Network) Pluggable() error {
	if n.Kind != NetworkExternal {
		return nil
	}
	return fmt.Errorf("the network %s is the tier-0 gateway %s of NSX, into which no instance can be plugged: plug it into a network with a "+
		"router behind that, and give it a floating IP", n.Name, n.Zone)
}

// Place returns what a network is made in, for people: its distributed switch, or its transport zone or tier-0 gateway in NSX.
func (n Network) Place() string {
	switch n.Kind {
	case NetworkSegment:
		return "the transport zone " + n.Zone
	case NetworkExternal:
		return "the tier-0 gateway " + n.Zone
	}
	return "the switch " + n.SwitchName
}

// MaxVLAN is the highest id of a VLAN. The lowest is 1.
const MaxVLAN = 4094

// VLANRange is a range of VLANs, both ends included.
type VLANRange struct {
	PhysicalNetwork string // whose VLANs they are; empty in a trunk
	First, Last     int64  // 0 for a physical network whose networks name their VLANs
}

// Has reports whether a VLAN is in the range.
func (r VLANRange) Has(vlan int64) bool { return r.First <= vlan && vlan <= r.Last }

// allVLANs reports whether a trunk carries every VLAN, as the default trunk does.
func (n Network) allVLANs() bool {
	next := int64(1) // the first that no range seen so far has
	for _, r := range slices.SortedFunc(slices.Values(n.TrunkVLANs), func(a, b VLANRange) int { return cmp.Compare(a.First, b.First) }) {
		if r.First <= next {
			next = max(next, r.Last+1)
		}
	}
	return next > MaxVLAN
}

// VLANs returns the VLANs that a network takes from its switch. A trunk of every VLAN takes none, because it carries what the others have.
func (n Network) VLANs() []VLANRange {
	switch {
	case n.Trunk && !n.allVLANs():
		return n.TrunkVLANs
	case !n.Trunk && n.VLAN != 0:
		return []VLANRange{{First: n.VLAN, Last: n.VLAN}}
	}
	return nil
}

// plainMTU is Ethernet's usual MTU in bytes.
const plainMTU = 1500

// GuestMTU returns the MTU in bytes that guests are told: the network's own, or the switch's, but at most plain Ethernet's. A switch that
// carries jumbo frames for storage or migrations does not prove that the gateway and the networks behind it carry them.
func (n Network) GuestMTU() int64 {
	if n.MTU < n.SwitchMTU {
		return n.MTU
	}
	return min(n.MTU, plainMTU)
}

// Segment types, as the network service names them.
const (
	SegmentVLAN   = "vlan"
	SegmentFlat   = "flat"
	SegmentL3Ext  = "l3_ext" // of an external network that is a tier-0 gateway, as in Neutron's plugin for NSX
	SegmentGeneve = "geneve"
)

// overlays are the segment types of networks that are carried over other networks, without a VLAN.
var overlays = []string{SegmentGeneve, "vxlan", "gre", "stt"}

// Overlay reports whether a segment type is an overlay's.
func Overlay(segmentType string) bool { return slices.Contains(overlays, segmentType) }
