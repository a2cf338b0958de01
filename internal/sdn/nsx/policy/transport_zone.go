// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TransportZone is where segments can be: a set of hosts and switches that the operator of NSX has prepared (NSX API, PolicyTransportZone).
type TransportZone struct {
	ID      string `json:"id"`
	Path    string `json:"path"`
	Name    string `json:"display_name"`
	Type    string `json:"tz_type"` // OVERLAY_STANDARD, OVERLAY_ENS, OVERLAY_BACKED or VLAN_BACKED
	Default bool   `json:"is_default"`
}

// Overlay reports whether segments in the zone are tunnelled, and have no VLAN.
func (z TransportZone) Overlay() bool { return strings.HasPrefix(z.Type, "OVERLAY") }

// kind returns the type of a zone for people.
func kind(overlay bool) string {
	if overlay {
		return "overlay"
	}
	return "VLAN"
}

// ChooseZone returns the transport zone with an id, path or name. Without one it returns the default zone of its type, else the only one.
// It returns openstack.ErrNotFound where there is none.
func ChooseZone(zones []TransportZone, wanted string, overlay bool) (TransportZone, error) {
	of := slices.DeleteFunc(slices.Clone(zones), func(z TransportZone) bool { return z.Overlay() != overlay })
	if wanted != "" {
		return zoneNamed(of, zones, wanted, overlay)
	}
	if i := slices.IndexFunc(of, func(z TransportZone) bool { return z.Default }); i >= 0 {
		return of[i], nil
	}
	switch len(of) {
	case 0:
		return TransportZone{}, openstack.NotFound("NSX has no %s transport zone, or does not show it to this account: make one in NSX and "+
			"attach the hosts to it", kind(overlay))
	case 1:
		return of[0], nil
	}
	return TransportZone{}, fmt.Errorf("NSX has %d %s transport zones and none of them is the default: write the name of one of %s", len(of),
		kind(overlay), zoneList(of))
}

// zoneNamed returns the one zone of a type that has an id, path or name.
func zoneNamed(of, zones []TransportZone, wanted string, overlay bool) (TransportZone, error) {
	is := func(z TransportZone) bool { return z.ID == wanted || z.Path == wanted }
	if i := slices.IndexFunc(of, is); i >= 0 {
		return of[i], nil
	}
	called := slices.DeleteFunc(slices.Clone(of), func(z TransportZone) bool { return z.Name != wanted })
	switch {
	case len(called) == 1:
		return called[0], nil
	case len(called) > 1:
		return TransportZone{}, fmt.Errorf("%d %s transport zones of NSX are called %q: write the id of one of %s", len(called), kind(overlay),
			wanted, zoneList(called))
	case slices.ContainsFunc(zones, func(z TransportZone) bool { return is(z) || z.Name == wanted }):
		return TransportZone{}, fmt.Errorf("the transport zone %q of NSX is not of the type %s: write one of %s", wanted, kind(overlay),
			zoneList(of))
	}
	return TransportZone{}, openstack.NotFound("NSX has no %s transport zone %q, or does not show it to this account: write one of %s",
		kind(overlay), wanted, zoneList(of))
}

// zoneList lists zones for people.
func zoneList(zones []TransportZone) string {
	if len(zones) == 0 {
		return "(there is none)"
	}
	var out []string
	for _, z := range zones {
		out = append(out, label(z.Name, z.ID))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
