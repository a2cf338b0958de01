// SPDX-License-Identifier: MPL-2.0

package sdn

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// Describe describes a port for people: name, id, owner, and how to import it.
func Describe(p openstack.Port) string {
	noun, resource := "port", ""
	switch p.Owner {
	case openstack.OwnerFloatingIP:
		noun, resource = "floating IP", "novasphere_networking_floatingip"
	case openstack.OwnerRouterGateway:
		noun, resource = "router", "novasphere_networking_router"
	case openstack.OwnerRouterInterface:
		if p.MAC == "" { // no port that was written with this owner
			noun, resource = "router interface", "novasphere_networking_router_interface"
		}
	}
	switch {
	case p.Owner == openstack.OwnerNATRule:
		return "the NAT rule " + label(p.Name, p.ID) + " of NSX, which somebody else made: choose another, or remove that rule there"
	case p.Owner == openstack.OwnerUplink:
		return "the tier-0 gateway itself, on its interface " + label(p.Name, p.ID) + ": choose another"
	case p.Foreign:
		return "the port " + label(p.Name, p.ID) + ", which somebody else made in NSX: choose another, or remove that port there"
	case p.Owner == openstack.OwnerRouterInterface && p.MAC == "":
		return "the router interface " + p.ID + p.Mark.Clause()
	case p.ID == "":
		return "another " + noun + " of this configuration" + named(p.Name)
	case resource != "":
		return "the " + noun + " " + p.ID + p.Mark.Clause() + ". " + openstack.ImportHint(resource, p.ID)
	}
	text := "the port " + label(p.Name, p.ID)
	text += p.Mark.Clause()
	where := " and which is plugged in nowhere"
	if p.DeviceID != "" {
		where = " and which the instance " + p.DeviceID + " has"
	}
	if p.DeviceID != "" && p.Implicit { // it comes and goes with the instance
		return text + where
	}
	return text + where + ". " + openstack.ImportHint("novasphere_networking_port", p.ID)
}
