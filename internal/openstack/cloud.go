package openstack

import "context"

// Where a data source looks: the values of its argument `source`. Without one a name is looked up in vCenter first, and then,
// where the provider has a block `openstack`, in OpenStack.
const (
	SourceVCenter   = "vcenter"
	SourceOpenStack = "openstack"
)

// Cloud is a real OpenStack cloud that is read beside the vCenter, and never written to. Each kind is asked for once in a process,
// when something first needs it, however many want it; the lists are shared, so whoever gets one leaves it as it is. Errors say
// which cloud was asked for what, why it did not answer, and what to do.
type Cloud interface {
	// Name is how messages call the cloud: its name in clouds.yaml, else its auth_url.
	Name() string
	// Flavors are all that the user may see, with their extra specs, smallest first.
	Flavors(ctx context.Context) ([]Flavor, error)
	// Images are all active ones that the user may see.
	Images(ctx context.Context) ([]Image, error)
	// KeyPairs are the user's own.
	KeyPairs(ctx context.Context) ([]KeyPair, error)
	// Networks are all that the user may see.
	Networks(ctx context.Context) ([]Network, error)
	// Servers are the project's, or every project's where the user may see them.
	Servers(ctx context.Context) ([]Server, error)
	// AllServers are every project's; an error where the user may not see them.
	AllServers(ctx context.Context) ([]Server, error)
}

// TheCloud is how messages call a cloud.
func TheCloud(c Cloud) string { return "the OpenStack cloud " + c.Name() }
