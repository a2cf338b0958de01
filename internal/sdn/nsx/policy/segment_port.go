// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// SegmentPort is the body of a new segment port, an object of NSX that is a port (NSX API, SegmentPort).
type SegmentPort struct {
	DisplayName     string           `json:"display_name,omitempty"`
	Description     string           `json:"description,omitempty"`
	AdminState      string           `json:"admin_state"` // UP or DOWN
	Attachment      PortAttachment   `json:"attachment"`
	AddressBindings []AddressBinding `json:"address_bindings,omitempty"`
	Tags            []Tag            `json:"tags"`
}

// PortAttachment is what is plugged into a port: the NIC that bears the id as its externalId. A NIC's port has no type of attachment.
type PortAttachment struct {
	ID string `json:"id"`
}

// Secure reports whether a port has port security: its own setting, or its network's.
func Secure(p openstack.Port, n openstack.Network) bool {
	if p.Insecure != nil {
		return !*p.Insecure
	}
	return !n.Insecure
}

// SegmentPort returns the body of a new port on a network.
func (w Owner) SegmentPort(p openstack.Port, n openstack.Network) (SegmentPort, error) {
	body := SegmentPort{DisplayName: p.Name, Description: p.Description, AdminState: adminState(!p.Down), Attachment: PortAttachment{p.ID},
		Tags: w.tagsOf(p.ID, ScopePort, scopeNeutronPort)}
	if !Secure(p, n) {
		return body, nil
	}
	var err error
	body.AddressBindings, err = AddressBindings(p)
	return body, err
}

// MergePort changes a segment port as it was read to what a port is to be: description, state, attachment, address bindings and tags. Its
// name stays, because NSX names a port after the machine that is plugged into it. It refuses a port that somebody else made, and reports
// whether anything differed.
func (w Owner) MergePort(o Object, p openstack.Port, n openstack.Network) (changed bool, err error) {
	if err := w.mayChange("port", o); err != nil {
		return false, err
	}
	body, err := w.SegmentPort(p, n)
	if err != nil {
		return false, err
	}
	if changed, err = o.setTags(body.Tags); err != nil {
		return false, err
	}
	if !same(o.bindings(), body.AddressBindings) {
		changed = o.set(body, "address_bindings") || changed
	}
	changed = o.setWithin("attachment", body.Attachment, "id") || changed
	return o.set(body, "description", "admin_state") || changed, nil
}

// Port returns the port that a segment port is, as far as NSX knows it: addresses without their subnets, and no groups. Its mark is nil
// where somebody else made it.
func (w Owner) Port(o Object) openstack.Port {
	p := openstack.Port{ID: o.ID(), NetworkID: after(o.Path(), "segments"), Name: o.Name(), Description: o.text("description"),
		Down: o.text("admin_state") == "DOWN", Mark: w.markOf(o)}
	if attached := o.object("attachment"); attached != nil {
		p.Attachment = attached.text("id")
	}
	for _, b := range o.bindings() {
		switch {
		case p.MAC == "":
			p.MAC = b.MACAddress
		case b.MACAddress != "" && b.MACAddress != p.MAC: // the machine's pair
			continue
		}
		if at, single := b.address(); single {
			p.FixedIPs = append(p.FixedIPs, openstack.FixedIP{Address: at.String()})
		}
	}
	return p
}
