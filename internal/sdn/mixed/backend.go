// SPDX-License-Identifier: MPL-2.0

package mixed

import (
	"context"
	"errors"
	"regexp"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/groups"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/routers"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Backend has both kinds of networks. What depends on a network goes to the backend that has it; all else is the records', which the
// backend of the switches holds for both.
type Backend struct {
	*dvs.Backend
	segments *nsx.Backend
	external *nsx.External   // nil: routers are not NSX's, and no network is a tier-0 gateway
	groups   *groups.Backend // nil: NSX enforces no security groups
	c        *vcenter.Client
}

var _ sdn.Backend = &Backend{}

// New prepares a backend without calling NSX or the vCenter. An error is an openstack.FieldError for an argument of the block nsx.
func New(cfg nsx.Config, c *vcenter.Client) (*Backend, error) {
	b := &Backend{c: c}
	b.Backend = dvs.NewBeside(c, b, lawOf(c))
	var err error
	if b.segments, err = nsx.New(cfg, c, b.Backend.Backend); err != nil {
		return b, err
	}
	if c.Config.Routers == vcenter.RoutersNSX {
		b.external, b.Gateways = b.segments.External(), routers.New(b.segments, c)
	}
	if c.Config.SecurityGroups == sdn.EnforceNSX {
		b.groups = groups.New(c, b.segments)
	}
	return b, err
}

// Close ends the session with NSX, if there is one.
func (b *Backend) Close(ctx context.Context) error { return b.segments.Close(ctx) }

// managed matches the managed object ids of networks, which no segment has that this provider made.
var managed = regexp.MustCompile(`^(dvportgroup|network|opaquenetwork)-[0-9o]+$`)

// onNSX reports whether a network is a segment of this NSX. What the vCenter knows as another network is none, and needs no call to NSX.
func (b *Backend) onNSX(ctx context.Context, id string) (bool, error) {
	n, err := b.c.Networks.Network(ctx, id, "")
	switch {
	case err == nil:
		return n.Kind == openstack.NetworkSegment && b.segments.Has(n), nil
	case errors.Is(err, openstack.ErrNotFound):
		return !managed.MatchString(id), nil
	}
	return false, err
}

// leadsOut reports whether a network is a tier-0 gateway of NSX. What the vCenter may know is none, and needs no call to NSX.
func (b *Backend) leadsOut(ctx context.Context, id string) (bool, error) {
	if b.external == nil || managed.MatchString(id) {
		return false, nil
	}
	return b.external.Has(ctx, id)
}

// of returns the part of the backend that has a network.
func (b *Backend) of(ctx context.Context, id string) (part, error) {
	out, err := b.leadsOut(ctx, id)
	if out || err != nil {
		return b.external, err
	}
	is, err := b.onNSX(ctx, id)
	if is {
		return b.segments, err
	}
	return b.Backend, err
}
