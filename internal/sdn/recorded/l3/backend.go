// Package l3 keeps routers, their interfaces, floating IPs and port forwardings as records, with the law about them, for network backends
// that embed it.
package l3

import (
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Backend keeps routers and floating IPs beside the records of their subnets.
type Backend struct {
	*recorded.Backend
	c     *vcenter.Client
	place recorded.Place

	waiting sync.Mutex // held by the check of a plan that waits for other plans
}

// New prepares a backend without calling the vCenter.
func New(c *vcenter.Client, place recorded.Place, law recorded.Law) *Backend {
	return &Backend{Backend: recorded.New(c, place, law), c: c, place: place}
}
