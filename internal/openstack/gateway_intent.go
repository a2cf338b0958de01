// SPDX-License-Identifier: MPL-2.0

package openstack

// GatewayIntent is what a gateway has to do for one router. Its lists are sorted, and hold nothing that changes while what they describe
// stays the same: equal records give equal intents.
type GatewayIntent struct {
	Router      Router
	External    GatewayUplink // empty: the router leads nowhere
	Interfaces  []GatewayInterface
	SNAT        []GatewaySNAT
	FloatingIPs []GatewayFloatingIP
	Forwardings []GatewayForwarding
	Ports       []GatewayPort
	Rules       []GatewayRule
	CarriedOut  string // how the network does it, for people; empty: a physical gateway has to
}

// GatewayWire is where a network lies: its VLAN on a physical network.
type GatewayWire struct {
	NetworkID       string
	NetworkName     string
	PhysicalNetwork string // the distributed switch, transport zone or tier-0 gateway by its name; empty: none
	VLAN            int64  // 0: frames without a tag
}

// GatewayUplink is a router's place on its external network.
type GatewayUplink struct {
	GatewayWire
	Addresses []GatewayAddress
}

// GatewayAddress is an address of a router on a subnet.
type GatewayAddress struct {
	SubnetID string
	Address  string
	CIDR     string // the subnet's; empty: it has none
	NextHop  string // the gateway of the external subnet, which the default route leads to; empty: none
}

// GatewayInterface is an address of a router on a subnet of its own, in a VLAN.
type GatewayInterface struct {
	GatewayWire
	ID         string // of the router interface
	SubnetID   string
	SubnetName string
	PortID     string // empty: it has the subnet's gateway address
	Address    string
	CIDR       string // the subnet's
}

// GatewaySNAT translates the source of what leaves for the external network.
type GatewaySNAT struct {
	Address string   // of the router; empty: the gateway's own, whatever it is
	Sources []string // CIDRs
}

// GatewayFloatingIP leads an external address to a port, and gives that address to what the port sends out.
type GatewayFloatingIP struct {
	GatewayWire // of the port
	ID          string
	Address     string
	FixedIP     string
	PortID      string
	Description string
}

// GatewayForwarding leads one TCP or UDP port of a floating IP to one of a port.
type GatewayForwarding struct {
	GatewayWire  // of the port
	ID           string
	FloatingIPID string
	Address      string // the floating IP
	Protocol     string // tcp or udp
	External     int64  // the number at the floating IP
	FixedIP      string
	Internal     int64 // the number at the fixed address
	PortID       string
	Description  string
}

// GatewayPort is a port on a subnet behind a router.
type GatewayPort struct {
	GatewayWire
	ID        string
	Name      string
	MAC       string
	Addresses []string // CIDRs: fixed addresses on the router's subnets, and allowed pairs
	Groups    []string // ids of security groups that something enforces
	Filtered  bool     // it has such groups: what no rule of any allows is dropped
	Down      bool     // admin_state_up = false: nothing passes
}

// GatewayRule allows one kind of traffic to or from the ports behind a router that have its group.
type GatewayRule struct {
	ID          string
	GroupID     string
	GroupName   string
	Stateful    bool // answers pass without a rule
	Direction   string
	EtherType   string
	Protocol    string // a name, or a number where it has none; empty: any
	Number      int64  // of the protocol; -1: any
	PortMin     *int64 // nil: any port
	PortMax     *int64
	ICMPType    *int64 // nil: any type
	ICMPCode    *int64
	Local       []string // CIDRs of the ports
	Remote      []string // CIDRs of the other side; 0.0.0.0/0 or ::/0 is any address
	Description string
}
