// SPDX-License-Identifier: MPL-2.0

// Package planned remembers what one process has planned and not made yet, so that later plans of the same walk take it into account:
// which names will exist, and which names, addresses and ranges are taken. Terraform tells a provider neither what else a configuration
// contains nor the address of a resource, so each plan leaves here what later plans need.
package planned

import "sync"

// Memory is everything that a configured provider has planned, noun by noun. The provider owns it and hands it to services and backends,
// so that nothing outlives a configuration. All of it is safe for concurrent use.
type Memory struct {
	Flavors      *Flavors
	KeyPairs     *KeyPairs
	ServerGroups *ServerGroups
	Aggregates   *Aggregates
	Nodes        *Nodes
	Clusters     *Clusters
	Possessions  *Possessions
	Instances    *Instances
	Attachments  *Attachments
	Images       *Images
	Usage        *UsageTracker

	Networks         *Networks
	Subnets          *Subnets
	SubnetPools      *SubnetPools
	Ports            *Ports
	Groups           *SecurityGroups
	Rules            *Rules
	RouterInterfaces *RouterInterfaces
	Routers          *Routers
	FloatingIPs      *FloatingIPs
	Forwardings      *Forwardings

	given sync.Map // summaries of the warnings given so far
}

// New returns a memory in which nothing is planned.
func New() *Memory {
	return &Memory{
		Flavors: newFlavors(), KeyPairs: newKeyPairs(), ServerGroups: newServerGroups(), Aggregates: newAggregates(),
		Nodes: newNodes(), Clusters: newClusters(), Possessions: newPossessions(), Instances: newInstances(),
		Attachments: newAttachments(), Images: newImages(), Usage: newUsageTracker(),
		Networks: newNetworks(), Subnets: newSubnets(), SubnetPools: newSubnetPools(), Ports: newPorts(),
		Groups: newSecurityGroups(), Rules: newRules(),
		RouterInterfaces: newRouterInterfaces(), Routers: newRouters(), FloatingIPs: newFloatingIPs(), Forwardings: newForwardings(),
	}
}

// Names returns the names of a kind of object, or nil if names of that kind need not be unique.
func (m *Memory) Names(kind string) *Names {
	switch kind {
	case NamedFlavor:
		return &m.Flavors.Names
	case NamedKeyPair:
		return &m.KeyPairs.Names
	case NamedServerGroup:
		return &m.ServerGroups.Names
	case NamedAggregate:
		return &m.Aggregates.Names
	case NamedInstance:
		return &m.Instances.Names
	case NamedImage:
		return &m.Images.Names
	}
	return nil
}

// FirstTime reports whether a warning is given for the first time, and records it.
func (m *Memory) FirstTime(summary string) bool {
	_, given := m.given.LoadOrStore(summary, true)
	return !given
}
