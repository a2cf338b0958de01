// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"net/http"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// Packet is one that a segment port sends or is sent.
type Packet = firewall.Packet

// Passes says whether the distributed firewall lets a packet through at its port.
func (m *Manager) Passes(p Packet) (passes bool) {
	m.tree.Do(func(o *policy.Objects) { passes = firewall.Passes(o, p) })
	return passes
}

// FirewallCalls are the requests since the start or the last reset that were about the distributed firewall: those that a manager without
// its licence refuses, and those that read what it would refuse.
func (m *Manager) FirewallCalls() []Call {
	var found []Call
	for _, c := range m.Calls() {
		if firewall.Concerns(c.Path) {
			found = append(found, c)
		}
	}
	return found
}

// unlicensed says whether a request writes what the manager has no licence for.
func (o Options) unlicensed(r *http.Request) bool {
	return o.Unlicensed && (r.Method == http.MethodPut || r.Method == http.MethodPatch) && firewall.Concerns(r.URL.Path)
}
