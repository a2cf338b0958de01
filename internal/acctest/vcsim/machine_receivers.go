package vcsim

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"

// register has the rules about machines answer. What a held machine answers is registered beside them: see holds.
func (m *machines) register(r *base.Receivers) {
	rules := &machineRules{machines: m}
	r.Receive("VirtualMachine", rules)
	r.Receive("held", &lateRules{machines: m, machine: rules})
	r.Receive("Folder", &creationRules{machines: m})
	r.Receive("Datastore", &datastoreRules{})
	addEVCModes(m.Registry)
}
