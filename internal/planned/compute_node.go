// SPDX-License-Identifier: MPL-2.0

package planned

import (
	"strings"
	"sync"
)

// Node is a planned ESX host.
type Node struct {
	Hostname string
	Cluster  string   // its name or id; empty: only known after apply
	Disabled bool     // it is to be put in maintenance
	Switches []string // names or UUIDs, as written
}

// Nodes holds the planned ESX hosts, by name.
type Nodes struct{ *Set[Node] }

func newNodes() *Nodes {
	name := func(n Node) string { return strings.ToLower(n.Hostname) }
	return &Nodes{NewSet(Kind[Node]{ID: name, Keys: func(n Node) []string { return []string{name(n)} }})}
}

// Lookup finds a host by its name, ignoring case.
func (s *Nodes) Lookup(hostname string) (n Node, planned bool) {
	return s.Find(strings.ToLower(hostname))
}

// WillRest reports whether a host is planned to be in maintenance.
func (s *Nodes) WillRest(hostname string) bool {
	n, _ := s.Lookup(hostname)
	return n.Disabled
}

// Clusters holds the names of the planned clusters.
type Clusters = Set[string]

func newClusters() *Clusters { return byNameAlone() }

// Possession describes a host or a cluster that a resource of this configuration manages.
type Possession struct {
	Adopted bool // the resource may remove it although this provider did not make it
	Goes    bool // this plan removes it
}

// Possessions holds the hosts and clusters that this configuration manages, by managed object id.
type Possessions struct {
	mu    sync.Mutex
	owned map[string]Possession
}

func newPossessions() *Possessions { return &Possessions{owned: map[string]Possession{}} }

// Own records that a resource manages a host or a cluster, which its destruction removes if it is adopted or was made by this provider,
// and whether the plan removes it, as far as is known. The plan of the successor may then find the object: Terraform plans it as a
// creation.
func (p *Possessions) Own(id string, adopted, goes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.owned[id] = Possession{adopted, goes}
}

// Owned returns what Own recorded for an id.
func (p *Possessions) Owned(id string) (has Possession, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	has, known = p.owned[id]
	return has, known
}
