package vcenter

import (
	"encoding/json"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// affinityKey is where an instance says in its extraConfig to whom and to what it is bound. It is a key of its own, so that one read asks
// every machine of a cluster for it and for nothing else.
const affinityKey = "novasphere.placement"

// affinity bind an instance to other instances and to hosts. The rules of a cluster follow from what is written on its machines: a
// cluster's lists are replaced whole and without a version check, and what two workspaces write at the same moment is only kept
// where nobody else writes, on the machine itself.
type affinity struct {
	openstack.Hints
	Of         string            `json:"of,omitempty"`         // the instance that is bound: a copy of its machine is not
	Aggregates map[string]string `json:"aggregates,omitempty"` // what its flavor wants of the aggregates of its host
	Pin        openstack.Pin     `json:"pin,omitzero"`
}

// affinityOf is what binds an instance.
func affinityOf(s openstack.Server) affinity {
	return affinity{Of: s.ID, Hints: s.Hints, Aggregates: vmspec.AggregateSpecs(s.Flavor), Pin: s.Pin}
}

// readAffinity is what an instance says of itself; nothing where it cannot be read.
func readAffinity(text string) (t affinity) {
	_ = json.Unmarshal([]byte(text), &t)
	return t
}

// affinityOn are those of the machine with an instance UUID on which the text is written: none on a copy of another.
func affinityOn(uuid, text string) affinity {
	t := readAffinity(text)
	if t.Of != "" && !strings.EqualFold(t.Of, uuid) {
		return affinity{}
	}
	return t
}

// unbound is the zone of an instance that is recorded on a host of it ("zone:host") and bound to none: a move has let it go, and came no
// further.
func unbound(s openstack.Server) string {
	if zone, host := inventory.SplitZone(s.Zone); host != "" && s.Pin.Name == "" && s.Mark != nil {
		return zone
	}
	return ""
}

func (t affinity) empty() bool { return t.Hints.Empty() && len(t.Aggregates) == 0 && t.Pin.Name == "" }

// text is how the ties are written; empty where there are none.
func (t affinity) text() string {
	if t.empty() {
		return ""
	}
	raw, _ := json.Marshal(t) // strings only
	return string(raw)
}

// hard says that a rule must be there before the instance starts for the first time.
func (t affinity) hard() bool {
	return t.Policy == openstack.Affinity || t.Policy == openstack.AntiAffinity || len(t.DifferentHost)+len(t.SameHost)+
		len(t.Aggregates) > 0 || t.Pin.Name != ""
}
