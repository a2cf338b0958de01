// SPDX-License-Identifier: MPL-2.0

package law

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
)

// NoSubnet is the error of an external network on which no floating IP can have an address.
func NoSubnet(network string) error {
	return openstack.AttributeErrorf("pool", "the external network %s has no IPv4 subnet, and its subnets are the pools: make a "+
		"novasphere_networking_subnet on it", network)
}

// AtPlace attaches an error about the claim of an address to the argument that says where it is to be.
func AtPlace(f openstack.FloatingIP, err error) error {
	err = ClaimError(err)
	switch {
	case err == nil:
		return nil
	case f.Address != "":
		return openstack.AttributeErrorf("address", "%w", err)
	case f.SubnetID != "":
		return openstack.AttributeErrorf("subnet_id", "%w", err)
	case len(f.SubnetIDs) > 0:
		return openstack.AttributeErrorf("subnet_ids", "%w", err)
	}
	return openstack.AttributeErrorf("pool", "%w", err)
}

// OneEach refuses a second floating IP of one network that leads to an address of a port.
func OneEach(others []openstack.FloatingIP, f openstack.FloatingIP) error {
	at := slices.IndexFunc(others, func(o openstack.FloatingIP) bool {
		return (o.ID != f.ID || o.ID == "") && o.NetworkID == f.NetworkID && SameTarget(o, f)
	})
	if at < 0 {
		return nil
	}
	o := others[at]
	text, hint := "another floating IP of this configuration", ""
	if o.ID != "" {
		text, hint = fmt.Sprintf("the floating IP %s (%s%s)", o.Address, o.ID, o.Mark.Clause()),
			". "+openstack.ImportHint("novasphere_networking_floatingip", o.ID)
	}
	return openstack.AttributeErrorf("port_id", "%s of the port %s has %s already, and an address has one of each external network: take "+
		"that away first, or name another address%s", f.FixedIP, f.PortID, text, hint)
}

// SameTarget reports whether two floating IPs lead to one address of a port.
func SameTarget(a, b openstack.FloatingIP) bool {
	return a.PortID == b.PortID && a.FixedIP == b.FixedIP
}

// Unforwarded refuses that a floating IP with forwardings leads to a port.
func Unforwarded(f openstack.FloatingIP, behind []openstack.Forwarding) error {
	if len(behind) == 0 {
		return nil
	}
	return openstack.AttributeErrorf("port_id", "the floating IP %s (%s) has the port forwarding %s, and one with forwardings has no port "+
		"itself: delete its forwardings first, or take another floating IP", f.Address, f.ID, behind[0].ID)
}

// Idle adds to the error that no address is left which floating IPs lead nowhere: one that a killed process has left is among them.
func Idle(err error, f openstack.FloatingIP, others []openstack.FloatingIP) error {
	free := slices.DeleteFunc(slices.Clone(others), func(o openstack.FloatingIP) bool { return o.PortID != "" || o.RouterID != "" })
	if len(free) == 0 || f.Address != "" {
		return err
	}
	var list []string
	for _, o := range free {
		list = append(list, fmt.Sprintf("%s (%s%s)", o.Address, o.ID, o.Mark.Clause()))
	}
	if more := len(list) - recorded.MostNamed; more > 0 {
		list = append(list[:recorded.MostNamed], fmt.Sprintf("%d more", more))
	}
	return fmt.Errorf("%w. Floating IPs that lead nowhere: %s. %s", err, strings.Join(list, "; "),
		openstack.ImportHint("novasphere_networking_floatingip", free[0].ID))
}

// Taken refuses a forwarding of a floating IP that leads to a port itself.
func Taken(at openstack.FloatingIP) error {
	return openstack.AttributeErrorf("floatingip_id", "the floating IP %s (%s) leads to the port %s with all its numbers, and one with "+
		"forwardings has no port itself: take its port away first, or take another floating IP", at.Address, at.ID, at.PortID)
}

// OneNumber refuses a second forwarding of one protocol and number of a floating IP.
func OneNumber(others []openstack.Forwarding, f openstack.Forwarding, address string) error {
	for _, o := range others {
		if o.ID != "" && o.ID == f.ID || o.FloatingIPID != f.FloatingIPID || o.Protocol != f.Protocol || o.External != f.External {
			continue
		}
		by, hint := "another port forwarding of this configuration", ""
		if o.ID != "" {
			by = "the port forwarding " + o.ID + o.Mark.Clause()
			hint = ". " + openstack.ImportHint("novasphere_networking_portforwarding", o.FloatingIPID+"/"+o.ID)
		}
		return openstack.AttributeErrorf("external_port", "%s %d of the floating IP %s leads to %s %d already, by %s: write another number%s",
			f.Protocol, f.External, address, o.Address, o.Internal, by, hint)
	}
	return nil
}
