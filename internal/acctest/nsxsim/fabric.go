// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"sync"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// Segment is a segment as the hosts of a transport zone have it.
type Segment struct {
	ID, Path, Name string
	// ZonePath is the path of its transport zone, and SwitchUUID the id of its logical switch.
	ZonePath, SwitchUUID string
	VLANs                []string
	Up                   bool
}

// Fabric is what NSX makes segments in: the switches of a vCenter. It is told of a segment when that is realized, again when it has
// changed, and when its deletion is over, one call at a time.
type Fabric interface {
	PutSegment(Segment)
	RemoveSegment(id string)
}

// fabric tells the fabric that was joined.
type fabric struct {
	manager *Manager

	mu     sync.Mutex
	joined Fabric
}

// Join has a fabric be told of all segments, of those that are realized already at once.
func (m *Manager) Join(f Fabric) {
	m.agenda.running.Lock()
	defer m.agenda.running.Unlock()
	m.fabric.mu.Lock()
	m.fabric.joined = f
	m.fabric.mu.Unlock()
	var realized []Segment
	m.tree.Do(func(o *policy.Objects) {
		for _, x := range o.Each("Segment") {
			if o.IsRealized(x) {
				realized = append(realized, segmentOf(x))
			}
		}
	})
	for _, s := range realized {
		f.PutSegment(s)
	}
}

func (f *fabric) tell(what func(Fabric)) {
	f.mu.Lock()
	joined := f.joined
	f.mu.Unlock()
	if joined != nil {
		what(joined)
	}
}

// written has the fabric told of a segment once it is realized.
func (f *fabric) written(o *policy.Objects, x *policy.Object) {
	if x.Revision == 0 && f.manager.options.Apart {
		x.RealizedID = uuid.NewString()
	}
	at := o.Realized(x)
	f.manager.agenda.add(at, at.Sub(o.Now()), func() {
		var now *Segment
		f.manager.tree.Do(func(o *policy.Objects) {
			if o.Get(x.Path) == x && o.IsRealized(x) {
				s := segmentOf(x)
				now = &s
			}
		})
		if now != nil {
			f.tell(func(joined Fabric) { joined.PutSegment(*now) })
		}
	})
}

// deleted has the fabric told of a segment's end once its deletion is over.
func (f *fabric) deleted(o *policy.Objects, x *policy.Object) {
	id := x.ID()
	f.manager.agenda.add(o.Now().Add(o.Delays.Delete), o.Delays.Delete, func() {
		f.tell(func(joined Fabric) { joined.RemoveSegment(id) })
	})
}

func segmentOf(x *policy.Object) Segment {
	name := x.String("display_name")
	if name == "" {
		name = x.ID()
	}
	return Segment{ID: x.ID(), Path: x.Path, Name: name, ZonePath: x.String("transport_zone_path"), SwitchUUID: x.RealizedID,
		VLANs: texts(x.Body["vlan_ids"]), Up: x.String("admin_state") != "DOWN"}
}
