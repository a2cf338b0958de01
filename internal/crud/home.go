package crud

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Home says which server a configured provider works with. A state remembers it: at another server all of its ids are unknown at best, and
// somebody else's objects at worst.
type Home interface {
	Home(ctx context.Context) (uuid string, err error) // AboutInfo.instanceUuid, empty where the server does not say
	Address() string                                   // how it is reached, for people
	Patience() time.Duration                           // how long one call may stay unanswered
	Former() string                                    // the UUID of the server in whose place this one is; empty: it is in nobody's
}

// homeKey is where private state keeps the UUID of the vCenter that a state was made with.
const homeKey = "vcenter"

// homeOf is the vCenter that a state was made with; empty where no state says, as in those of older releases.
func homeOf(ctx context.Context, private Private) (uuid string) {
	if raw, _ := private.GetKey(ctx, homeKey); len(raw) > 0 {
		_ = json.Unmarshal(raw, &uuid) // a text, or nothing that we have written
	}
	return uuid
}

// HandedOn says that private state is an object's. A plan that has it without a state is the second of a replacement: Terraform plans that
// as if nothing were there, with what the first plan has noted. Creations and what is tainted are planned without.
func HandedOn(ctx context.Context, private Private) bool { return homeOf(ctx, private) != "" }

// AtHome says whether a state may be planned, changed or destroyed with this provider's vCenter: it may where it was made with it, or does
// not say. Else it is an error. One that is to move to the vCenter is read there first, for ids may mean something else in it.
func AtHome(ctx context.Context, home Home, private Private, diags *diag.Diagnostics) bool {
	moved, ok := Comes(ctx, home, private, diags)
	if moved {
		diags.AddError("The state has not been read from this vCenter yet", fmt.Sprintf(
			"previous_instance_uuid says that the vCenter at %s is in the place of the one that the state was made with. What it has of it is "+
				"known after a refresh: leave -refresh=false out.", home.Address()))
	}
	return ok && !moved
}

// Comes is AtHome for a read, which may also move a state from the vCenter in whose place this one is; moved says that it does.
func Comes(ctx context.Context, home Home, private Private, diags *diag.Diagnostics) (moved, ok bool) {
	was := homeOf(ctx, private)
	if home == nil || was == "" {
		return false, true
	}
	now, err := home.Home(ctx)
	switch {
	case err != nil:
		Report(diags, "Cannot reach the vCenter", err)
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

// Settle notes the vCenter that a state is used with from now on.
func Settle(ctx context.Context, home Home, private Private) (diags diag.Diagnostics) {
	if home == nil {
		return nil
	}
	now, err := home.Home(ctx)
	if err != nil || now == "" || now == homeOf(ctx, private) {
		return nil // whoever needs it asks again
	}
	raw, _ := json.Marshal(now) // a text
	return private.SetKey(context.WithoutCancel(ctx), homeKey, raw)
}

// stranger says that what was found under an id of another vCenter is not what the state is about: managed object ids are counted, so
// that two vCenters have the same ones for different things.
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

// Strangers removes from a state what another vCenter has under its id, where the state has just moved to that one.
func Strangers(ctx context.Context, moved bool, was tfsdk.State, resp *resource.ReadResponse) {
	if moved && !resp.State.Raw.IsNull() && stranger(was, resp.State) {
		resp.State.RemoveResource(ctx)
	}
}
