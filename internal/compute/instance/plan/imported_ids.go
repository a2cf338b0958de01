package plan

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"

// restoreIDs has the decisions look at a state with the ids of flavor and image that an import leaves out. It gives the state as the
// import has left it; nil where no id was left out.
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

// withoutRestoredIDs is the plan with the ids left out again that the import has left out. Where nothing else changes, that is the plan.
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
