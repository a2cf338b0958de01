// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
)

// told returns a plan with those of the configuration's write-only values that an update hands on: user data and files where the plan says
// that they are others, and everything where the machine is finished or recorded only now. What stays is not handed on: it may be another
// value in each run, and the instance was made with the former one.
func told(plan, config, state model.Instance, had model.PrivateState) model.Instance {
	all := plan.Told(config)
	if had.Unfinished || had.Unrecorded {
		return all
	}
	all.AdminPassWO = types.StringNull()
	if plan.UserDataWOVer.Equal(state.UserDataWOVer) && plan.UserData.Equal(state.UserData) {
		all.UserDataWO = types.StringNull()
	}
	if model.HidesFiles(plan.Personality) && plan.Personality.Equal(state.Personality) {
		all.Personality = model.NoFiles()
	}
	return all
}
