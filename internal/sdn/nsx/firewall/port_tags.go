// SPDX-License-Identifier: MPL-2.0

package firewall

import (
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// The scopes of the tags by which a port belongs to groups.
const (
	scopeGroup    = "novasphere-group"    // the id of a security group
	scopeFiltered = "novasphere-filtered" // on each port with groups: what these do not allow is dropped
	filtered      = "yes"
)

// maxGroups is how many security groups a port can have (NSX API, SegmentPort).
const maxGroups = 26

// CheckPort refuses a port with more security groups than its segment port can have tags for.
func CheckPort(w policy.Owner, p openstack.Port) error {
	most := min(maxGroups, policy.MaxTags-len(w.Tags(p.ID, neutronGroup))-1) // the port's own tags, and that of filtered ports
	if len(p.Groups) > most {
		return openstack.AttributeErrorf("security_group_ids", "the port would have %d security groups, and NSX allows %d, because each is "+
			"a tag of the port: put the rules of several groups into one", len(p.Groups), most)
	}
	return nil
}

// PortTags returns the tags by which a port belongs to its security groups. A port without groups bears none, and nothing is filtered.
func PortTags(groups []string) (out []policy.Tag) {
	if len(groups) == 0 {
		return nil
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(groups))) {
		out = append(out, policy.Tag{Scope: scopeGroup, Tag: id})
	}
	return append(out, policy.Tag{Scope: scopeFiltered, Tag: filtered})
}

// MergePortTags changes a segment port as it was read so that it belongs to these security groups and to no others. All other tags stay. It
// refuses a port that somebody else made, and reports whether anything differed.
func MergePortTags(w policy.Owner, o policy.Object, groups []string) (changed bool, err error) {
	if err := w.MayChange("port", o); err != nil {
		return false, err
	}
	var kept, have []policy.Tag
	for _, t := range o.Tags() {
		if t.Scope == scopeGroup || t.Scope == scopeFiltered {
			have = append(have, t)
		} else {
			kept = append(kept, t)
		}
	}
	want := PortTags(groups)
	if len(have) == len(want) && !slices.ContainsFunc(want, func(t policy.Tag) bool { return !slices.Contains(have, t) }) {
		return false, nil // NSX returns tags in any order
	}
	if all := len(kept) + len(want); all > policy.MaxTags {
		return false, openstack.AttributeErrorf("security_group_ids", "the port %s would have %d tags in NSX, which allows %d: %d are of its "+
			"security groups. Take some off, or remove tags that others have set in NSX", o.Label(), all, policy.MaxTags, len(want))
	}
	return o.Set(map[string]any{"tags": append(kept, want...)}, "tags"), nil
}

// PortGroups returns the ids of the security groups that a segment port belongs to, sorted.
func PortGroups(o policy.Object) (out []string) {
	for _, t := range o.Tags() {
		if t.Scope == scopeGroup {
			out = append(out, t.Tag)
		}
	}
	slices.Sort(out)
	return out
}
