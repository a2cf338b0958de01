// SPDX-License-Identifier: MPL-2.0

package firewall

import (
	"net/netip"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// maxAddresses is how many addresses a group of NSX can list (NSX API, Group).
const maxAddresses = 500

// AddressGroupOf returns the body of an address group's group. It refuses one with more addresses than NSX takes.
func AddressGroupOf(w policy.Owner, g openstack.AddressGroup) (Group, error) {
	addresses, err := addressesOf(g.Addresses)
	if err != nil {
		return Group{}, err
	}
	body := Group{DisplayName: g.Name, Description: g.Description, Tags: w.Tags(g.ID, ""), Expression: []Expression{}}
	if len(addresses) > 0 {
		body.Expression = []Expression{{ResourceType: "IPAddressExpression", IPAddresses: addresses}}
	}
	return body, nil
}

// MergeAddressGroup changes a group as it was read to what an address group is to be. It refuses one that somebody else made, and reports
// whether anything differed.
func MergeAddressGroup(w policy.Owner, o policy.Object, g openstack.AddressGroup) (changed bool, err error) {
	body, err := AddressGroupOf(w, g)
	if err != nil {
		return false, err
	}
	return mergeGroup(w, "address group", o, body)
}

// addressesOf returns ranges as NSX lists them. It takes none of all addresses, so such a range is written as its two halves.
func addressesOf(texts []string) (out []string, err error) {
	for _, text := range texts {
		prefix, err := sdn.NormalPrefix(text)
		switch {
		case err != nil:
			return nil, openstack.AttributeErrorf("addresses", "%w", err)
		case prefix.Bits() > 0:
			out = append(out, address(prefix))
		case prefix.Addr().Is4():
			out = append(out, "0.0.0.0/1", "128.0.0.0/1")
		default:
			out = append(out, "::/1", "8000::/1")
		}
	}
	if len(out) > maxAddresses {
		return nil, openstack.AttributeErrorf("addresses", "the address group would have %d ranges, and NSX allows %d: write wider ones, or "+
			"divide it into several groups", len(out), maxAddresses)
	}
	return out, nil
}

// address returns a range as rules and groups name it: a single address without its bits.
func address(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}
