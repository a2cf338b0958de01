// SPDX-License-Identifier: MPL-2.0

package planned

import (
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// ServerGroups holds the planned server groups, by id, which is known at plan, and the clusters on which their planned members run.
type ServerGroups struct {
	*Set[openstack.ServerGroup]
	Names

	mu       sync.Mutex
	clusters map[string]string // of the planned members, by the group's id
}

func newServerGroups() *ServerGroups {
	return &ServerGroups{clusters: map[string]string{}, Set: NewSet(Kind[openstack.ServerGroup]{
		ID:   func(g openstack.ServerGroup) string { return g.ID },
		Keys: func(g openstack.ServerGroup) []string { return []string{g.ID} },
	})}
}

// Join records the cluster of a group's planned member. If earlier members are planned on another cluster, it returns that one and keeps
// it.
func (s *ServerGroups) Join(id, cluster string) (other string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if other = s.clusters[id]; other != "" && other != cluster {
		return other
	}
	s.clusters[id] = cluster
	return ""
}
