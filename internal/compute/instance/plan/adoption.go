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

// A machine without a record was imported: Nova made it, or somebody else. It is taken as it is described, and nothing is written on it
// until something else about it changes. What cannot be read off it is empty in its state rather than absent: Terraform lets a plan keep a
// value, whatever is written, but not the lack of one.

// warnMismatches warns at every plan, because the state keeps what was found and so shows no difference.
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

// stay is an argument as it is written. Where nothing is, an empty value of an imported machine's state means the same.
func stay(config, state types.String) types.String {
	if config.IsNull() && crud.WrittenEmpty(state) {
		return state
	}
	return config
}

// keepWritten plans the arguments that are only computed for the sake of imported machines, as they are written. Where nothing is, an empty
// value in the state means the same, and stays.
func keepWritten(in inputs) {
	var was model.Instance
	if in.state != nil {
		was = *in.state
	}
	to, is := in.plan, in.config
	to.Description, to.Region, to.AdminPass = stay(is.Description, was.Description), stay(is.Region, was.Region),
		stay(is.AdminPass, was.AdminPass)
	to.KeyPair, to.UserData = stay(is.KeyPair, was.KeyPair), stay(is.UserData, was.UserData)
	if to.Metadata = is.Metadata; is.Metadata.IsNull() && !was.Metadata.IsNull() && len(was.Metadata.Elements()) == 0 {
		to.Metadata = was.Metadata
	}
	for _, set := range []struct {
		to      *types.Set
		is, was types.Set
	}{{&to.Tags, is.Tags, was.Tags}, {&to.SecurityGroups, is.SecurityGroups, was.SecurityGroups}} {
		if *set.to = set.is; set.is.IsNull() && !set.was.IsNull() && len(set.was.Elements()) == 0 {
			*set.to = set.was
		}
	}
	if to.ForceDelete = is.ForceDelete; is.ForceDelete.IsNull() && !was.ForceDelete.IsNull() && !was.ForceDelete.ValueBool() {
		to.ForceDelete = was.ForceDelete
	}
}

// adopt plans nothing for a machine without a record while only arguments change that describe it. Where something else changes, what is
// written is recorded with it. A warning says once which arguments are believed.
func adopt(ctx context.Context, req Request, in inputs, found findings) error {
	described := in.plan.DescribedAs(*in.state)
	changes := found.resizing || req.Changes(ctx, described.WithLocalOf(*in.state))
	if groups := ports.Filtering(crud.Strings(in.config.SecurityGroups)); len(groups) > 0 {
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
