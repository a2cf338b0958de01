// SPDX-License-Identifier: MPL-2.0

package l3

import (
	"context"
	"errors"
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
)

// CheckPlug refuses to plug in a port that a router has, or is planned to have, and one that has a gateway's address.
func (b *Backend) CheckPlug(ctx context.Context, p openstack.Port) error {
	if err := b.keptByRouter(ctx, p, "no instance can have it"); err != nil {
		return err
	}
	subnets, err := b.Subnets(ctx, p.NetworkID)
	if err != nil {
		return err
	}
	p.DeviceID, p.Implicit = "an instance", false
	var field *openstack.FieldError
	err = sdn.Foresee(sdn.PortRequest{Port: p}, subnets, nil)
	if errors.As(err, &field) {
		return field.Err
	}
	return err
}

// CheckClaim also refuses other addresses for a port that a router has.
func (b *Backend) CheckClaim(ctx context.Context, w sdn.PortRequest) error {
	if w.ID != "" && w.MAC != "" {
		if err := b.keptByRouter(ctx, w.Port, "it keeps its addresses"); err != nil {
			return openstack.AttributeErrorf("fixed_ip", "%w", err)
		}
	}
	return b.Backend.CheckClaim(ctx, w)
}

// keptByRouter refuses what the router does not let happen to a port that it has or is planned to have.
func (b *Backend) keptByRouter(ctx context.Context, p openstack.Port, so string) error {
	there, err := b.RouterInterfaces(ctx, p.NetworkID)
	if err != nil {
		return err
	}
	of := openstack.RouterInterface{ID: "none of them", PortID: p.ID}
	for _, i := range b.Planned().RouterInterfaces.Overlay(ctx, of, there) {
		switch {
		case i.PortID != p.ID:
		case i.ID == "":
			return fmt.Errorf("a router interface of this configuration is to have the port %s, so %s", p.ID, so)
		default:
			return b.Naming(ctx, &recorded.ByRouter{Before: "the port " + p.ID + " is in use by ", Router: i.RouterID, After: ", which has its " +
				"addresses by the interface " + i.ID + ", so " + so + ". Delete that interface first (novasphere_networking_router_interface)"})
		}
	}
	return nil
}
