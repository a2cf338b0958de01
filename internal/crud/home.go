// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud/region"
)

// homeKey is the key in private state for the UUID of the vCenter that a state was made with.
const homeKey = "vcenter"

// homeOf returns the UUID of the vCenter that a state was made with, or "" for states of older releases.
func homeOf(ctx context.Context, private Private) (uuid string) {
	if raw, _ := private.GetKey(ctx, homeKey); len(raw) > 0 {
		_ = json.Unmarshal(raw, &uuid) // a text that we wrote, or nothing
	}
	return uuid
}

// HandedOn reports whether private state belongs to an existing object. A plan that has it but no state is the second plan of a
// replacement: Terraform makes it as if nothing existed, with the private state of the first. Creations and tainted objects have none.
func HandedOn(ctx context.Context, private Private) bool { return homeOf(ctx, private) != "" }

// AtHome reports whether a state may be planned, changed or destroyed with this provider's vCenter: it may where it was made with it, or
// names none. Otherwise it adds an error. A state that moves to a new vCenter must be read there first, because its ids may mean
// something else there.
func AtHome(ctx context.Context, home Home, private Private, diags *diag.Diagnostics) bool {
	moved, ok := Comes(ctx, home, private, diags)
	if moved {
		diags.AddError("The state has not been read from this vCenter yet", fmt.Sprintf(
			"previous_instance_uuid says that the vCenter at %s is in the place of the one that the state was made with. What it has of it is "+
				"known after a refresh: leave -refresh=false out.", home.Address()))
	}
	return ok && !moved
}

// Comes is AtHome for a read, which also accepts a state from the vCenter that this one replaces; moved reports that case.
func Comes(ctx context.Context, home Home, private Private, diags *diag.Diagnostics) (moved, ok bool) {
	was := homeOf(ctx, private)
	if home == nil || was == "" {
		return false, true
	}
	now, err := home.Home(ctx)
	switch {
	case err != nil:
		Report(diags, "Cannot reach the vCenter"+region.Clause(home), err)
		return false, false
	case now == "" || now == was:
		return false, true
	case home.Former() == was:
		return true, true
	}
	diags.AddError("This is another vCenter than the state's", fmt.Sprintf(
		"The state was made with the vCenter whose instance UUID is %s, and the one at %s is %s: nothing was changed. Where this is a wrong "+
			"address, put vsphere_server (VSPHERE_SERVER) right. Where the vCenter was built anew, or the state is meant to move to this one, say "+
			"so in the provider block with previous_instance_uuid = %q (NOVASPHERE_PREVIOUS_INSTANCE_UUID): what this vCenter does not have is "+
			"then planned anew.", was,
		home.Address(), now, was))
	return false, false
}

// Settle records the vCenter that a state is used with from now on.
func Settle(ctx context.Context, home Home, private Private) (diags diag.Diagnostics) {
	if home == nil {
		return nil
	}
	now, err := home.Home(ctx)
	if err != nil || now == "" || now == homeOf(ctx, private) {
		return nil // the next call that needs it asks again
	}
	raw, _ := json.Marshal(now) // a text
	return private.SetKey(context.WithoutCancel(ctx), homeKey, raw)
}

// stranger reports whether the object found under an id of another vCenter is a different one than the state's. Managed object ids are
// counters, so two vCenters use the same id for different objects.
func stranger(was, now tfsdk.State) bool {
	var before, after map[string]tftypes.Value
	if was.Raw.As(&before) != nil || now.Raw.As(&after) != nil {
		return false
	}
	for _, name := range []string{"name", "hostname"} {
		if value, has := before[name]; has && !value.IsNull() && !value.Equal(after[name]) {
			return true
		}
	}
	return false
}

// Strangers removes a state that has just moved to another vCenter and whose id belongs to a different object there.
func Strangers(ctx context.Context, moved bool, was tfsdk.State, resp *resource.ReadResponse) {
	if moved && !resp.State.Raw.IsNull() && stranger(was, resp.State) {
		resp.State.RemoveResource(ctx)
	}
}
