// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// adopt plans no change of a VM without a record while only arguments differ that describe it. When anything else changes, the written
// values are recorded with it. A warning lists once which arguments are believed.
//
// A VM without a record was imported: Nova or a person made it. It is taken as it is described, and nothing is written to it until
// something else about it changes. A value that the VM does not show is empty in its state rather than null, because Terraform lets a
// plan keep a value, whatever is written, but not null.
func adopt(ctx context.Context, req Request, in inputs, found findings) error {
	described := in.plan.DescribedAs(*in.state)
	changes := found.resizing || req.Changes(ctx, described.WithLocalOf(*in.state))
	if groups := ports.Enforced(in.net, crud.Strings(in.config.SecurityGroups)); len(groups) > 0 {
		const why = "no port of the instance's NICs is recorded here, because somebody else plugged them in, so nothing filters there"
		if changes {
			return openstack.AttributeErrorf("security_groups", "%s: leave security_groups out", why)
		}
		crud.WarnAt(ctx, path.Root("security_groups"), "Security groups without effect", "security_groups: "+why)
	}
	if called := in.private.Flavor.Name; called != "" && found.flavor != nil && found.flavor.Name != called {
		found.adopted = append(found.adopted, in.config.FlavorField())
	}
	if f, disk := found.flavor, in.state.Disk.ValueInt64(); f != nil && !found.resizing && f.Disk != disk && f.Disk != in.private.Flavor.Disk {
		found.mismatches = append(found.mismatches, mismatch{in.config.FlavorField(), fmt.Sprintf("a root disk of %d GiB", f.Disk),
			fmt.Sprintf("%d GiB", disk)})
	}
	warnMismatches(ctx, in.state.Name.ValueString(), found.mismatches)
	blocks := !in.plan.BlockDevice.Equal(in.state.BlockDevice) || !in.plan.Personality.Equal(in.state.Personality) ||
		!in.plan.SchedulerHints.Equal(in.state.SchedulerHints)
	if len(found.adopted) > 0 && (changes || blocks || in.private.Fresh) {
		crud.WarnAt(ctx, path.Root(found.adopted[0]), "Adopted as written", fmt.Sprintf(
			"%s: nothing is recorded of what %s was made from. These arguments describe it, are recorded as they are written with its first "+
				"change, and change nothing on it: no image is cloned, and the guest is told nothing",
			strings.Join(found.adopted, ", "), in.state.Name.ValueString()))
	}
	if !changes {
		*in.plan = described
	}
	return nil
}

// warnMismatches warns in every plan, because the state holds what was found and so shows no difference.
func warnMismatches(ctx context.Context, name string, mismatches []mismatch) {
	if len(mismatches) == 0 {
		return
	}
	var all []string
	for _, d := range mismatches {
		all = append(all, fmt.Sprintf("%s (written: %s, found: %s)", d.name, d.written, d.found))
	}
	crud.WarnAt(ctx, path.Root(mismatches[0].name), "Not as it was found", fmt.Sprintf(
		"%s: nothing is changed on %s for this. Its first change records it as it is written, and then it binds: write what was found, "+
			"unless that is only another name for the same",
		strings.Join(all, ", "), name))
}

// keepWritten plans arguments that are computed only for imported VMs as they are written. Where nothing is written, an empty value in
// the state means the same, and stays.
func keepWritten(in inputs) {
	var state model.Instance
	if in.state != nil {
		state = *in.state
	}
	plan, config := in.plan, in.config
	for _, text := range []struct {
		plan          *types.String
		config, state types.String
	}{{&plan.Description, config.Description, state.Description},
		{&plan.AdminPass, config.AdminPass, state.AdminPass}, {&plan.KeyPair, config.KeyPair, state.KeyPair},
		{&plan.UserData, config.UserData, state.UserData}} {
		if *text.plan = text.config; text.config.IsNull() && crud.WrittenEmpty(text.state) {
			*text.plan = text.state
		}
	}
	if plan.Metadata = config.Metadata; config.Metadata.IsNull() && !state.Metadata.IsNull() && len(state.Metadata.Elements()) == 0 {
		plan.Metadata = state.Metadata
	}
	for _, set := range []struct {
		plan          *types.Set
		config, state types.Set
	}{{&plan.Tags, config.Tags, state.Tags}, {&plan.SecurityGroups, config.SecurityGroups, state.SecurityGroups}} {
		if *set.plan = set.config; set.config.IsNull() && !set.state.IsNull() && len(set.state.Elements()) == 0 {
			*set.plan = set.state
		}
	}
	if plan.ForceDelete = config.ForceDelete; config.ForceDelete.IsNull() && !state.ForceDelete.IsNull() && !state.ForceDelete.ValueBool() {
		plan.ForceDelete = state.ForceDelete
	}
}
