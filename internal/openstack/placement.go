package openstack

// The policies of a server group.
const (
	Affinity         = "affinity"
	AntiAffinity     = "anti-affinity"
	SoftAffinity     = "soft-affinity"
	SoftAntiAffinity = "soft-anti-affinity"
)

// ServerGroup is instances that are to run on one host, or on as many as there are.
type ServerGroup struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Project string `json:"project,omitempty"`
	Policy  string `json:"policy"`
	Cluster string `json:"cluster,omitempty"` // the managed object id of the one that its members run on; empty: none has come yet
	Mark    *Mark  `json:"mark,omitempty"`

	Members []string `json:"-"` // ids of instances
	InForce bool     `json:"-"` // the cluster's rule is as the members want it
}

// Aggregate is hosts of one cluster that have something in common, as metadata, by which flavors choose them.
type Aggregate struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Zone     string            `json:"zone,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
	Hosts    []string          `json:"hosts,omitempty"`   // as they are written: names, or managed object ids
	Cluster  string            `json:"cluster,omitempty"` // the managed object id of the one that the hosts are in; empty without hosts
	Mark     *Mark             `json:"mark,omitempty"`

	InForce bool `json:"-"` // the rules of the instances that it is chosen for are as they should be
}

// Hints say where an instance is to run, as scheduler_hints do. They are recorded with it.
type Hints struct {
	Group         string   `json:"group,omitempty"`  // a server group's id
	Policy        string   `json:"policy,omitempty"` // that group's
	DifferentHost []string `json:"different_host,omitempty"`
	SameHost      []string `json:"same_host,omitempty"`
}

// Empty says that there are none.
func (h Hints) Empty() bool { return h.Group == "" && len(h.DifferentHost)+len(h.SameHost) == 0 }

// Pin is the hosts that an instance must run on.
type Pin struct {
	Name  string   `json:"name,omitempty"`  // of the cluster's rule: all instances with the same name are on the same hosts
	Hosts []string `json:"hosts,omitempty"` // managed object ids, all of one cluster
}
