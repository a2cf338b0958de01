// SPDX-License-Identifier: MPL-2.0

package openstack

import "context"

// Where a data source looks, as values of its argument `source`. Without the argument a name is looked up in vCenter first, and then, if
// the provider has a block `openstack`, in OpenStack.
const (
	SourceVCenter   = "vcenter"
	SourceOpenStack = "openstack"
)

// Cloud is a real OpenStack cloud that is read beside the vCenter, and never written to. Each list is fetched once per process, when it
// is first needed. The lists are shared, so a caller must not modify them. Errors tell which cloud was asked for what, why it did not
// answer, and what to do.
type Cloud interface {
	// Name returns the cloud's name for messages: the one in clouds.yaml, else its auth_url.
	Name() string
	// Flavors returns all flavors visible to the user, with their extra specs, smallest first.
	Flavors(ctx context.Context) ([]Flavor, error)
	// Images returns all active images visible to the user.
	Images(ctx context.Context) ([]Image, error)
	// KeyPairs returns the user's key pairs.
	KeyPairs(ctx context.Context) ([]KeyPair, error)
	// Networks returns all networks visible to the user.
	Networks(ctx context.Context) ([]Network, error)
	// Servers returns the servers of every project if the user may list them, else those of the user's project.
	Servers(ctx context.Context) ([]Server, error)
	// AllServers returns the servers of every project, or an error if the user may not list them.
	AllServers(ctx context.Context) ([]Server, error)
	// Unknown returns those of some ids, in lower case, that no server of any project has, or an error if that is not certain for each.
	Unknown(ctx context.Context, ids []string) ([]string, error)
}

// TheCloud is how messages call a cloud.
func TheCloud(c Cloud) string { return "the OpenStack cloud " + c.Name() }
