// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// The kinds of records of routers and floating IPs, which are kept beside the subnets that they have addresses of, but for routers
// themselves, which are in the catalogue.
const (
	RouterKind          = "router"
	GatewayKind         = "router-gateway"
	RouterInterfaceKind = "router-interface"
	FloatingIPKind      = "floating-ip"
)

// unrouted refuses to delete a subnet that has a router.
func unrouted(all records.Set, subnet string) error {
	i, err := interfaceThat(all, func(i openstack.RouterInterface) bool { return slices.Contains(i.Subnets(), subnet) })
	if err != nil || i.ID == "" {
		return err
	}
	return &ByRouter{Before: "the subnet " + subnet + " is in use by ", Router: i.RouterID, After: ", which has the interface " + i.ID +
		" on it. Delete that interface first"}
}

// keepGateway refuses to take the gateway from a subnet whose router has that address.
func keepGateway(all records.Set, s openstack.Subnet) error {
	if s.Gateway != "" {
		return nil
	}
	i, err := interfaceThat(all, func(i openstack.RouterInterface) bool { return i.PortID == "" && i.SubnetID == s.ID })
	if err != nil || i.ID == "" {
		return err
	}
	return &openstack.FieldError{Field: "gateway_ip", Err: &ByRouter{Before: "it is the address that ", Router: i.RouterID,
		After: " has on this subnet, by the interface " + i.ID + ", and cannot go. Delete that interface first"}}
}

// keepPort refuses to delete a port that a router has, to give it other addresses or to plug it in.
func keepPort(all records.Set, port string) error {
	i, err := interfaceThat(all, func(i openstack.RouterInterface) bool { return i.PortID == port })
	if err != nil || i.ID == "" {
		return err
	}
	return &ByRouter{Before: "the port " + port + " is in use by ", Router: i.RouterID, After: ", which has its addresses by the interface " +
		i.ID + ". Delete that interface first (novasphere_networking_router_interface)"}
}

// interfaceThat returns the router interface that fits, without an id where there is none.
func interfaceThat(all records.Set, fits func(openstack.RouterInterface) bool) (i openstack.RouterInterface, err error) {
	interfaces, err := records.All[openstack.RouterInterface](all, RouterInterfaceKind)
	if at := slices.IndexFunc(interfaces, fits); at >= 0 {
		i = interfaces[at]
	}
	return i, err
}

// ByRouter is an error that names a router: by its id, until naming has looked the name up. Changes of records are asked without
// the catalogue at hand.
type ByRouter struct{ Before, Router, After string }

// Error is the sentence.
func (e *ByRouter) Error() string { return e.Before + "the router " + e.Router + e.After }

// Naming lets an error that names a router say what it is called, where that can be learned.
func (b *Backend) Naming(ctx context.Context, err error) error {
	var by *ByRouter
	if !errors.As(err, &by) {
		return err
	}
	all, failed := b.Routers(ctx)
	if at := slices.IndexFunc(all, func(r openstack.Router) bool { return r.ID == by.Router }); failed == nil && at >= 0 &&
		all[at].Name != "" {
		by.Router = fmt.Sprintf("%q (%s)", all[at].Name, by.Router)
	}
	return err
}

// Routers returns all routers, in the order of their ids.
func (b *Backend) Routers(ctx context.Context) ([]openstack.Router, error) {
	return AllCatalogued[openstack.Router](ctx, b, RouterKind)
}

// Holders returns all that has addresses on a network: its ports, and in the shape of ports floating IPs, routers' gateways, and router
// interfaces that have a subnet's gateway address.
func Holders(all records.Set) ([]openstack.Port, error) {
	ports, err1 := records.All[openstack.Port](all, PortKind)
	floating, err2 := records.All[openstack.FloatingIP](all, FloatingIPKind)
	gateways, err3 := records.All[openstack.RouterGateway](all, GatewayKind)
	for _, g := range gateways {
		ports = append(ports, sdn.GatewayPort(g))
	}
	for _, f := range floating {
		p := FloatingRequest(f).Port
		p.Mark = f.Mark
		ports = append(ports, p)
	}
	interfaces, err4 := records.All[openstack.RouterInterface](all, RouterInterfaceKind)
	for _, i := range interfaces {
		var s openstack.Subnet
		if i.PortID == "" && all.Get(SubnetKind, i.SubnetID, &s) == nil {
			ports = append(ports, InterfaceRequest(i, s.Gateway).Port)
		}
	}
	return ports, errors.Join(err1, err2, err3, err4)
}

// IsInterface reports whether what has an address is a router interface, and no port.
func IsInterface(p openstack.Port) bool {
	return p.MAC == "" && p.Owner == openstack.OwnerRouterInterface
}

// InterfaceRequest asks for the gateway's address of a subnet as a port would.
func InterfaceRequest(i openstack.RouterInterface, gateway string) sdn.PortRequest {
	return sdn.PortRequest{Port: openstack.Port{ID: i.ID, NetworkID: i.NetworkID, Owner: openstack.OwnerRouterInterface, Mark: i.Mark,
		FixedIPs: []openstack.FixedIP{{SubnetID: i.SubnetID, Address: gateway}}}}
}

// HoldersOn returns the holders of a network; none where it has no records.
func (b *Backend) HoldersOn(ctx context.Context, network string) ([]openstack.Port, error) {
	all, has, err := b.RecordsOn(ctx, network)
	if err != nil || !has {
		return nil, err
	}
	return Holders(all)
}

// FloatingRequest asks for a floating IP's address as a port of the external network would.
func FloatingRequest(f openstack.FloatingIP) sdn.PortRequest {
	return sdn.PortRequest{Port: f.Holder()}
}
