package plan

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
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
