package planned

import (
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// ServerGroups holds the server groups that are planned, found by their ids, which are known at plan; and where their planned members run.
type ServerGroups struct {
	*Set[openstack.ServerGroup]
	Names

	mu       sync.Mutex
	clusters map[string]string // of the members that are planned, by the group's id
}

func newServerGroups() *ServerGroups {
	return &ServerGroups{clusters: map[string]string{}, Set: NewSet(Kind[openstack.ServerGroup]{
		ID:   func(g openstack.ServerGroup) string { return g.ID },
		Keys: func(g openstack.ServerGroup) []string { return []string{g.ID} },
	})}
}

// Join notes on which cluster a member of a group is to run. Where members are planned on another one, that one is given, and stays.
func (s *ServerGroups) Join(id, cluster string) (other string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if other = s.clusters[id]; other != "" && other != cluster {
		return other
	}
	s.clusters[id] = cluster
	return ""
}
