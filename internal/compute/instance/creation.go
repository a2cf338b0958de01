package instance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// creationArgument is an argument that only counts when an instance is made: another value is another instance.
type creationArgument struct {
	name string
	of   func(m model.Instance) attr.Value
	keep func(plan *model.Instance, state model.Instance) // takes the state's form where both mean the same; nil: the plan's stays
	same func(p *planning) bool                           // whether state and plan mean the same

	hidden bool                   // an import cannot read it, even of an instance with a record
	shown  func(p *planning) bool // whether it is read off the machine, though nothing is recorded of it; nil: it cannot be
	moves  func(p *planning) bool // whether another value moves the instance, or leaves it where somebody moved it; nil: it cannot
}

var creation = []creationArgument{
	{name: "image_id", of: func(m model.Instance) attr.Value { return m.ImageID }, keep: func(to *model.Instance,
		s model.Instance) {
		to.ImageID = s.ImageID
	},
		same:  func(p *planning) bool { return crud.WrittenEmpty(p.plan.ImageID) },
		shown: func(p *planning) bool { return p.state.ImageID.ValueString() != "" }},
	{name: "image_name", of: func(m model.Instance) attr.Value { return m.ImageName }, keep: func(to *model.Instance,
		s model.Instance) {
		to.ImageName = s.ImageName
	},
		same: func(p *planning) bool { return crud.WrittenEmpty(p.plan.ImageName) }},
	{name: "key_pair", of: func(m model.Instance) attr.Value { return m.KeyPair },
		same: func(p *planning) bool { return p.plan.KeyPair.ValueString() == p.state.KeyPair.ValueString() }},
	{name: "user_data", of: func(m model.Instance) attr.Value { return m.UserData }, keep: func(to *model.Instance,
		s model.Instance) {
		to.UserData = s.UserData
	},
		same: sameUserData, hidden: true},
	{name: "availability_zone", of: func(m model.Instance) attr.Value { return m.Zone }, same: sameZone, shown: always, moves: movesZone},
	{name: "hypervisor_hostname", of: func(m model.Instance) attr.Value { return m.Hypervisor }, same: sameNode, shown: always,
		moves: movesNode},
	{name: "config_drive", of: func(m model.Instance) attr.Value { return m.ConfigDrive },
		same: func(p *planning) bool {
			return p.private.Unfinished || p.plan.ConfigDrive.ValueBool() == p.state.ConfigDrive.ValueBool()
		}, shown: (*planning).ofNova},
	{name: "personality", of: func(m model.Instance) attr.Value { return m.Personality }, keep: keepPersonality, same: samePersonality,
		hidden: true},
	{name: "scheduler_hints", of: func(m model.Instance) attr.Value { return m.SchedulerHints }, same: sameHints},
	{name: "block_device", of: func(m model.Instance) attr.Value { return m.BlockDevice }, same: func(p *planning) bool {
		return sameBlocks(model.BlockDevices(p.plan.BlockDevice), model.BlockDevices(p.state.BlockDevice))
	}},
}

func always(*planning) bool { return true }

// sameZone says that the zone is the same, and the host if one is named.
func sameZone(p *planning) bool {
	return model.SameZone(p.plan.Zone.ValueString(), p.state.Zone.ValueString())
}

func samePersonality(p *planning) bool {
	sum := openstack.SumFiles(model.Personality(p.plan.Personality))
	return sum == openstack.SumFiles(model.Personality(p.state.Personality)) || len(p.state.Personality.Elements()) == 0 &&
		sum == p.private.Personality
}

// keepPersonality keeps the order of the files in the state: the guest is told them by their paths.
func keepPersonality(to *model.Instance, s model.Instance) {
	if len(to.Personality.Elements()) == len(s.Personality.Elements()) {
		to.Personality = s.Personality
	}
}

// sameUserData says that the data is the same in another encoding, or what the instance is known to be made with though an
// import could not read it.
func sameUserData(p *planning) bool {
	if p.state.UserData.IsNull() && p.private.UserData != "" {
		sum := sha256.Sum256([]byte(vmspec.DecodeUserData(p.plan.UserData.ValueString())))
		return p.private.UserData == hex.EncodeToString(sum[:])
	}
	return vmspec.DecodeUserData(p.plan.UserData.ValueString()) == vmspec.DecodeUserData(p.state.UserData.ValueString())
}

// planCreation finds the creation arguments that change. They replace the instance, unless it was imported and never changed
// since: then they are taken for true as they are written, once, because a vCenter cannot show what a machine was made with.
func (p *planning) planCreation(ctx context.Context) {
	var hidden []string
	for _, argument := range creation {
		was, now, written := argument.of(*p.state), argument.of(*p.plan), argument.of(p.config)
		if now.Equal(was) {
			continue
		}
		if crud.Known(now) && argument.same(p) {
			if argument.keep != nil && !written.IsNull() && !was.IsNull() { // between nothing and "" Terraform insists on what is written
				argument.keep(p.plan, *p.state)
			}
			continue
		}
		switch {
		case argument.moves != nil && argument.moves(p):
			p.moving = argument.name
		case p.unrecorded() && argument.shown != nil && argument.shown(p) && crud.Known(now):
			p.mismatches = append(p.mismatches, mismatch{argument.name, now.String(), was.String()})
		case p.unrecorded():
			p.adopted = append(p.adopted, argument.name)
		case p.private.Imported && argument.hidden:
			hidden = append(hidden, argument.name)
		case argument.name == "user_data" && !p.plan.ReplaceOnChange.IsNull() && !p.plan.ReplaceOnChange.ValueBool():
		default:
			p.replaced = append(p.replaced, path.Root(argument.name))
		}
	}
	if len(hidden) > 0 {
		crud.WarnAt(ctx, path.Root(hidden[0]), "Adopted as written", fmt.Sprintf(
			"%s: %s was made with something else, and was imported. These arguments describe it, are recorded as they are written, and change "+
				"nothing on it: the guest is told nothing",
			strings.Join(hidden, ", "), p.state.Name.ValueString()))
	}
}

// adopts says that the instance was imported, and has not been changed since.
func (p *planning) adopts() bool { return p.private.Imported || p.unrecorded() }

// checkUserData refuses new user data for an instance that reads it from a config drive, which is written once.
func (p *planning) checkUserData() error {
	if p.adopts() || !p.state.ConfigDrive.ValueBool() || len(p.replaced) > 0 || !crud.Known(p.plan.UserData) ||
		p.plan.UserData.Equal(p.state.UserData) || sameUserData(p) {
		return nil
	}
	return openstack.AttributeErrorf("user_data", "it cannot be changed in place: %s has a config drive, which is written once. Set "+
		"user_data_replace_on_change = true to make the instance anew", p.state.Name.ValueString())
}
