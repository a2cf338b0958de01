// SPDX-License-Identifier: MPL-2.0

package plan

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"

// restoreIDs gives the decisions a state with the ids of flavor and image that an import drops. It returns the state as the import left
// it, or nil where no id was dropped.
func restoreIDs(in *inputs) (imported *model.Instance) {
	if in.state == nil {
		return nil
	}
	full := in.state.WithIDs(in.private)
	if full.FlavorID.Equal(in.state.FlavorID) && full.ImageID.Equal(in.state.ImageID) {
		return nil
	}
	imported, in.state = in.state, &full
	if in.config.ImageID.IsNull() {
		in.plan.ImageID = full.ImageID
	}
	if in.config.FlavorID.IsNull() {
		in.plan.FlavorID = full.FlavorID
	}
	return imported
}

// withoutRestoredIDs returns the plan without the ids that restoreIDs added. Where nothing else changes, that is the plan.
func withoutRestoredIDs(in inputs, imported *model.Instance) model.Instance {
	m := *in.plan
	if in.config.FlavorID.IsNull() {
		m.FlavorID = imported.FlavorID
	}
	if in.config.ImageID.IsNull() {
		m.ImageID = imported.ImageID
	}
	return m
}
