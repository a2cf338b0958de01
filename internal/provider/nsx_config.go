package provider

// nsxConfig describes how to reach an NSX Manager, and what to make in it.
type nsxConfig struct {
	Server, User, Password, Auth string
	Certificate, Key, CA         string
	Insecure                     bool
	Project, EnforcementPoint    string
	AllowOverwrite               bool
	UserAgent                    string

	TransportZone, VLANTransportZone, EdgeCluster, TagScheme string
}
