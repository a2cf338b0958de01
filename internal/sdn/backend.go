// Package sdn is what a network backend can do, as an interface, and the arithmetic of addresses that every backend shares.
package sdn

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
)

// Backend keeps networks, subnets and ports. Its methods may be called concurrently; who asks for an object that is gone gets
// openstack.ErrNotFound, and an error that can sit at an attribute is an openstack.FieldError.
type Backend interface {
	NetworkBackend
	SubnetBackend
	PortBackend
	SecurityGroupBackend
	RouterBackend
	// Resolvers are the name servers that guests are told where their subnets have none.
	Resolvers() []string
	// Planned is what this process has planned and not made yet: checks of later plans count with it.
	Planned() *planned.Memory
}

// NetworkBackend keeps networks.
type NetworkBackend interface {
	// CheckNetwork completes a network that is planned (switch, MTU) and refuses what cannot be made, before anything exists.
	CheckNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error)
	// CreateNetwork makes a network and never takes one over.
	CreateNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error)
	// Network finds a network by id, name, or both.
	Network(ctx context.Context, id, name string) (openstack.Network, error)
	// NetworkOfOpenStack finds what was a network of OpenStack's, by the id and the name that it had there; the name may be empty. What is
	// found once is known by its id alone from then on.
	NetworkOfOpenStack(ctx context.Context, id, name string) (openstack.Network, error)
	// Networks are all that an instance can be plugged into.
	Networks(ctx context.Context) ([]openstack.Network, error)
	// UpdateNetwork changes in place what may change: all but switch and id.
	UpdateNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error)
	// DeleteNetwork removes a network that is not in use. ours is false where it stays because somebody else made it.
	DeleteNetwork(ctx context.Context, id string) (ours bool, err error)
}

// SubnetBackend keeps subnets. Subnets of one network never overlap.
type SubnetBackend interface {
	// CreateSubnet makes a subnet that Complete has completed, and chooses its id where it has none.
	CreateSubnet(ctx context.Context, s openstack.Subnet) (openstack.Subnet, error)
	// Subnet reads a subnet that is known to exist on a network.
	Subnet(ctx context.Context, network, id string) (openstack.Subnet, error)
	// Subnets are those of a network, or of every network where it is empty.
	Subnets(ctx context.Context, network string) ([]openstack.Subnet, error)
	// UpdateSubnet lets change alter a subnet; it may be called several times.
	UpdateSubnet(ctx context.Context, network, id string, change func(*openstack.Subnet) error) (openstack.Subnet, error)
	// DeleteSubnet removes a subnet that no port has an address of.
	DeleteSubnet(ctx context.Context, network, id string) error
}

// PortBackend keeps ports. A port's addresses and its MAC are claimed in the same act as it is made: no two ports of a network
// ever have the same.
type PortBackend interface {
	// CheckPort refuses a port that its network cannot have, before anything exists.
	CheckPort(ctx context.Context, p openstack.Port) error
	// CheckClaim refuses addresses and a MAC that a port cannot have, as far as they are written and known, before anything exists.
	CheckClaim(ctx context.Context, w PortRequest) error
	// CreatePort claims what a port asks for, or chooses it, and chooses the port's id where it has none.
	CreatePort(ctx context.Context, w PortRequest) (openstack.Port, error)
	// FindPort finds a port by its id, on whichever network.
	FindPort(ctx context.Context, id string) (openstack.Port, error)
	// Port reads a port that is known to exist on a network.
	Port(ctx context.Context, network, id string) (openstack.Port, error)
	// Ports are those of a network, or of every network where it is empty.
	Ports(ctx context.Context, network string) ([]openstack.Port, error)
	// Unplugged are those of some ports that no instance has.
	Unplugged(ctx context.Context, ports []openstack.Port) ([]openstack.Port, error)
	// UpdatePort lets change alter a port, whose addresses are claimed anew as far as the request names other ones.
	UpdatePort(ctx context.Context, network, id string, change func(*PortRequest) error) (openstack.Port, error)
	// Book makes ready where a port's NIC will be connected, so that nothing passes that should not, and notes it in the port. It
	// may be asked again for a port that is booked.
	Book(ctx context.Context, p openstack.Port) (openstack.Port, error)
	// Unbook undoes Book for a port whose NIC was never connected.
	Unbook(ctx context.Context, p openstack.Port) error
	// DeletePort removes a port that is not plugged in, and frees its addresses.
	DeletePort(ctx context.Context, network, id string) error
}

// SecurityGroupBackend keeps security groups and their rules, and has the network let pass what they say. What changes a group or its
// members is in force at the ports that are plugged in when the verb returns; where it could not be brought to some of them, the change
// is recorded all the same and the error is a Lag.
type SecurityGroupBackend interface {
	// CheckGroup refuses a group that could not be enforced as it is meant, before anything exists.
	CheckGroup(ctx context.Context, g openstack.SecurityGroup) error
	// CheckGroupName refuses a name that another group of the project has, or is planned to have.
	CheckGroupName(ctx context.Context, g openstack.SecurityGroup) error
	// CreateGroup makes a group with its first rules and never takes one over, and chooses its id where it has none. Its name is unique in
	// its project.
	CreateGroup(ctx context.Context, g openstack.SecurityGroup) (openstack.SecurityGroup, error)
	// Groups are all that a port can have, with their rules; the default group is among them.
	Groups(ctx context.Context) ([]openstack.SecurityGroup, error)
	// GroupNamed finds a group by its id, or by its name in the provider's project.
	GroupNamed(ctx context.Context, text string) (openstack.SecurityGroup, error)
	// Group reads a group that is known to exist.
	Group(ctx context.Context, id string) (openstack.SecurityGroup, error)
	// UpdateGroup changes a group's name, description, labels and how answers pass; its rules stay.
	UpdateGroup(ctx context.Context, g openstack.SecurityGroup) (openstack.SecurityGroup, error)
	// DeleteGroup removes a group that no port has and no other group's rule names, with its rules.
	DeleteGroup(ctx context.Context, id string) error
	// CheckRule refuses a rule that the network cannot tell apart, before anything exists.
	CheckRule(ctx context.Context, r openstack.SecurityGroupRule) error
	// CreateRule adds a rule to a group that has none like it, and chooses its id where it has none.
	CreateRule(ctx context.Context, r openstack.SecurityGroupRule) (openstack.SecurityGroupRule, error)
	// Rule reads a rule that is known to exist.
	Rule(ctx context.Context, id string) (openstack.SecurityGroupRule, error)
	// DeleteRule removes a rule.
	DeleteRule(ctx context.Context, id string) error
	// EffectiveRules are what passes a port, a line each: as the network has it now, and as the port's groups say. Both are the same for
	// a port that is not plugged in, and empty for one without groups and one that somebody else has plugged in. Where the groups come to no
	// rules that the network could have (too many, say) the error is a Lag, and both are what the network has: who asks can still change the
	// groups.
	EffectiveRules(ctx context.Context, p openstack.Port) (is, want []string, err error)
	// Enforce brings a port that is plugged in up to what its groups say.
	Enforce(ctx context.Context, p openstack.Port) error
}

// RouterBackend keeps routers and their interfaces. A subnet has one router, and neither of the two goes before the interface does.
type RouterBackend interface {
	// CheckRouters refuses routers where the backend has none. The caveat is what a user must know of those it has: it is given
	// once, and empty afterwards.
	CheckRouters() (caveat string, err error)
	// CheckRouter refuses a router that cannot be made, before anything exists.
	CheckRouter(ctx context.Context, r openstack.Router) error
	// CheckRouterInterface completes an interface that is planned and refuses one that cannot be made. What is not known yet is
	// empty; an id is that of the interface which is to go for this one.
	CheckRouterInterface(ctx context.Context, i openstack.RouterInterface) (openstack.RouterInterface, error)
	// CreateRouter makes a router, and chooses its id. Names need not be unique.
	CreateRouter(ctx context.Context, r openstack.Router) (openstack.Router, error)
	// Router reads a router that is known to exist.
	Router(ctx context.Context, id string) (openstack.Router, error)
	// Routers are all routers.
	Routers(ctx context.Context) ([]openstack.Router, error)
	// UpdateRouter lets change alter a router; it may be called several times.
	UpdateRouter(ctx context.Context, id string, change func(*openstack.Router)) (openstack.Router, error)
	// DeleteRouter removes a router that has no interface.
	DeleteRouter(ctx context.Context, id string) error

	// CreateRouterInterface gives a router the gateway address of a subnet, and chooses the interface's id. An interface with an
	// id exists, be there an error or not.
	CreateRouterInterface(ctx context.Context, i openstack.RouterInterface) (openstack.RouterInterface, error)
	// RouterInterface reads an interface that is known to exist on a network.
	RouterInterface(ctx context.Context, network, id string) (openstack.RouterInterface, error)
	// RouterInterfaces are those on a network, or on every network where it is empty.
	RouterInterfaces(ctx context.Context, network string) ([]openstack.RouterInterface, error)
	// DeleteRouterInterface removes an interface.
	DeleteRouterInterface(ctx context.Context, network, id string) error
}

// PortRequest asks for a port. Each of FixedIPs may name a subnet, an address or both.
type PortRequest struct {
	openstack.Port
	NoFixedIP bool   // no address at all, where none of FixedIPs would mean one of each version
	TakesUp   string // an instance that is gone: a port that was made for it under this id is made anew in its place
}

// ErrPortExists says that there is a port of the id that one is to be made with.
var ErrPortExists = errors.New("there is a port of that id already")
