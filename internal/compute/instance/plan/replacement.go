// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// planReplacement finds the creation arguments that change. They replace the instance, unless it was imported and never changed since:
// then the written values are believed once, because vCenter cannot show what a VM was made with.
func planReplacement(ctx context.Context, in inputs, found *findings) {
	var hidden []string
	for _, argument := range creationArguments {
		before, next, written := argument.of(*in.state), argument.of(*in.plan), argument.of(*in.config)
		if next.Equal(before) {
			continue
		}
		if crud.Known(next) && argument.same(in) {
			if argument.keep != nil && !written.IsNull() && !before.IsNull() { // Terraform tells null from "", and requires what is written
				argument.keep(in.plan, *in.state)
			}
			continue
		}
		switch {
		case argument.moves != nil && argument.moves(in):
			found.moving = argument.name
		case in.unrecorded() && argument.shown != nil && argument.shown(in) && crud.Known(next):
			found.mismatches = append(found.mismatches, mismatch{argument.name, next.String(), before.String()})
		case in.unrecorded():
			found.adopted = append(found.adopted, argument.name)
		case in.private.Imported && argument.hidden:
			hidden = append(hidden, argument.name)
		case argument.tells && !in.plan.ReplaceOnChange.IsNull() && !in.plan.ReplaceOnChange.ValueBool():
		default:
			found.replaced = append(found.replaced, path.Root(argument.name))
		}
	}
	if len(hidden) > 0 {
		crud.WarnAt(ctx, path.Root(hidden[0]), "Adopted as written", fmt.Sprintf(
			"%s: %s was made with something else, and was imported. These arguments describe it, are recorded as they are written, and change "+
				"nothing on it: the guest is told nothing",
			strings.Join(hidden, ", "), in.state.Name.ValueString()))
	}
}

// warnReplaced warns that another place means another instance, and of what is deleted with the present one.
func warnReplaced(ctx context.Context, in inputs, replaced path.Paths) {
	warnExtraDeleted(ctx, in.state.Name.ValueString(), in.private.Besides)
	warnKept(ctx, in.state.Name.ValueString(), in.private.Kept)
	for _, argument := range []string{"availability_zone", "hypervisor_hostname"} {
		if !replaced.Contains(path.Root(argument)) {
			continue
		}
		crud.WarnAt(ctx, path.Root(argument), "The instance will be replaced to be elsewhere", fmt.Sprintf(
			"%s is in %s. It is destroyed with its disks, and another one is made in %s. allow_live_migration = true moves it instead",
			in.state.Name.ValueString(), in.from(), in.to(argument)))
		return
	}
}
