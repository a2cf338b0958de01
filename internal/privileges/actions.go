// SPDX-License-Identifier: MPL-2.0

package privileges

import "slices"

// moving returns the uses of an action that moves instances to other ESX hosts of their clusters. One that is off needs no HotMigrate.
func moving(noun string) []Use {
	return []Use{
		{Noun: noun, Grants: []Grant{
			{Machines, []string{"Resource.ColdMigrate", "Resource.HotMigrate"}},
			{Pools, []string{"Resource.AssignVMToPool"}},
		}},
		{Noun: noun, Feature: "`block_migration`", Grants: []Grant{
			{Datastores, []string{"Datastore.AllocateSpace"}},
		}},
		{Noun: noun, Feature: "an instance with a storage policy", Grants: []Grant{
			{Root, []string{"StorageProfile.View"}},
		}},
	}
}

// actions are the privileges of the actions, each by its name without the provider's prefix.
var actions = slices.Concat([]Use{
	{Noun: "compute_instance_reboot", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Interact.Reset"}},
	}},
	{Noun: "compute_instance_power", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Interact.PowerOff", "VirtualMachine.Interact.PowerOn", "VirtualMachine.Interact.Suspend"}},
	}},
	{Noun: "compute_instance_power", Feature: "starting a guest that has to be told anew", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig"}},
	}},
}, moving("compute_instance_live_migrate"), []Use{
	{Noun: "compute_instance_console_log", Grants: []Grant{
		{Datastores, []string{"Datastore.Browse", "Datastore.FileManagement"}},
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
	{Noun: "compute_instance_rescue", Feature: "an image in a content library", Grants: []Grant{
		{Libraries, []string{"ContentLibrary.DownloadSession", "ContentLibrary.ReadStorage"}},
		{Machines, []string{ // the folder of copies is there with the records
			"VirtualMachine.Config.AddNewDisk", "VirtualMachine.Inventory.CreateFromExisting", "VirtualMachine.Provisioning.MarkAsTemplate",
		}},
		{Pools, []string{"Resource.AssignVMToPool", "VApp.Import"}},
		{Datastores, []string{"Datastore.AllocateSpace"}},
	}},
	{Noun: "compute_instance_rescue", Feature: "another disk controller", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AddRemoveDevice"}},
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
}, moving("compute_node_evacuate"), []Use{
	{Noun: "images_image_refresh", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Inventory.Delete"}},
	}},
})
