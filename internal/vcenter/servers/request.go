package servers

import (
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Request is an instance to make. Flavor, image, networks and key are resolved.
type Request struct {
	ID string // chosen before anything is made; empty: Create chooses it
	openstack.ServerSpec
	PublicKey    string
	PasswordHash string // the administrator's; empty: none is set
	Networks     []openstack.Network
	Label        bool             // the flavor's tag is wanted too: Labels.Attach will be called for it
	Specs        *vmspec.Compiler // what the flavor says with the image, as far as it was read already; nil: nothing was

	// ConfigDrive makes the ISO image of a config drive, once the instance's id, ports and addresses are chosen. Nil: none.
	ConfigDrive func(openstack.Server) ([]byte, error)

	asked time.Time // when it was sent
}

// server is the instance that is asked for, before it is anywhere.
func (r *Request) server() openstack.Server {
	return openstack.Server{ID: r.ID, ServerSpec: r.ServerSpec, ServerStatus: openstack.ServerStatus{Updated: r.asked}}
}
