package openstack

// ComputeNode is an ESX host as somebody wants it, and as it is.
type ComputeNode struct {
	ID        string // the managed object id
	Hostname  string
	Cluster   string // its name, or when written its id
	ClusterID string
	Mark      *Mark // who added it; nil where this provider did not

	Thumbprint     string // SHA-1 of its certificate, as the vCenter writes it
	Status         string // Enabled or Disabled, which is in maintenance
	DisabledReason string
	Switches       []SwitchMembership
	SwitchesShown  bool // false where the host cannot say
	LicenseKey     string
	Tags           []string

	State      string // Up or Down
	Connection string // connected, disconnected or notResponding
	Type       string
	Version    int64
	VCPUs      int64
	MemoryMB   int64
}

// NodeAccount is what the vCenter gets into an ESX host with.
type NodeAccount struct {
	Username string
	Password string
}

// SwitchMembership is a distributed switch that a host is on.
type SwitchMembership struct {
	Switch   string // its name, or when written its UUID
	UUID     string
	Adapters []string // the host's physical adapters that are its uplinks, sorted
}

// ComputeCluster is a cluster of ESX hosts.
type ComputeCluster struct {
	ID       string // the managed object id
	Name     string
	Hostname string // "<managed object id>.<the vCenter's UUID>", as Nova's driver names it
	Mark     *Mark  // who made it; nil where this provider did not

	DRS              bool
	DRSLevel         string // fullyAutomated, partiallyAutomated or manual
	HA               bool
	AdmissionControl bool
	HostFailures     int64 // how many hosts may fail; 0 where the policy says something else
}
