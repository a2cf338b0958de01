// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"encoding/json"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// AffinityKey is the extraConfig key for what binds an instance. It is a key of its own, so that one read can ask every VM of a cluster
// for it and for nothing else.
const AffinityKey = "novasphere.placement"

// Affinity is what binds an instance to other instances and to hosts. The rules of a cluster follow from what is written on its VMs. A
// cluster's rule lists are replaced whole and without a version check, so of what two workspaces write at the same moment only the part
// on each VM, where no other client writes, is safe.
type Affinity struct {
	openstack.Hints
	Of         string            `json:"of,omitempty"`         // the instance that is bound: a copy of its VM is not
	Aggregates map[string]string `json:"aggregates,omitempty"` // what its flavor wants of the aggregates of its host
	Pin        openstack.Pin     `json:"pin,omitzero"`
}

// AffinityOf returns what binds an instance.
func AffinityOf(s openstack.Server) Affinity {
	return Affinity{Of: s.ID, Hints: s.Hints, Aggregates: vmspec.AggregateSpecs(s.Flavor), Pin: s.Pin}
}

// ReadAffinity decodes the value of AffinityKey. What cannot be read binds nothing.
func ReadAffinity(text string) (t Affinity) {
	_ = json.Unmarshal([]byte(text), &t)
	return t
}

// AffinityOn is ReadAffinity for the VM with an instance UUID that has the text. A text copied from another VM binds nothing.
func AffinityOn(uuid, text string) Affinity {
	t := ReadAffinity(text)
	if t.Of != "" && !strings.EqualFold(t.Of, uuid) {
		return Affinity{}
	}
	return t
}

// Unbound returns the zone of an instance that is recorded on a host of it ("zone:host") and bound to none, because a move has loosened
// it and got no further.
func Unbound(s openstack.Server) string {
	if zone, host := inventory.SplitZone(s.Zone); host != "" && s.Pin.Name == "" && s.Mark != nil {
		return zone
	}
	return ""
}

// Empty reports whether nothing binds the instance.
func (t Affinity) Empty() bool { return t.Hints.Empty() && len(t.Aggregates) == 0 && t.Pin.Name == "" }

// Text encodes the affinity for AffinityKey; empty where nothing binds.
func (t Affinity) Text() string {
	if t.Empty() {
		return ""
	}
	raw, _ := json.Marshal(t) // strings only
	return string(raw)
}

// Hard reports whether a rule must exist before the instance starts for the first time.
func (t Affinity) Hard() bool {
	return t.Policy == openstack.Affinity || t.Policy == openstack.AntiAffinity || len(t.DifferentHost)+len(t.SameHost)+
		len(t.Aggregates) > 0 || t.Pin.Name != ""
}
