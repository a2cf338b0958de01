// SPDX-License-Identifier: MPL-2.0

// Package sdn defines the interface of a network backend, and holds the address arithmetic that all backends share.
package sdn

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
)

// Backend stores networks, subnets and ports. Its methods may be called concurrently. They return openstack.ErrNotFound for an object
// that is gone, and an openstack.FieldError for an error about an attribute.
type Backend interface {
	NetworkBackend
	SubnetBackend
	PortBackend
	SecurityGroupBackend
	RouterBackend
	FloatingIPBackend
	QoSBackend
	TrunkBackend
	AddressScopeBackend
	SubnetPoolBackend
	AddressGroupBackend
	// Resolvers returns the name servers for guests whose subnets have none.
	Resolvers() []string
	// Planned returns what this process has planned and not made yet. Checks of later plans take it into account.
	Planned() *planned.Memory
}

// NetworkBackend stores networks.
type NetworkBackend interface {
	// CheckNetwork completes a planned network (switch, MTU), and refuses one that cannot be made, before anything exists.
	CheckNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error)
	// CreateNetwork makes a network. It never takes over an existing one.
	CreateNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error)
	// Network finds a network by id, name, or both.
	Network(ctx context.Context, id, name string) (openstack.Network, error)
	// NetworkOfOpenStack finds the network that replaces one of OpenStack's, by its id and name there; the name may be empty. Later calls
	// find it by the id alone.
	NetworkOfOpenStack(ctx context.Context, id, name string) (openstack.Network, error)
	// Networks returns all networks that an instance can be plugged into, and the external ones of NSX.
	Networks(ctx context.Context) ([]openstack.Network, error)
	// UpdateNetwork changes a network in place: anything except switch and id.
	UpdateNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error)
	// DeleteNetwork removes a network that is not in use. ours is false where it stays because it was made elsewhere.
	DeleteNetwork(ctx context.Context, id string) (ours bool, err error)
}

// SubnetBackend stores subnets. The subnets of a network never overlap.
type SubnetBackend interface {
	// CheckSubnet completes a planned subnet that Complete has completed, and refuses one that its network cannot have, before anything
	// exists. An existing subnet has its id.
	CheckSubnet(ctx context.Context, s openstack.Subnet) (openstack.Subnet, error)
	// CreateSubnet makes a subnet that Complete has completed, and chooses its id where it has none.
	CreateSubnet(ctx context.Context, s openstack.Subnet) (openstack.Subnet, error)
	// Subnet reads a subnet that is known to exist on a network.
	Subnet(ctx context.Context, network, id string) (openstack.Subnet, error)
	// Subnets returns the subnets of a network, or of all networks where network is empty.
	Subnets(ctx context.Context, network string) ([]openstack.Subnet, error)
	// UpdateSubnet changes a subnet with change, which may be called several times.
	UpdateSubnet(ctx context.Context, network, id string, change func(*openstack.Subnet) error) (openstack.Subnet, error)
	// DeleteSubnet removes a subnet on which no port has an address.
	DeleteSubnet(ctx context.Context, network, id string) error
}

// PortBackend stores ports. Claiming a port's addresses and MAC is atomic with making it: no two ports of a network ever share one.
type PortBackend interface {
	// CheckPort refuses a port that its network cannot have, before anything exists.
	CheckPort(ctx context.Context, p openstack.Port) error
	// CheckClaim refuses addresses and a MAC that a port cannot have, as far as they are written and known, before anything exists.
	CheckClaim(ctx context.Context, w PortRequest) error
	// CheckPlug refuses a port that no instance can have, because a router has it or its addresses.
	CheckPlug(ctx context.Context, p openstack.Port) error
	// CreatePort claims or chooses a port's addresses and MAC, and chooses its id where it has none.
	CreatePort(ctx context.Context, w PortRequest) (openstack.Port, error)
	// FindPort finds a port by its id on any network.
	FindPort(ctx context.Context, id string) (openstack.Port, error)
	// Port reads a port that is known to exist on a network.
	Port(ctx context.Context, network, id string) (openstack.Port, error)
	// Ports returns the ports of a network, or of all networks where network is empty.
	Ports(ctx context.Context, network string) ([]openstack.Port, error)
	// Unplugged returns those of the ports that no instance has.
	Unplugged(ctx context.Context, ports []openstack.Port) ([]openstack.Port, error)
	// UpdatePort changes a port with change, and claims other addresses where the request names them.
	UpdatePort(ctx context.Context, network, id string, change func(*PortRequest) error) (openstack.Port, error)
	// PortFirst reports whether a port of a network must be made before it is booked, because it is an object of the network itself.
	PortFirst(n openstack.Network) bool
	// Book prepares the place where a port's NIC will be connected, so that its filter is in force from the start, and records it in the
	// port. It may be called again for a booked port.
	Book(ctx context.Context, p openstack.Port) (openstack.Port, error)
	// Unbook undoes Book for a port whose NIC was never connected.
	Unbook(ctx context.Context, p openstack.Port) error
	// Socket returns the network that the NIC of a port is connected to on the hosts of a cluster; an empty cluster: before an instance is
	// placed.
	Socket(ctx context.Context, p openstack.Port, cluster string) (openstack.Network, error)
	// Answers returns an error where what has a network cannot be asked now, so that a port on it could not be let go.
	Answers(ctx context.Context, network string) error
	// Released waits until the network has let go of a port whose NIC is gone.
	Released(ctx context.Context, p openstack.Port) error
	// DeletePort removes a port that is not plugged in, and frees its addresses.
	DeletePort(ctx context.Context, network, id string) error
}

// SecurityGroupBackend stores security groups and their rules, and has the network enforce them. When a method that changes a group or
// its members returns, the change is in force at all plugged ports. Where it could not be brought to some of them, it is still recorded,
// and the error is a Lag.
type SecurityGroupBackend interface {
	// Enforcer returns what enforces groups: a value of the provider's security_groups, or empty if none is chosen.
	Enforcer() string
	// DefaultGroups returns the ids of the groups of a port on a network for which none are named, if it has port security: none, or the
	// project's default group.
	DefaultGroups(n openstack.Network) []string
	// CheckGroup refuses a group that cannot be enforced as written, before anything exists.
	CheckGroup(ctx context.Context, g openstack.SecurityGroup) error
	// CheckGroupName refuses a name that another group of the project has or is planned to have.
	CheckGroupName(ctx context.Context, g openstack.SecurityGroup) error
	// CreateGroup makes a group with its first rules, and chooses its id where it has none. It never takes over an existing one. Its name is
	// unique in its project.
	CreateGroup(ctx context.Context, g openstack.SecurityGroup) (openstack.SecurityGroup, error)
	// Groups returns all groups that a port can have, with their rules and including the default group.
	Groups(ctx context.Context) ([]openstack.SecurityGroup, error)
	// GroupNamed finds a group by its id, or by its name in the provider's project.
	GroupNamed(ctx context.Context, text string) (openstack.SecurityGroup, error)
	// Group reads a group that is known to exist.
	Group(ctx context.Context, id string) (openstack.SecurityGroup, error)
	// UpdateGroup changes a group's name, description, labels and how replies pass; its rules stay.
	UpdateGroup(ctx context.Context, g openstack.SecurityGroup) (openstack.SecurityGroup, error)
	// DeleteGroup removes a group with its rules, if no port has it and no rule of another group names it.
	DeleteGroup(ctx context.Context, id string) error
	// CheckRule refuses a rule that the network cannot match, before anything exists.
	CheckRule(ctx context.Context, r openstack.SecurityGroupRule) error
	// CreateRule adds a rule to a group without an equal one, and chooses its id where it has none.
	CreateRule(ctx context.Context, r openstack.SecurityGroupRule) (openstack.SecurityGroupRule, error)
	// Rule reads a rule that is known to exist.
	Rule(ctx context.Context, id string) (openstack.SecurityGroupRule, error)
	// DeleteRule removes a rule.
	DeleteRule(ctx context.Context, id string) error
	// EffectiveRules returns the rules of a port, one line each: is is what the network has, want is what the port's groups amount to. Both
	// are equal for a port that is not plugged in, and empty for a port without groups or one that was plugged in outside of Terraform.
	// Where the network cannot have the groups' rules, because they are too many for example, the error is a Lag and both are what the
	// network has, so that the caller can still change the groups.
	EffectiveRules(ctx context.Context, p openstack.Port) (is, want []string, err error)
	// Enforce brings a plugged port in line with its groups.
	Enforce(ctx context.Context, p openstack.Port) error
}

// RouterBackend stores routers and their interfaces. A subnet has one router, and neither can be deleted before the interface.
type RouterBackend interface {
	// CheckRouters refuses routers where the backend has none. The caveat is for users of routers that are recorded only: it is returned
	// once, and empty afterwards, and always empty where the network routes.
	CheckRouters() (caveat string, err error)
	// CheckRouter refuses a router that cannot be made, before anything exists.
	CheckRouter(ctx context.Context, r openstack.Router) error
	// CheckRouterInterface completes a planned interface, and refuses one that cannot be made. Unknown values are empty; an id is that of
	// the interface that this one replaces.
	CheckRouterInterface(ctx context.Context, i openstack.RouterInterface) (openstack.RouterInterface, error)
	// CheckKeptInterface refuses an existing interface that a planned one is in the way of.
	CheckKeptInterface(ctx context.Context, i openstack.RouterInterface) error
	// CreateRouter makes a router, chooses its id, and claims its external addresses. Names need not be unique. A router that is returned
	// with an id exists, even with an error.
	CreateRouter(ctx context.Context, r openstack.Router) (openstack.Router, error)
	// Router reads a router that is known to exist.
	Router(ctx context.Context, id string) (openstack.Router, error)
	// Routers returns all routers.
	Routers(ctx context.Context) ([]openstack.Router, error)
	// UpdateRouter changes a router with change, which may be called several times, and claims or frees its external addresses. Before it
	// leaves an external network it waits for floating IPs behind it to go.
	UpdateRouter(ctx context.Context, id string, change func(*openstack.Router) error) (openstack.Router, error)
	// CheckRoutes refuses static routes that a router cannot have, before anything exists: those by a neighbour on none of its subnets.
	CheckRoutes(ctx context.Context, router string, routes []openstack.Route) error
	// RouterRoutes returns a router's static routes.
	RouterRoutes(ctx context.Context, router string) ([]openstack.Route, error)
	// ChangeRouterRoutes changes a router's static routes with change, which may be called several times, and returns them. It waits for an
	// interface that the same apply may make. Routes that are returned exist, even with an error.
	ChangeRouterRoutes(ctx context.Context, router string, change func([]openstack.Route) ([]openstack.Route, error)) ([]openstack.Route,
		error)
	// GatewayIntent returns all that a gateway has to do for a router, from what is recorded at this moment, whichever process recorded it.
	GatewayIntent(ctx context.Context, router string) (openstack.GatewayIntent, error)
	// RouterDifferences tells how the network differs from what is recorded of a router, or of one of its floating IPs or port forwardings
	// by its id: one line each. There are none where routers are only recorded.
	RouterDifferences(ctx context.Context, router, of string) ([]string, error)
	// DeleteRouter waits for a router's interfaces and floating IPs to go, removes it, and frees its external addresses.
	DeleteRouter(ctx context.Context, id string) error

	// CreateRouterInterface gives a router the gateway address of a subnet, or the addresses of a port, and chooses the interface's id. An
	// interface that is returned with an id exists, even with an error.
	CreateRouterInterface(ctx context.Context, i openstack.RouterInterface) (openstack.RouterInterface, error)
	// RouterInterface reads an interface that is known to exist on a network.
	RouterInterface(ctx context.Context, network, id string) (openstack.RouterInterface, error)
	// RouterInterfaces returns the interfaces on a network, or on all networks where network is empty.
	RouterInterfaces(ctx context.Context, network string) ([]openstack.RouterInterface, error)
	// DeleteRouterInterface removes an interface. It waits for floating IPs behind it to go, and for static routes by it, which it removes
	// itself if force is set.
	DeleteRouterInterface(ctx context.Context, network, id string, force bool) error
}

// PortRequest asks for a port. Each of FixedIPs may name a subnet, an address or both.
type PortRequest struct {
	openstack.Port
	NoFixedIP bool   // no address at all; without it, empty FixedIPs mean one of each version
	TakesUp   string // an absent instance: the port made for it under this id is replaced
}

// ErrPortExists means that the id of a new port is already in use.
var ErrPortExists = errors.New("there is a port of that id already")
