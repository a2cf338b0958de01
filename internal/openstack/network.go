package openstack

// The kinds of network that an inventory holds.
const (
	NetworkDistributed = "distributed" // a portgroup of a distributed switch
	NetworkStandard    = "standard"    // a portgroup of the hosts' standard switches
	NetworkOpaque      = "opaque"      // an opaque network, usually an NSX segment
)

// Network is what a NIC is plugged into.
type Network struct {
	ID          string // the managed object id
	Name        string
	Kind        string // NetworkDistributed, NetworkStandard or NetworkOpaque
	Description string
	VLAN        int64  // 0 where there is none or it is not known
	Trunk       bool   // carries every VLAN
	AdminUp     bool   // false: every port is blocked
	Path        string // inventory path

	PortgroupKey string // distributed: the portgroup's key
	SwitchUUID   string // distributed: the switch's UUID
	SwitchName   string // distributed: the switch's name
	OpaqueID     string // opaque: the network's id
	OpaqueType   string // opaque: for example nsx.LogicalSwitch
	Uplink       bool   // an uplink portgroup, which no instance may use

	MTU       int64    // distributed: bytes, the switch's, or the smaller one that the network was made with; 0 where it is not known
	SwitchMTU int64    // distributed: bytes, the switch's
	Insecure  bool     // distributed: promiscuous mode, forged transmits or changes of MAC addresses are allowed
	Filtered  bool     // distributed: the portgroup itself has a traffic ruleset, which is not ours
	Early     bool     // distributed: ports exist before they are connected, and can be named
	Overrides bool     // distributed: a port may have its own ruleset, state and security
	Resets    bool     // distributed: what a port has of its own goes with the NIC
	Elastic   bool     // distributed: adds ports as they are needed, and then takes away what is not connected (autoExpand)
	NamesOwn  bool     // distributed: gives its ports names itself (portNameFormat), so that none is free to be named
	Tags      []string // labels that this provider keeps
	DNSDomain string
	ZoneHints []string // availability zones whose switch is meant where none is named; not kept
	External  bool
	Alias     string // distributed: what the configuration of a network that was OpenStack's calls it, where the portgroup has another name
	Mark      *Mark  // nil: not made by this provider
}

// Bookable says that a port of the network can be named and set before a NIC is connected, and is bare again afterwards.
func (n Network) Bookable() bool {
	return n.Kind == NetworkDistributed && n.Early && n.Overrides && n.Resets && !n.NamesOwn
}

// plainMTU is Ethernet's, in bytes.
const plainMTU = 1500

// GuestMTU is what guests are told: a network's own MTU, or the switch's up to that of plain Ethernet. A switch that carries jumbo frames,
// for storage or migrations, does not say that the gateway and what lies behind it do.
func (n Network) GuestMTU() int64 {
	if n.MTU < n.SwitchMTU {
		return n.MTU
	}
	return min(n.MTU, plainMTU)
}

// Segment types, as the network service names them.
const (
	SegmentVLAN = "vlan"
	SegmentFlat = "flat"
)
