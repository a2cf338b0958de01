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
	Trunk       bool   // carries a range of VLANs
	AdminUp     bool   // false: every port is blocked
	Path        string // inventory path

	PortgroupKey string // distributed: the portgroup's key
	SwitchUUID   string // distributed: the switch's UUID
	OpaqueID     string // opaque: the network's id
	OpaqueType   string // opaque: for example nsx.LogicalSwitch
	Uplink       bool   // an uplink portgroup, which no instance may use
}
