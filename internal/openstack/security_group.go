// SPDX-License-Identifier: MPL-2.0

package openstack

// SecurityGroup is a set of rules that allow traffic to and from a port. Traffic that no rule of any of the port's groups allows is
// dropped.
type SecurityGroup struct {
	ID          string              `json:"id"`
	Name        string              `json:"name"`              // unique in its project
	Project     string              `json:"project,omitempty"` // the project in which names are looked up first
	Description string              `json:"description,omitempty"`
	Tags        []string            `json:"tags,omitempty"`
	Stateful    bool                `json:"stateful,omitempty"` // answers to allowed traffic pass without a rule
	Replies     string              `json:"replies,omitempty"`  // RepliesEphemeral, or empty: only the user's rules
	Bare        bool                `json:"bare,omitempty"`     // made without the default rules that allow all egress
	Rules       []SecurityGroupRule `json:"-"`                  // each is a record of its own
	Mark        *Mark               `json:"mark,omitempty"`
}

// DefaultGroup is the name of the group that every OpenStack project has, and that a port gets unless groups are given.
const DefaultGroup = "default"

// RepliesEphemeral lets a stateless group pass answers to and from the ports that operating systems choose for clients.
const RepliesEphemeral = "ephemeral"

// The directions of a rule, seen from the port, and the IP versions, as the network service names them.
const (
	Ingress = "ingress"
	Egress  = "egress"
	IPv4    = "IPv4"
	IPv6    = "IPv6"
)

// SecurityGroupRule allows one kind of traffic.
type SecurityGroupRule struct {
	ID            string `json:"id"`
	GroupID       string `json:"group"`
	Description   string `json:"description,omitempty"`
	Direction     string `json:"direction"`               // Ingress or Egress
	EtherType     string `json:"ethertype"`               // IPv4 or IPv6
	Protocol      string `json:"protocol,omitempty"`      // a name, or a number from 0 to 255; empty: any
	PortMin       *int64 `json:"port_min,omitempty"`      // for ICMP: the type; nil: any
	PortMax       *int64 `json:"port_max,omitempty"`      // for ICMP: the code; nil: any
	RemotePrefix  string `json:"remote_prefix,omitempty"` // a CIDR; empty: any address
	RemoteGroupID string `json:"remote_group,omitempty"`  // the addresses of the ports in this group
	Mark          *Mark  `json:"mark,omitempty"`          // nil: a default rule, which every group has from the start

	AddressGroupID string `json:"remote_address_group,omitempty"` // the addresses of this address group
}

// Remote returns the id of the group whose addresses are the rule's remote side: a security group or an address group; empty: neither.
func (r SecurityGroupRule) Remote() string {
	if r.RemoteGroupID != "" {
		return r.RemoteGroupID
	}
	return r.AddressGroupID
}
