// SPDX-License-Identifier: MPL-2.0

package law

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// WayOut chooses a router's addresses on its external network, where it has some already.
func WayOut(r openstack.Router, had []openstack.FixedIP, subnets []openstack.Subnet, others []openstack.Port) ([]openstack.FixedIP, error) {
	if len(subnets) == 0 {
		return written(r), Unclaimed(r, others)
	}
	if err := CheckSubnets(r, openstack.Network{Name: r.ExternalNetworkID}, subnets); err != nil {
		return nil, err
	}
	var taken error
	for _, wanted := range wishes(r, had, subnets) {
		w := sdn.PortRequest{Port: sdn.GatewayPort(openstack.RouterGateway{RouterID: r.ID, NetworkID: r.ExternalNetworkID})}
		w.FixedIPs = wanted
		p, err := sdn.Claim(w, subnets, others)
		if err == nil {
			return p.FixedIPs, nil
		}
		taken = errors.Join(taken, AtGateway(r, err))
		if !sdn.IsTaken(err) {
			return nil, taken
		}
	}
	return nil, taken
}

// wishes returns the addresses that a router may have, the first choice first. Without written ones they are those that it has; of the
// subnets that it may have an address of, the first one with a free address counts, as in Neutron.
func wishes(r openstack.Router, had []openstack.FixedIP, subnets []openstack.Subnet) (out [][]openstack.FixedIP) {
	stays := func(ip openstack.FixedIP) bool {
		return slices.ContainsFunc(subnets, func(s openstack.Subnet) bool { return s.ID == ip.SubnetID && sdn.In(s, ip.Address) })
	}
	switch {
	case len(r.ExternalIPs) > 0:
		return [][]openstack.FixedIP{completed(r.ExternalIPs, had)}
	case len(had) > 0 && !slices.ContainsFunc(had, func(ip openstack.FixedIP) bool {
		return !stays(ip) || len(r.ExternalSubnetIDs) > 0 && !slices.Contains(r.ExternalSubnetIDs, ip.SubnetID)
	}):
		return [][]openstack.FixedIP{had}
	case len(r.ExternalSubnetIDs) == 0:
		return [][]openstack.FixedIP{nil} // one of each IP version
	}
	for _, id := range r.ExternalSubnetIDs {
		if slices.ContainsFunc(subnets, func(s openstack.Subnet) bool { return s.ID == id }) {
			out = append(out, []openstack.FixedIP{{SubnetID: id}})
		}
	}
	return out
}

// completed fills in the addresses that a router has already on the subnets that are written alone.
func completed(wanted, had []openstack.FixedIP) []openstack.FixedIP {
	out := slices.Clone(wanted)
	for i, ip := range out {
		at := slices.IndexFunc(had, func(h openstack.FixedIP) bool {
			return ip.Address == "" && h.SubnetID == ip.SubnetID && !slices.Contains(out, h)
		})
		if at >= 0 {
			out[i] = had[at]
		}
	}
	return out
}

// written returns the addresses that are written. A network without subnets has no others.
func written(r openstack.Router) []openstack.FixedIP {
	return slices.DeleteFunc(slices.Clone(r.ExternalIPs), func(ip openstack.FixedIP) bool { return ip.Address == "" })
}

// Unclaimed refuses written addresses that others have.
func Unclaimed(r openstack.Router, others []openstack.Port) error {
	for i, ip := range r.ExternalIPs {
		for _, o := range others {
			if o.ID != r.ID && slices.ContainsFunc(o.FixedIPs, func(h openstack.FixedIP) bool { return sdn.Holds(h.Address, ip.Address) }) {
				return openstack.AttributeErrorf(fmt.Sprintf("external_fixed_ip[%d]", i), "%s belongs to %s", ip.Address, sdn.Describe(o))
			}
		}
	}
	return nil
}

// AtGateway attaches an error about the claim of an address to the argument of the router.
func AtGateway(r openstack.Router, err error) error {
	at := "external_network_id"
	switch {
	case len(r.ExternalIPs) > 0:
		at = "external_fixed_ip"
	case len(r.ExternalSubnetIDs) > 0:
		at = "external_subnet_ids"
	}
	return openstack.AttributeErrorf(at, "%w", ClaimError(err))
}

// CheckSubnets refuses subnets and addresses that the external network does not have. A network without recorded subnets may have any
// address, which only the physical gateway knows.
func CheckSubnets(r openstack.Router, n openstack.Network, subnets []openstack.Subnet) error {
	there := func(id string) bool {
		return slices.ContainsFunc(subnets, func(s openstack.Subnet) bool { return s.ID == id })
	}
	if ids := r.ExternalSubnetIDs; len(ids) > 0 && !slices.ContainsFunc(ids, there) {
		return openstack.AttributeErrorf("external_subnet_ids", "the external network %s has none of the subnets %s", n.Name,
			strings.Join(ids, ", "))
	}
	for i, ip := range r.ExternalIPs {
		at := fmt.Sprintf("external_fixed_ip[%d]", i)
		known := slices.ContainsFunc(subnets, func(s openstack.Subnet) bool {
			return (ip.SubnetID == "" || ip.SubnetID == s.ID) && (ip.Address == "" || sdn.In(s, ip.Address))
		})
		switch {
		case known || ip.SubnetID == "" && len(subnets) == 0:
		case ip.Address == "":
			return openstack.AttributeErrorf(at, "the external network %s has no subnet %s", n.Name, ip.SubnetID)
		case ip.SubnetID == "":
			return openstack.AttributeErrorf(at, "no subnet of the external network %s has the address %s", n.Name, ip.Address)
		default:
			return openstack.AttributeErrorf(at, "the external network %s has no subnet %s with the address %s", n.Name, ip.SubnetID, ip.Address)
		}
	}
	return nil
}

// ClaimError returns an error without the argument that it is attached to, a port's for example.
func ClaimError(err error) error {
	if field, is := errors.AsType[*openstack.FieldError](err); is {
		return field.Err
	}
	return err
}

// HasWritten reports whether a router has all the external addresses that are written.
func HasWritten(r openstack.Router) bool {
	return !slices.ContainsFunc(written(r), func(w openstack.FixedIP) bool {
		return !slices.ContainsFunc(r.Addresses, func(ip openstack.FixedIP) bool {
			return sdn.NormalAddress(ip.Address) == sdn.NormalAddress(w.Address)
		})
	})
}
