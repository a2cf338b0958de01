package openstack

// SecurityGroup is a set of rules that say what may reach a port and what may leave it. What no rule of any of a port's groups
// allows is dropped.
type SecurityGroup struct {
	ID          string              `json:"id"`
	Name        string              `json:"name"`              // unique in its project
	Project     string              `json:"project,omitempty"` // where names are looked for first
	Description string              `json:"description,omitempty"`
	Tags        []string            `json:"tags,omitempty"`
	Stateful    bool                `json:"stateful,omitempty"` // answers to what is allowed pass by themselves
	Replies     string              `json:"replies,omitempty"`  // RepliesEphemeral, or empty: no rules but the user's
	Bare        bool                `json:"bare,omitempty"`     // it was made without the rules that let everything out
	Rules       []SecurityGroupRule `json:"-"`                  // each is a record of its own
	Mark        *Mark               `json:"mark,omitempty"`
}

// DefaultGroup is the group that every project of OpenStack has, and that every port has there unless it is told otherwise.
const DefaultGroup = "default"

// RepliesEphemeral makes a group without state let answers pass to and from the ports that operating systems choose for clients.
const RepliesEphemeral = "ephemeral"

// The directions of a rule, seen from the port, and the versions of IP, as the network service names them.
const (
	Ingress = "ingress"
	Egress  = "egress"
	IPv4    = "IPv4"
	IPv6    = "IPv6"
)

// SecurityGroupRule allows something.
type SecurityGroupRule struct {
	ID            string `json:"id"`
	GroupID       string `json:"group"`
	Description   string `json:"description,omitempty"`
	Direction     string `json:"direction"`               // Ingress or Egress
	EtherType     string `json:"ethertype"`               // IPv4 or IPv6
	Protocol      string `json:"protocol,omitempty"`      // a name, or a number from 0 to 255; empty: any
	PortMin       *int64 `json:"port_min,omitempty"`      // of ICMP: the type; nil: any
	PortMax       *int64 `json:"port_max,omitempty"`      // of ICMP: the code; nil: any
	RemotePrefix  string `json:"remote_prefix,omitempty"` // a CIDR; empty: anybody
	RemoteGroupID string `json:"remote_group,omitempty"`  // the addresses of the ports that have this group
	Mark          *Mark  `json:"mark,omitempty"`          // nil: every group has it from the start
}
