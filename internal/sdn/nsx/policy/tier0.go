// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Tier0 is a tier-0 gateway, which leads out of NSX (NSX API, Tier0). The operator of NSX has made it.
type Tier0 struct {
	ID   string `json:"id"`
	Path string `json:"path"`
	Name string `json:"display_name"`
}

// Called reports whether a text means the gateway: its id, its path or its name.
func (t Tier0) Called(text string) bool {
	return text != "" && (t.ID == text || t.Path == text || t.Name == text)
}

// ChooseTier0 returns the tier-0 gateway that is an external network: the one that is wanted by its id, path or name; without such a wish
// the one that is called like the network, else the only one. An error is at the network's segments.
func ChooseTier0(all []Tier0, wanted, network string) (Tier0, error) {
	called := func(text string) []Tier0 {
		if at := slices.IndexFunc(all, func(t Tier0) bool { return text != "" && (t.ID == text || t.Path == text) }); at >= 0 {
			return all[at : at+1]
		}
		return slices.DeleteFunc(slices.Clone(all), func(t Tier0) bool { return !t.Called(text) })
	}
	found := called(wanted)
	if wanted == "" {
		if found = called(network); len(found) != 1 {
			found = all
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(all) == 0:
		return Tier0{}, openstack.AttributeErrorf("segments", "an external network is a tier-0 gateway of NSX, and NSX has none, or does not "+
			"show it to this account: have one made")
	case wanted == "":
		return Tier0{}, openstack.AttributeErrorf("segments", "an external network is a tier-0 gateway of NSX, and NSX has %d, none of which is "+
			"called %q: write the name or id of one of %s as physical_network", len(all), network, tier0List(all))
	case len(found) > 1:
		return Tier0{}, openstack.AttributeErrorf("segments", "%d tier-0 gateways of NSX are called %q: write the id of one of %s as "+
			"physical_network", len(found), wanted, tier0List(found))
	}
	return Tier0{}, openstack.AttributeErrorf("segments", "an external network is a tier-0 gateway of NSX, and NSX has none called %q: write "+
		"the name or id of one of %s as physical_network", wanted, tier0List(all))
}

// tier0List lists tier-0 gateways for people.
func tier0List(all []Tier0) string {
	out := make([]string, len(all))
	for i, t := range all {
		out[i] = label(t.Name, t.ID)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
