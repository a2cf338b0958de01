// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// repair plans repairs that no argument shows: of a NIC's link that was cut, of a creation that did not finish.
func repair(ctx context.Context, in inputs, found *findings) {
	name := in.state.Name.ValueString()
	if len(in.private.Cut) > 0 {
		warnCut(ctx, name, in.private.Cut, in.private.Own)
		found.rerecord = found.rerecord || in.private.Own
	}
	if in.private.Unfinished {
		found.rerecord = true
		in.plan.VolumesAttached = types.SetUnknown(types.StringType)
		crud.Warn(ctx, "The creation of the instance was not finished", fmt.Sprintf("%s was cloned, and what had to come before its first "+
			"start (volumes, a config drive, a hardware version, an EVC mode) is missing, because an apply did not come to its end. "+
			"This apply makes up for it", name))
	}
	if in.private.Unlabelled { // no reason by itself to change anything
		crud.Warn(ctx, "The flavor's tag is missing on "+name, "It could not be attached when it was to be. The next "+
			"change of the instance attaches it; nothing else depends on it")
	}
}

// warnCut warns of NICs that were disconnected outside of Terraform, by their MACs. They are reconnected on VMs that this provider made.
func warnCut(ctx context.Context, name string, macs []string, own bool) {
	what := "nothing is changed: somebody else made the machine"
	if own {
		what = "it is connected again, and so it is at every start"
	}
	crud.WarnAt(ctx, path.Root("network"), "A NIC is disconnected", fmt.Sprintf("somebody has disconnected the NIC %s of %s, so that its "+
		"guest has no link there: %s. Where that was meant, write admin_state_up = false in its networking_port "+
		"instead", strings.Join(macs, ", "), name, what))
}
