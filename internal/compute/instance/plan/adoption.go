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

// A machine of which nothing is recorded was imported: Nova made it, or somebody else. It is taken as it is described, and nothing
// is written on it until something else about it changes. What cannot be read off it is empty in its state rather than absent:
// Terraform lets a plan keep a value, whatever is written, but not the lack of one.

// unrecorded says that the instance is such a machine.
func (p *planning) unrecorded() bool { return p.state != nil && p.private.Unrecorded }

// ofNova says that Nova described the machine.
func (p *planning) ofNova() bool { return p.private.Flavor.VCPUs > 0 }

// mismatch is an argument that says something else than what is read off a machine of which nothing is recorded.
type mismatch struct{ name, written, found string }

// warnMismatches tells of them at every plan: the state keeps what was found, so that nothing else would.
func (p *planning) warnMismatches(ctx context.Context) {
	if f, is := p.flavor, p.state.Disk.ValueInt64(); f != nil && !p.resizing && f.Disk != is && f.Disk != p.private.Flavor.Disk {
		p.mismatches = append(p.mismatches, mismatch{p.config.FlavorField(), fmt.Sprintf("a root disk of %d GiB", f.Disk),
			fmt.Sprintf("%d GiB", is)})
	}
	if len(p.mismatches) == 0 {
		return
	}
	var all []string
	for _, d := range p.mismatches {
		all = append(all, fmt.Sprintf("%s (written: %s, found: %s)", d.name, d.written, d.found))
	}
	crud.WarnAt(ctx, path.Root(p.mismatches[0].name), "Not as it was found", fmt.Sprintf(
		"%s: nothing is changed on %s for this. Its first change records it as it is written, and then it binds: write what was found, "+
			"unless that is only another name for the same",
		strings.Join(all, ", "), p.state.Name.ValueString()))
}

// stay is an argument as it is written. Where nothing is, an empty value of an imported machine's state means the same.
func stay(config, state types.String) types.String {
	if config.IsNull() && crud.WrittenEmpty(state) {
		return state
	}
	return config
}

// written plans the arguments that are computed for the sake of imported machines alone: they are what is written.
func (p *planning) written() {
	var was model.Instance
	if p.state != nil {
		was = *p.state
	}
	to, is := p.plan, p.config
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

// adopt leaves a machine of which nothing is recorded alone while nothing about it changes but how it is described. Where something
// does, what is written is recorded along with it. Either is said once.
func (p *planning) adopt(ctx context.Context, req Request) error {
	quiet := p.plan.DescribedAs(*p.state)
	changes := p.resizing || req.Changes(ctx, quiet.WithLocalOf(*p.state))
	if groups := ports.Filtering(crud.Strings(p.config.SecurityGroups)); len(groups) > 0 {
		const why = "no port of the instance's NICs is recorded here, because somebody else plugged them in, so nothing filters there"
		if changes {
			return openstack.AttributeErrorf("security_groups", "%s: leave security_groups out", why)
		}
		crud.WarnAt(ctx, path.Root("security_groups"), "Security groups without effect", "security_groups: "+why)
	}
	if called := p.private.Flavor.Name; called != "" && p.flavor != nil && p.flavor.Name != called {
		p.adopted = append(p.adopted, p.config.FlavorField())
	}
	p.warnMismatches(ctx)
	blocks := !p.plan.BlockDevice.Equal(p.state.BlockDevice) || !p.plan.Personality.Equal(p.state.Personality) ||
		!p.plan.SchedulerHints.Equal(p.state.SchedulerHints)
	if len(p.adopted) > 0 && (changes || blocks || p.private.Fresh) {
		crud.WarnAt(ctx, path.Root(p.adopted[0]), "Adopted as written", fmt.Sprintf(
			"%s: nothing is recorded of what %s was made from. These arguments describe it, are recorded as they are written with its first "+
				"change, and change nothing on it: no image is cloned, and the guest is told nothing",
			strings.Join(p.adopted, ", "), p.state.Name.ValueString()))
	}
	if !changes {
		*p.plan = quiet
	}
	return nil
}
