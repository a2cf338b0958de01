// Package planned remembers what one process has planned and not made yet, so that later plans of the same walk count with it: names that
// will be there, and names, addresses and ranges that are spoken for. Terraform tells a provider neither what else a configuration holds
// nor the address of a resource, so each plan leaves here what later plans need.
package planned

import "sync"

// Memory is everything that a configured provider has planned, noun by noun. The provider owns it and hands it to services and backends, so
// that nothing outlives a configuration. Whatever it holds may be used concurrently.
type Memory struct {
	Flavors      *Flavors
	KeyPairs     *KeyPairs
	ServerGroups *ServerGroups
	Aggregates   *Aggregates
	Nodes        *Nodes
	Clusters     *Clusters
	Possessions  *Possessions
	Instances    *Instances
	Usage        *UsageTracker

	Networks         *Networks
	Subnets          *Subnets
	Ports            *Ports
	Groups           *SecurityGroups
	Rules            *Rules
	RouterInterfaces *RouterInterfaces

	given sync.Map // the summaries of warnings
}

// New makes a memory in which nothing is planned.
func New() *Memory {
	return &Memory{
		Flavors: newFlavors(), KeyPairs: newKeyPairs(), ServerGroups: newServerGroups(), Aggregates: newAggregates(),
		Nodes: newNodes(), Clusters: newClusters(), Possessions: newPossessions(), Instances: newInstances(), Usage: newUsageTracker(),
		Networks: newNetworks(), Subnets: newSubnets(), Ports: newPorts(), Groups: newSecurityGroups(), Rules: newRules(),
		RouterInterfaces: newRouterInterfaces(),
	}
}

// Names are those of a kind of object, which are unique; nil where those of the kind need not be.
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
	}
	return nil
}

// FirstTime tells whether a warning is given for the first time, and notes that it is.
func (m *Memory) FirstTime(summary string) bool {
	_, given := m.given.LoadOrStore(summary, true)
	return !given
}
