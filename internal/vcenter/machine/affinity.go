package machine

import (
	"encoding/json"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// AffinityKey is where an instance says in its extraConfig to whom and to what it is bound. It is a key of its own, so that one read asks
// every machine of a cluster for it and for nothing else.
const AffinityKey = "novasphere.placement"

// Affinity is what binds an instance to other instances and to hosts. The rules of a cluster follow from what is written on its machines: a
// cluster's lists are replaced whole and without a version check, and what two workspaces write at the same moment is only kept
// where nobody else writes, on the machine itself.
type Affinity struct {
	openstack.Hints
	Of         string            `json:"of,omitempty"`         // the instance that is bound: a copy of its machine is not
	Aggregates map[string]string `json:"aggregates,omitempty"` // what its flavor wants of the aggregates of its host
	Pin        openstack.Pin     `json:"pin,omitzero"`
}

// AffinityOf is what binds an instance.
func AffinityOf(s openstack.Server) Affinity {
	return Affinity{Of: s.ID, Hints: s.Hints, Aggregates: vmspec.AggregateSpecs(s.Flavor), Pin: s.Pin}
}

// ReadAffinity is what an instance says of itself; nothing where it cannot be read.
func ReadAffinity(text string) (t Affinity) {
	_ = json.Unmarshal([]byte(text), &t)
	return t
}

// AffinityOn is ReadAffinity for the machine with an instance UUID on which the text is written: none on a copy of another.
func AffinityOn(uuid, text string) Affinity {
	t := ReadAffinity(text)
	if t.Of != "" && !strings.EqualFold(t.Of, uuid) {
		return Affinity{}
	}
	return t
}

// Unbound is the zone of an instance that is recorded on a host of it ("zone:host") and bound to none: a move has let it go, and came no
// further.
func Unbound(s openstack.Server) string {
	if zone, host := inventory.SplitZone(s.Zone); host != "" && s.Pin.Name == "" && s.Mark != nil {
		return zone
	}
	return ""
}

// Empty reports whether nothing binds the instance.
func (t Affinity) Empty() bool { return t.Hints.Empty() && len(t.Aggregates) == 0 && t.Pin.Name == "" }

// Text is how it is written; empty where nothing binds.
func (t Affinity) Text() string {
	if t.Empty() {
		return ""
	}
	raw, _ := json.Marshal(t) // strings only
	return string(raw)
}

// Hard reports whether a rule must be there before the instance starts for the first time.
func (t Affinity) Hard() bool {
	return t.Policy == openstack.Affinity || t.Policy == openstack.AntiAffinity || len(t.DifferentHost)+len(t.SameHost)+
		len(t.Aggregates) > 0 || t.Pin.Name != ""
}
