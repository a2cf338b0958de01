// SPDX-License-Identifier: MPL-2.0

package machines

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"

// Register has the rules about machines answer. What a held machine answers is registered beside them: see holds.
func (m *Machines) Register(r *base.Receivers) {
	rules := &machineRules{Machines: m}
	r.Receive("VirtualMachine", rules)
	r.Receive("held", &queuedRules{Machines: m, machine: rules})
	r.Receive("VirtualMachineSnapshot", &snapshotRules{Machines: m})
	r.Receive("Folder", &creationRules{Machines: m})
	r.Receive("Datastore", &datastoreRules{})
	addEVCModes(m.Registry)
}
