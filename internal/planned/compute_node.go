package planned

import (
	"strings"
	"sync"
)

// Node is an ESX host as a plan has it.
type Node struct {
	Hostname string
	Cluster  string   // its name or id; empty: only known after apply
	Disabled bool     // it is to be in maintenance
	Switches []string // names or UUIDs, as written
}

// Nodes holds the hosts that are planned, found by their names.
type Nodes struct{ *Set[Node] }

func newNodes() *Nodes {
	name := func(n Node) string { return strings.ToLower(n.Hostname) }
	return &Nodes{NewSet(Kind[Node]{ID: name, Keys: func(n Node) []string { return []string{name(n)} }})}
}

// Lookup finds a host by its name, in whatever letters.
func (s *Nodes) Lookup(hostname string) (n Node, planned bool) {
	return s.Find(strings.ToLower(hostname))
}

// WillRest tells whether a host is planned to be in maintenance.
func (s *Nodes) WillRest(hostname string) bool {
	n, _ := s.Lookup(hostname)
	return n.Disabled
}

// Clusters holds the names of the clusters that are planned.
type Clusters = Set[string]

func newClusters() *Clusters { return byNameAlone() }

// Possession is a host or a cluster that a resource of this configuration has.
type Possession struct {
	Adopted bool // the resource removes it though somebody else made it
	Goes    bool // this plan removes it
}

// Possessions holds the hosts and clusters that the configuration has, by their managed object ids.
type Possessions struct {
	mu    sync.Mutex
	owned map[string]Possession
}

func newPossessions() *Possessions { return &Possessions{owned: map[string]Possession{}} }

// Own notes that a resource has a host or a cluster, which its destruction removes if it is adopted or was made here, and whether the plan
// removes it, as far as is known. Then the plan of what takes its place may find it: Terraform plans that as if there were none.
func (p *Possessions) Own(id string, adopted, goes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.owned[id] = Possession{adopted, goes}
}

// Owned is what a resource of this configuration has of an id.
func (p *Possessions) Owned(id string) (has Possession, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	has, known = p.owned[id]
	return has, known
}
