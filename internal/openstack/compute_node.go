// SPDX-License-Identifier: MPL-2.0

package openstack

// ComputeNode is an ESX host, either as the configuration wants it or as the vCenter reports it.
type ComputeNode struct {
	ID        string // the managed object id
	Hostname  string
	Cluster   string // the cluster's name; in a request, its id
	ClusterID string
	Mark      *Mark // who added it; nil if this provider did not

	Thumbprint     string // SHA-1 of its certificate, as the vCenter writes it
	Status         string // Enabled, or Disabled: in maintenance
	DisabledReason string
	Switches       []SwitchMembership
	SwitchesShown  bool // false if the host cannot report its switches
	LicenseKey     string
	Tags           []string

	State      string // Up or Down
	Connection string // connected, disconnected or notResponding
	Type       string
	Version    int64
	VCPUs      int64
	MemoryMB   int64
}

// NodeAccount is the account with which the vCenter logs in to an ESX host.
type NodeAccount struct {
	Username string
	Password string
}

// SwitchMembership is a host's membership in a distributed switch.
type SwitchMembership struct {
	Switch   string // its name; in a request, its UUID
	UUID     string
	Adapters []string // the host's physical adapters that serve as uplinks, sorted
}

// ComputeCluster is a cluster of ESX hosts.
type ComputeCluster struct {
	ID       string // the managed object id
	Name     string
	Hostname string // "<managed object id>.<the vCenter's UUID>", as Nova's driver names it
	Mark     *Mark  // who made it; nil if this provider did not

	DRS              bool
	DRSLevel         string // fullyAutomated, partiallyAutomated or manual
	HA               bool
	AdmissionControl bool
	HostFailures     int64 // how many hosts may fail; 0 if the admission control policy does not count hosts
}
