// SPDX-License-Identifier: MPL-2.0

package openstack

// The policies of a server group.
const (
	Affinity         = "affinity"
	AntiAffinity     = "anti-affinity"
	SoftAffinity     = "soft-affinity"
	SoftAntiAffinity = "soft-anti-affinity"
)

// ServerGroup is a set of instances that run on one host (affinity), or on different hosts (anti-affinity).
type ServerGroup struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Project string `json:"project,omitempty"`
	Policy  string `json:"policy"`
	Cluster string `json:"cluster,omitempty"` // the managed object id of the cluster that its members run on; empty: it has had no member yet
	Mark    *Mark  `json:"mark,omitempty"`

	Members []string `json:"-"` // ids of instances
	InForce bool     `json:"-"` // the cluster's DRS rule is as the members require
}

// Aggregate is a set of hosts of one cluster with common metadata, by which flavors select them.
type Aggregate struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Zone     string            `json:"zone,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
	Hosts    []string          `json:"hosts,omitempty"`   // as written: names or managed object ids
	Cluster  string            `json:"cluster,omitempty"` // the managed object id of the hosts' cluster; empty without hosts
	Mark     *Mark             `json:"mark,omitempty"`

	InForce bool `json:"-"` // the DRS rules of the instances that it is chosen for are as they should be
}

// Hints is where an instance is to run, from scheduler_hints. They are recorded with the instance.
type Hints struct {
	Group         string   `json:"group,omitempty"`  // a server group's id
	Policy        string   `json:"policy,omitempty"` // that group's
	DifferentHost []string `json:"different_host,omitempty"`
	SameHost      []string `json:"same_host,omitempty"`
}

// Empty reports whether there are no hints.
func (h Hints) Empty() bool { return h.Group == "" && len(h.DifferentHost)+len(h.SameHost) == 0 }

// Pin is the set of hosts that an instance must run on.
type Pin struct {
	Name  string   `json:"name,omitempty"`  // of the cluster's DRS rule; instances with the same name share their hosts
	Hosts []string `json:"hosts,omitempty"` // managed object ids, all of one cluster
}
