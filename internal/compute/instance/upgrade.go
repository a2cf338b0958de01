// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// instanceVersion is the version of the schema. In version 0 the files to write into a guest were a set; since 1 they are a list.
const instanceVersion = 1

// instanceUpgrades upgrade states of older releases. A set and a list have the same form in a state, so the old text is read with the new
// type: the order of a set is arbitrary, and another order of files is no change.
var instanceUpgrades = map[int64]resource.StateUpgrader{0: {StateUpgrader: upgradeInstance}}

func upgradeInstance(ctx context.Context, req resource.UpgradeStateRequest, resp *resource.UpgradeStateResponse) {
	typ := instanceSchema(ctx).Type().TerraformType(ctx)
	old, err := req.RawState.UnmarshalWithOpts(typ,
		tfprotov6.UnmarshalOpts{ValueFromJSONOpts: tftypes.ValueFromJSONOpts{IgnoreUndefinedAttributes: true}})
	if err != nil {
		resp.Diagnostics.AddError("Cannot read the state of compute instance", "The state was written by a release that this one does not "+
			"know: "+err.Error()+".")
		return
	}
	now, err := tfprotov6.NewDynamicValue(typ, old)
	if err != nil {
		resp.Diagnostics.AddError("Cannot read the state of compute instance", "The state cannot be written anew: "+err.Error()+".")
		return
	}
	resp.DynamicValue = &now
}
