// SPDX-License-Identifier: MPL-2.0

package law

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
)

// HasGateway refuses a subnet on which a router would have no address.
func HasGateway(s openstack.Subnet) error {
	if s.Gateway != "" {
		return nil
	}
	return openstack.AttributeErrorf("subnet_id", "the subnet %s (%s) has no gateway, and that is the address of its router: write its "+
		"gateway_ip, or leave no_gateway out", s.ID, s.CIDR)
}

// TakenGateway explains the error that something has the gateway's address.
func TakenGateway(err error) error {
	var field *openstack.FieldError
	if errors.As(err, &field) {
		err = field.Err
	}
	if err == nil {
		return nil
	}
	return openstack.AttributeErrorf("subnet_id", "its gateway's address is to be the router's, and it is taken. If the router is to have "+
		"the port at that address, write port_id in place of subnet_id: %w", err)
}

// PlaceOf is the argument that says where an interface is.
func PlaceOf(i openstack.RouterInterface) string {
	if i.PortID != "" {
		return "port_id"
	}
	return "subnet_id"
}

// SoleRouter refuses a port that another interface has, and a subnet that has a router already.
func SoleRouter(i openstack.RouterInterface, others []openstack.RouterInterface) error {
	for _, o := range others {
		what := ""
		for _, id := range i.Subnets() {
			if slices.Contains(o.Subnets(), id) {
				what = "the subnet " + id
			}
		}
		if i.PortID != "" && i.PortID == o.PortID {
			what = "the port " + i.PortID
		}
		switch {
		case what == "" || o.ID != "" && o.ID == i.ID:
		case o.ID == "":
			return openstack.AttributeErrorf(PlaceOf(i), "another router interface of this configuration is to be on %s, which can have one "+
				"router: take one of them out", what)
		default:
			return &openstack.FieldError{Field: PlaceOf(i), Err: &recorded.ByRouter{Before: what + " has a router already, ", Router: o.RouterID,
				After: fmt.Sprintf(", by the interface %s, and it can have one. Delete that interface first, or import it if this is its router. %s",
					o.ID, openstack.ImportHint("novasphere_networking_router_interface", o.ID)+
						"\n\nIts router goes along, where no state has that either:\n\n"+
						openstack.ImportBlock("novasphere_networking_router", o.RouterID))}}
		}
	}
	return nil
}

// Overlap refuses an interface whose subnets share addresses with those that its router is on.
func Overlap(i openstack.RouterInterface, all []openstack.Subnet, on map[string]string) error {
	var others []openstack.Subnet
	for _, s := range all {
		if on[s.ID] != "" {
			others = append(others, s)
		}
	}
	for _, s := range all {
		if !slices.Contains(i.Subnets(), s.ID) {
			continue
		}
		twin := sdn.Overlap(s, others)
		if on[s.ID] != "" {
			twin = &s
		}
		if twin != nil {
			return &openstack.FieldError{Field: PlaceOf(i), Err: &recorded.ByRouter{Before: fmt.Sprintf("%s of the subnet %s overlaps %s of the "+
				"subnet %s, on which is ", s.CIDR, s.ID, twin.CIDR, twin.ID), Router: i.RouterID, After: ", " + on[twin.ID] + ": it could not " +
				"tell them apart. Choose another range for one of them, or another router"}}
		}
	}
	return nil
}

// WithPort gives an interface the addresses of its port. As in Neutron it must have some, and only one of IPv4.
func WithPort(i openstack.RouterInterface, p openstack.Port) (openstack.RouterInterface, error) {
	v4 := 0
	for _, ip := range p.FixedIPs {
		if at, err := netip.ParseAddr(ip.Address); err == nil && at.Is4() {
			v4++
		}
	}
	switch {
	case len(p.FixedIPs) == 0:
		return i, openstack.AttributeErrorf("port_id", "the port %s has no address, and its addresses are to be the router's: write fixed_ip "+
			"in its novasphere_networking_port", p.ID)
	case v4 > 1:
		return i, openstack.AttributeErrorf("port_id", "the port %s has %d IPv4 addresses, and a router's interface has one: give each address "+
			"a port and an interface of its own", p.ID, v4)
	}
	i.NetworkID, i.SubnetID, i.FixedIPs = p.NetworkID, p.FixedIPs[0].SubnetID, p.FixedIPs
	return i, nil
}
