// SPDX-License-Identifier: MPL-2.0

package privileges

// actions are the privileges of the actions, each by its name without the provider's prefix.
var actions = []Use{
	{Noun: "compute_instance_reboot", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Interact.Reset"}},
	}},
	{Noun: "compute_instance_power", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Interact.PowerOff", "VirtualMachine.Interact.PowerOn", "VirtualMachine.Interact.Suspend"}},
	}},
	{Noun: "compute_instance_live_migrate", Grants: []Grant{
		{Machines, []string{"Resource.ColdMigrate", "Resource.HotMigrate"}},
		{Pools, []string{"Resource.AssignVMToPool"}},
	}},
	{Noun: "compute_instance_snapshot", Grants: []Grant{
		{Machines, []string{"VirtualMachine.State.CreateSnapshot", "VirtualMachine.State.RemoveSnapshot",
			"VirtualMachine.State.RevertToSnapshot"}},
	}},
	{Noun: "compute_instance_rescue", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AddExistingDisk", "VirtualMachine.Config.AdvancedConfig",
			"VirtualMachine.Config.Settings", "VirtualMachine.Interact.PowerOff", "VirtualMachine.Interact.PowerOn"}},
		{Datastores, []string{"Datastore.FileManagement"}},
	}},
	{Noun: "compute_instance_unrescue", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.RemoveDisk", "VirtualMachine.Config.Settings", "VirtualMachine.Interact.PowerOff",
			"VirtualMachine.Interact.PowerOn"}},
	}},
	{Noun: "compute_instance_shelve", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig", "VirtualMachine.Interact.PowerOff"}},
	}},
	{Noun: "compute_instance_unshelve", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig", "VirtualMachine.Interact.PowerOn"}},
	}},
}
