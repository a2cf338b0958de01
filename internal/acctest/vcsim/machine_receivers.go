package vcsim

// register has the rules about machines answer. What a held machine answers is registered beside them: see holds.
func (m *machines) register(r *receivers) {
	rules := &machineRules{machines: m}
	r.receive("VirtualMachine", rules)
	r.receive("held", &lateRules{machines: m, machine: rules})
	r.receive("Folder", &creationRules{machines: m})
	r.receive("Datastore", &datastoreRules{})
	addEVCModes(m.registry)
}
