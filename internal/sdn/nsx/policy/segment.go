// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Segment is the body of a new segment, an object of NSX that is a network (NSX API, Segment). Its gateways are SegmentSubnets.
type Segment struct {
	DisplayName       string   `json:"display_name"`
	Description       string   `json:"description,omitempty"`
	AdminState        string   `json:"admin_state"` // UP or DOWN
	TransportZonePath string   `json:"transport_zone_path,omitempty"`
	VLANIDs           []string `json:"vlan_ids,omitempty"`
	Tags              []Tag    `json:"tags"`
}

// MaxNetworkTags is how many tags a network on NSX can have. Neutron allows more, but an object of NSX has 30 in all, of which up
// to ten are this provider's own.
const MaxNetworkTags = 20

// CheckNetwork refuses a network that no segment can be.
func CheckNetwork(n openstack.Network) error {
	switch {
	case n.Overlay && n.VLAN != 0:
		return openstack.AttributeErrorf("segments", "the network is in an overlay transport zone of NSX, which chooses the segmentation_id "+
			"itself: remove segmentation_id, or write network_type = \"vlan\"")
	case n.Overlay && n.Trunk:
		return openstack.AttributeErrorf("transparent_vlan", "a network in an overlay transport zone of NSX does not carry VLANs: write "+
			"network_type = \"vlan\" for a trunk, or remove transparent_vlan")
	case n.VLAN < 0 || n.VLAN > openstack.MaxVLAN:
		return openstack.AttributeErrorf("segments", "%d is no VLAN: write a segmentation_id of 1 to %d", n.VLAN, openstack.MaxVLAN)
	case len(n.Tags) > MaxNetworkTags:
		return openstack.AttributeErrorf("tags", "a network on NSX can have %d tags, because they are tags of its segment, of which NSX allows "+
			"%d with this provider's own: this one has %d. Write fewer", MaxNetworkTags, maxTags, len(n.Tags))
	}
	return nil
}

// Segment returns the body of a new network's segment in a transport zone. An empty zone is NSX's default.
func (w Owner) Segment(n openstack.Network, zonePath string) Segment {
	return Segment{DisplayName: n.Name, Description: n.Description, AdminState: adminState(n.AdminUp), TransportZonePath: zonePath,
		VLANIDs: vlanIDs(n), Tags: w.networkTags(n)}
}

// adminState returns the admin_state of a segment or a port.
func adminState(up bool) string {
	if up {
		return "UP"
	}
	return "DOWN"
}

// networkTags returns the tags of a segment: what a network has and a segment has no field for.
func (w Owner) networkTags(n openstack.Network) []Tag {
	out := w.tagsOf(n.ID, ScopeID, scopeNeutronNetwork)
	if n.Mark != nil {
		out = append(out, markTag(*n.Mark))
	}
	for _, f := range []struct{ scope, text string }{
		{scopeDNSDomain, n.DNSDomain}, {scopeAlias, n.Alias}, {scopePortSecurity, map[bool]string{true: "false"}[n.Insecure]},
	} {
		if f.text != "" {
			out = append(out, Tag{f.scope, fitted(f.text)})
		}
	}
	for _, tag := range slices.Sorted(slices.Values(n.Tags)) {
		out = append(out, Tag{scopeUserTag, tag})
	}
	return out
}

// MergeSegment changes a segment as it was read to what a network is to be: name, description, state, VLANs and tags. Its transport zone
// cannot change. It refuses a segment that somebody else made, and reports whether anything differed.
func (w Owner) MergeSegment(o Object, n openstack.Network) (changed bool, err error) {
	if err := w.mayChange("network", o); err != nil {
		return false, err
	}
	retagged, err := o.setTags(w.networkTags(n))
	if err != nil {
		return false, openstack.AttributeErrorf("tags", "%w, or write fewer tags", err)
	}
	return o.set(w.Segment(n, ""), "display_name", "description", "admin_state", "vlan_ids") || retagged, nil
}

// Network returns the network that a segment is. Its mark is nil where somebody else made the segment. The logical switch is not known from
// the segment itself: see Realization.
func (w Owner) Network(o Object, zones []TransportZone) openstack.Network {
	n := openstack.Network{ID: o.ID(), Name: o.text("display_name"), Kind: openstack.NetworkSegment, Description: o.text("description"),
		SegmentPath: o.Path(), AdminUp: o.text("admin_state") != "DOWN", Mark: w.markOf(o)}
	tags := o.tags()
	n.Tags = slices.Sorted(slices.Values(tagged(tags, scopeUserTag)))
	n.DNSDomain, n.Alias = first(tags, scopeDNSDomain), first(tags, scopeAlias)
	n.Insecure = first(tags, scopePortSecurity) == "false"
	ids, zone := o.texts("vlan_ids"), o.text("transport_zone_path")
	readVLANs(&n, ids)
	n.Overlay, n.Zone = len(ids) == 0, after(zone, "transport-zones")
	if i := slices.IndexFunc(zones, func(z TransportZone) bool { return z.Path == zone }); i >= 0 {
		n.Overlay = zones[i].Overlay()
		if only, err := ChooseZone(zones, zones[i].Name, n.Overlay); err == nil && only.Path == zone { // else its id is told
			n.Zone = zones[i].Name
		}
	}
	return n
}
