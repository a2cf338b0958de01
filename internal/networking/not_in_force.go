// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// What the network does not do of a router, a floating IP or a port forwarding is left out of the state, with a warning, so that the plan
// shows an update in place, which brings it back.

// asIsInForce returns a router as one that is down where the network differs from what is recorded of it.
func asIsInForce(ctx context.Context, backend sdn.Backend, r openstack.Router) (openstack.Router, error) {
	lines, err := backend.RouterDifferences(ctx, r.ID, r.ID)
	if err == nil && len(lines) > 0 {
		r.Down = true
		warnDifferences(ctx, "admin_state_up", "The router is not in force as it is recorded", lines)
	}
	return r, err
}

// translated returns a floating IP as one that leads nowhere where the network does not translate it. at is the argument that names its
// port.
func translated(ctx context.Context, backend sdn.Backend, f openstack.FloatingIP, at string) (openstack.FloatingIP, error) {
	if f.PortID == "" {
		return f, nil
	}
	lines, err := backend.RouterDifferences(ctx, f.RouterID, f.ID)
	if err == nil && len(lines) > 0 {
		f.PortID, f.FixedIP = "", ""
		warnDifferences(ctx, at, "The floating IP "+f.Address+" is not translated as it is recorded", lines)
	}
	return f, err
}

// forwarded returns a port forwarding as one that leads nowhere where the network does not forward it.
func forwarded(ctx context.Context, backend sdn.Backend, f openstack.Forwarding) (openstack.Forwarding, error) {
	router, err := backend.ForwardingRouter(ctx, f)
	if err != nil || router == "" {
		return f, err
	}
	lines, err := backend.RouterDifferences(ctx, router, f.ID)
	if err == nil && len(lines) > 0 {
		f.PortID = ""
		warnDifferences(ctx, "internal_port_id", "The port forwarding is not in force as it is recorded", lines)
	}
	return f, err
}

func warnDifferences(ctx context.Context, at, summary string, lines []string) {
	crud.WarnAt(ctx, path.Root(at), summary, strings.Join(lines, "; ")+". The next apply brings it back")
}
