// SPDX-License-Identifier: MPL-2.0

package l3

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Carrier carries out what the records say of routers, their interfaces and routes, floating IPs and port forwardings. NSX does; beside
// physical gateways nobody does, and the records are all there is.
type Carrier interface {
	// CheckRouter refuses a router that the network cannot have, before anything exists.
	CheckRouter(ctx context.Context, r openstack.Router) error
	// CheckInterface refuses an interface that a router cannot have on a network, before anything exists. The router's id may be
	// unknown and empty.
	CheckInterface(ctx context.Context, i openstack.RouterInterface) error
	// FollowRouter brings a router's gateway in line with the records, and waits until that is in force. What is going (Backend.Going) has
	// no record for it. gone are the ids of what the caller has going: an error is then only about what is to be taken away.
	FollowRouter(ctx context.Context, router string, gone ...string) error
	// RemoveRouter deletes the gateway of a router with all that is ours on it, before the router's record goes.
	RemoveRouter(ctx context.Context, router string) error
	// Describe says how the network carries out a router, for people: one line for each of its objects.
	Describe(ctx context.Context, router string) (string, error)
	// Differences tells how the network differs from the records of a router, or of one of its floating IPs or port forwardings by its id:
	// one line each, none where it does what they say. All checks of a plan share few calls.
	Differences(ctx context.Context, router, of string) ([]string, error)
}
