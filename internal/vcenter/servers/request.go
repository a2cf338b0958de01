// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// Request is an instance to make. Flavor, image, networks and key are resolved.
type Request struct {
	ID string // empty: Create chooses it
	openstack.ServerSpec
	PublicKey    string
	PasswordHash string // the administrator's; empty: none is set
	Networks     []openstack.Network
	Boot         openstack.Volume // the volume that it boots from, or the one whose snapshot it boots from; zero: it is cloned from its image
	Label        bool             // attach the flavor's tag too: Labels.Attach will be called for it
	Specs        *vmspec.Compiler // of flavor and image, as far as compiled already; nil: not at all

	// ConfigDrive makes the ISO image of the config drive once id, ports and addresses are chosen. Nil: none.
	ConfigDrive func(openstack.Server) ([]byte, error)

	asked      time.Time    // when the request was sent
	iso        hardware.ISO // of an ISO image
	rootPolicy string       // the id of the root disk's own storage policy; empty: the VM's
}

// server returns the instance that is asked for, before a VM exists.
func (r *Request) server() openstack.Server {
	return openstack.Server{ID: r.ID, ServerSpec: r.ServerSpec, ServerStatus: openstack.ServerStatus{Updated: r.asked}}
}
