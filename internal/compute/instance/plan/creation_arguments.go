// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// creationArgument is an argument that has an effect only when an instance is made, so that another value means another instance.
type creationArgument struct {
	name string
	of   func(m model.Instance) attr.Value
	same func(in inputs) bool                             // whether state and plan mean the same
	keep func(plan *model.Instance, state model.Instance) // takes the state's form where both mean the same; nil: the plan's stays

	tells  bool                 // user data, which user_data_replace_on_change is about
	hidden bool                 // an import cannot read it, even of an instance with a record
	shown  func(in inputs) bool // whether the VM shows it although nothing is recorded; nil: it does not
	moves  func(in inputs) bool // whether another value moves the instance, or leaves it where it was moved to; nil: neither
}

// creationArguments are all such arguments, in the order in which plans name them.
var creationArguments = []creationArgument{
	{name: "image_id", of: func(m model.Instance) attr.Value { return m.ImageID },
		same:  func(in inputs) bool { return crud.WrittenEmpty(in.plan.ImageID) || passesOver(in) },
		keep:  func(to *model.Instance, s model.Instance) { to.ImageID = s.ImageID },
		shown: func(in inputs) bool { return in.state.ImageID.ValueString() != "" }},
	{name: "image_name", of: func(m model.Instance) attr.Value { return m.ImageName },
		same: func(in inputs) bool { return crud.WrittenEmpty(in.plan.ImageName) || passesOver(in) },
		keep: func(to *model.Instance, s model.Instance) { to.ImageName = s.ImageName }},
	{name: "key_pair", of: func(m model.Instance) attr.Value { return m.KeyPair },
		same: func(in inputs) bool { return in.plan.KeyPair.ValueString() == in.state.KeyPair.ValueString() }},
	{name: "user_data", of: func(m model.Instance) attr.Value { return m.UserData }, same: sameUserData, hidden: true, tells: true,
		keep: func(to *model.Instance, s model.Instance) { to.UserData = s.UserData }},
	{name: "user_data_wo_version", of: func(m model.Instance) attr.Value { return m.UserDataWOVer }, hidden: true, tells: true,
		same: func(in inputs) bool { return in.state.UserDataWOVer.IsNull() && sameUserData(in) }},
	{name: "availability_zone", of: func(m model.Instance) attr.Value { return m.Zone }, same: sameZone, shown: always, moves: movesZone},
	{name: "hypervisor_hostname", of: func(m model.Instance) attr.Value { return m.Hypervisor }, same: sameNode, shown: always,
		moves: movesNode},
	{name: "config_drive", of: func(m model.Instance) attr.Value { return m.ConfigDrive }, same: sameConfigDrive, shown: madeByNova},
	{name: "personality", of: func(m model.Instance) attr.Value { return m.Personality }, same: samePersonality, hidden: true,
		keep: keepPersonality},
	{name: "scheduler_hints", of: func(m model.Instance) attr.Value { return m.SchedulerHints }, same: sameHints},
	{name: "block_device", of: func(m model.Instance) attr.Value { return m.BlockDevice }, same: sameBlockDevices},
}

func always(inputs) bool { return true }

// madeByNova reports whether the VM has Nova's description.
func madeByNova(in inputs) bool { return in.private.Flavor.VCPUs > 0 }

// keepPersonality keeps the order of the files in the state, because the guest gets them by path.
func keepPersonality(to *model.Instance, s model.Instance) {
	next, had := model.Files(to.Personality), model.Files(s.Personality)
	asWritten := func(next, had model.File) bool {
		return next.Content.Equal(had.Content) && next.ContentWOVer.Equal(had.ContentWOVer)
	}
	if len(next) == len(had) && sameByPath(next, had, asWritten) {
		to.Personality = s.Personality
	}
}
