package instance

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

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
		p.mismatches = append(p.mismatches, mismatch{p.config.flavorField(), fmt.Sprintf("a root disk of %d GiB", f.Disk),
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

// emptyForNull has what cannot be read as empty.
func (m instanceModel) emptyForNull() instanceModel {
	for _, text := range []*types.String{&m.Description, &m.Region, &m.KeyPair, &m.UserData, &m.AdminPass} {
		if text.IsNull() {
			*text = types.StringValue("")
		}
	}
	if m.Metadata.IsNull() {
		m.Metadata = crud.MapOf(nil)
	}
	for _, set := range []*types.Set{&m.Tags, &m.SecurityGroups} {
		if set.IsNull() {
			*set = crud.SetOf(nil)
		}
	}
	if m.ForceDelete.IsNull() {
		m.ForceDelete = types.BoolValue(false)
	}
	return m
}

// describedAs takes every argument that describes a machine, and asks nothing of it, from its state.
func (m instanceModel) describedAs(s instanceModel) instanceModel {
	m.Description, m.Region, m.KeyPair, m.UserData, m.AdminPass, m.ForceDelete = s.Description, s.Region, s.KeyPair, s.UserData,
		s.AdminPass, s.ForceDelete
	m.FlavorID, m.FlavorName, m.ImageID, m.ImageName, m.ConfigDrive = s.FlavorID, s.FlavorName, s.ImageID, s.ImageName, s.ConfigDrive
	m.Metadata, m.AllMetadata, m.Tags, m.AllTags, m.SecurityGroups = s.Metadata, s.AllMetadata, s.Tags, s.AllTags, s.SecurityGroups
	m.Zone, m.Hypervisor, m.Updated = s.Zone, s.Hypervisor, s.Updated
	return m
}

// differsBeyondLocal says that a model differs from the state in more than what stays in the state: settings of Terraform's own, of
// which a vCenter knows nothing, and blocks that describe the machine. Terraform insists on blocks as they are written: nothing else
// can be planned.
func (m instanceModel) differsBeyondLocal(ctx context.Context, req instanceRequest, s instanceModel) bool {
	m.ReplaceOnChange, m.AdminPassWOVer, m.LiveMigration, m.ZoneHints = s.ReplaceOnChange, s.AdminPassWOVer, s.LiveMigration, s.ZoneHints
	m.WaitForIP, m.WaitForInit, m.StopFirst, m.Timeouts, m.Updated = s.WaitForIP, s.WaitForInit, s.StopFirst, s.Timeouts, s.Updated
	m.BlockDevice, m.Personality, m.SchedulerHints, m.instanceExtras = s.BlockDevice, s.Personality, s.SchedulerHints, s.instanceExtras
	return req.Changes(ctx, m)
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
	var was instanceModel
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
func (p *planning) adopt(ctx context.Context, req instanceRequest) error {
	quiet := p.plan.describedAs(*p.state)
	changes := p.resizing || quiet.differsBeyondLocal(ctx, req, *p.state)
	if groups := filtering(crud.Strings(p.config.SecurityGroups)); len(groups) > 0 {
		const why = "no port of the instance's NICs is recorded here, because somebody else plugged them in, so nothing filters there"
		if changes {
			return openstack.AttributeErrorf("security_groups", "%s: leave security_groups out", why)
		}
		crud.WarnAt(ctx, path.Root("security_groups"), "Security groups without effect", "security_groups: "+why)
	}
	if called := p.private.Flavor.Name; called != "" && p.flavor != nil && p.flavor.Name != called {
		p.adopted = append(p.adopted, p.config.flavorField())
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
