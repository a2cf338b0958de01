// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"net/url"
	"path"
	"time"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// The states of what is plugged into a port. DETACHED is of ports that NSX made by itself only.
const (
	free     = "FREE"
	attached = "ATTACHED"
	detached = "DETACHED"
)

// transportNode is the id of the one host that all NICs are on.
const transportNode = "7a1c3f0e-6f0a-4d9b-8e57-0d2b9c1a4f10"

// Card is a NIC as a host reports it. Machine and Device tell it from others.
type Card struct {
	Machine, Device, MAC string
	// ExternalID is what the NIC says of its port, and SwitchUUID the logical switch that it is on.
	ExternalID, SwitchUUID string
}

// cards are the NICs that are plugged into ports. The tree's lock guards them.
type cards struct {
	manager *Manager
	plugged map[*policy.Object]*plug
}

func newCards(m *Manager) cards { return cards{manager: m, plugged: map[*policy.Object]*plug{}} }

// plug is a NIC in a port.
type plug struct {
	card Card
	auto bool      // NSX made the port for the NIC
	left time.Time // when the NIC went; zero while it is there
}

func (p *plug) is(c Card) bool { return p.card.Machine == c.Machine && p.card.Device == c.Device }

// Connected tells that a NIC is plugged into a segment, and gives the id of the port that it is in. A NIC that names no port of the segment
// gets one that NSX makes. One that names a port with another NIC in it gets none, and the id is empty.
func (m *Manager) Connected(c Card) (portID string) {
	m.tree.Do(func(o *policy.Objects) { portID = m.cards.connect(o, c) })
	return portID
}

// Disconnected tells that a NIC is gone from its segment.
func (m *Manager) Disconnected(c Card) {
	m.tree.Do(func(o *policy.Objects) {
		for port, p := range m.cards.plugged {
			if p.is(c) && p.left.IsZero() && p.card.SwitchUUID == c.SwitchUUID {
				m.cards.leave(o, port, p)
			}
		}
	})
}

func (c *cards) connect(o *policy.Objects, card Card) string {
	segment := segmentOn(o, card.SwitchUUID)
	if segment == nil {
		c.manager.misuse("the NIC %s of %s is on the logical switch %s, of which there is no segment", card.Device, card.Machine, card.SwitchUUID)
		return ""
	}
	port := portNamed(o, card.ExternalID)
	if port != nil && path.Dir(path.Dir(port.Path)) != segment.Path {
		c.manager.misuse("the NIC %s of %s is on %s, and names the port %s", card.Device, card.Machine, segment.Path, port.Path)
		port = nil
	}
	if port == nil {
		return c.connectByItself(o, segment, card)
	}
	was := c.plugged[port]
	if was != nil && was.left.IsZero() && !was.is(card) {
		c.manager.misuse("the NIC %s of %s names the port %s, which has the NIC %s of %s", card.Device, card.Machine, port.Path,
			was.card.Device, was.card.Machine)
		return ""
	}
	if was == nil || !was.left.IsZero() {
		c.plug(o, port, &plug{card: card, auto: was != nil && was.auto})
	}
	return port.ID()
}

// connectByItself gives a NIC a port that NSX makes. A NIC whose MAC somebody made a port for should have named that one: none of what the
// port says holds for the NIC.
func (c *cards) connectByItself(o *policy.Objects, segment *policy.Object, card Card) string {
	for _, port := range o.Each("SegmentPort") {
		if path.Dir(path.Dir(port.Path)) != segment.Path {
			continue
		}
		if p := c.plugged[port]; p != nil && p.auto && p.is(card) {
			p.left = time.Time{}
			return port.ID()
		}
		for _, binding := range objects(port.Body["address_bindings"]) {
			if card.MAC != "" && binding["mac_address"] == card.MAC && c.plugged[port] == nil {
				c.manager.misuse("the NIC %s of %s has the MAC of the port %s, and does not name it", card.Device, card.Machine, port.Path)
			}
		}
	}
	id := uuid.NewString()
	attachment := card.ExternalID
	if attachment == "" || portNamed(o, attachment) != nil {
		attachment = id
	}
	port := o.Put(segment.Path+"/ports/default:"+id, map[string]any{"attachment": map[string]any{"id": attachment}})
	c.plug(o, port, &plug{card: card, auto: true})
	return port.ID()
}

// plug puts a NIC into a port, out of the one that it may be in. From then on the system names the port.
func (c *cards) plug(o *policy.Objects, port *policy.Object, p *plug) {
	for other, was := range c.plugged {
		if other != port && was.is(p.card) && was.left.IsZero() {
			c.leave(o, other, was)
		}
	}
	c.plugged[port] = p
	port.Body["display_name"] = p.card.Machine + ".vmx@" + transportNode
	o.Touch(port)
}

// interfaces are the NICs in ports as NSX lists them, VirtualNetworkInterface: all, or the one of an attachment. One that is gone is listed
// as long as its port is not free.
func (c *cards) interfaces(o *policy.Objects, query url.Values) []map[string]any {
	var all []map[string]any
	wanted := query.Get("lport_attachment_id")
	for port, p := range c.plugged {
		id := attachmentOf(port.Body)
		if c.state(o, port) != attached || wanted != "" && wanted != id {
			continue
		}
		all = append(all, map[string]any{"resource_type": "VirtualNetworkInterface", "external_id": p.card.Machine + "-" + p.card.Device,
			"owner_vm_id": p.card.Machine, "device_key": p.card.Device, "lport_attachment_id": id, "mac_address": p.card.MAC,
			"host_id": transportNode})
	}
	return all
}

// leave takes a NIC out of its port. A port that NSX made for it vanishes some time later.
func (c *cards) leave(o *policy.Objects, port *policy.Object, p *plug) {
	p.left = o.Now()
	if !p.auto {
		return
	}
	c.manager.agenda.add(o.Now().Add(o.Delays.Vanish), o.Delays.Vanish, func() {
		c.manager.tree.Do(func(o *policy.Objects) {
			if o.Get(port.Path) == port && !p.left.IsZero() {
				o.Remove(port)
			}
		})
	})
}

// state is that of what is plugged into a port.
func (c *cards) state(o *policy.Objects, port *policy.Object) string {
	p := c.plugged[port]
	switch {
	case p == nil:
		return free
	case p.left.IsZero() || o.Now().Before(p.left.Add(o.Delays.Detach)):
		return attached
	case p.auto:
		return detached
	}
	return free
}

func (c *cards) portDeleted(_ *policy.Objects, port *policy.Object) { delete(c.plugged, port) }

func segmentOn(o *policy.Objects, switchUUID string) *policy.Object {
	for _, x := range o.Each("Segment") {
		if x.RealizedID == switchUUID {
			return x
		}
	}
	return nil
}

// portNamed is the port whose attachment has an id, nil where there is none.
func portNamed(o *policy.Objects, attachment string) *policy.Object {
	for _, x := range o.Each("SegmentPort") {
		if attachment != "" && attachmentOf(x.Body) == attachment {
			return x
		}
	}
	return nil
}
