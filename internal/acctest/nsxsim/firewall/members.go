// SPDX-License-Identifier: MPL-2.0

package firewall

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// segmentPort is what a SegmentPort says that the members of groups are told by.
type segmentPort struct {
	Tags []struct {
		Scope string `json:"scope"`
		Tag   string `json:"tag"`
	} `json:"tags"`
	Bindings []struct {
		Address string `json:"ip_address"`
	} `json:"address_bindings"`
}

// has says whether a port bears a tag of a scope: in any case of letters, and where one of both is empty, any.
func (p segmentPort) has(value string) bool {
	scope, tag, _ := strings.Cut(value, "|")
	for _, t := range p.Tags {
		if (scope == "" || strings.EqualFold(t.Scope, scope)) && (tag == "" || strings.EqualFold(t.Tag, tag)) {
			return true
		}
	}
	return false
}

// holds says whether a port is a member of a group: OR joins what AND has joined.
func (g group) holds(p segmentPort) bool {
	term, found := true, false
	for _, e := range g.Expression {
		switch {
		case e.Type == "Condition":
			term = term && p.has(e.Value)
		case e.Type == "ConjunctionOperator" && e.Conjunction == "AND":
		case e.Type == "ConjunctionOperator":
			found, term = found || term, true
		default:
			term = false
		}
	}
	return len(g.Expression) > 0 && (found || term)
}

// isMember says whether a segment port is a member of a group. One of another project is not.
func isMember(port, x *policy.Object) bool {
	root, _, _ := strings.Cut(x.Path, "/domains/")
	return strings.HasPrefix(port.Path, root+"/") && decode[group](x.Body).holds(decode[segmentPort](port.Body))
}

// portsOf are the segment ports that are members of a group.
func portsOf(o *policy.Objects, x *policy.Object) []*policy.Object {
	return slices.DeleteFunc(o.Each("SegmentPort"), func(port *policy.Object) bool { return !isMember(port, x) })
}

// addressesIn are the addresses of a group: those that its ports are bound to, and those that it lists.
func addressesIn(o *policy.Objects, x *policy.Object) []string {
	var all []string
	for _, port := range portsOf(o, x) {
		for _, b := range decode[segmentPort](port.Body).Bindings {
			all = append(all, b.Address)
		}
	}
	for _, e := range decode[group](x.Body).Expression {
		all = append(all, e.Addresses...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func portsView(o *policy.Objects, x *policy.Object) any {
	results := []any{}
	for _, port := range portsOf(o, x) {
		results = append(results, map[string]any{"id": port.ID(), "path": port.Path,
			"display_name": o.Answer(port, policy.Caller{})["display_name"]})
	}
	return map[string]any{"results": results, "result_count": len(results)}
}

func addressesView(o *policy.Objects, x *policy.Object) any {
	results := append([]string{}, addressesIn(o, x)...)
	return map[string]any{"results": results, "result_count": len(results)}
}

// addressesOf tells the addresses that a text stands for: one, those of a CIDR, or those of a range. It is nil where the text is none of
// these.
func addressesOf(text string) func(netip.Addr) bool {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix.Contains
	}
	from, to, ranged := strings.Cut(text, "-")
	if !ranged {
		to = from
	}
	first, err1 := netip.ParseAddr(from)
	last, err2 := netip.ParseAddr(to)
	if err1 != nil || err2 != nil || first.BitLen() != last.BitLen() || last.Less(first) {
		return nil
	}
	return func(a netip.Addr) bool { return !a.Less(first) && !last.Less(a) }
}
