// SPDX-License-Identifier: MPL-2.0

package privileges

// records is what storing records needs: the first one makes a small VM in a folder of its own.
var records = []Grant{
	{Machines, []string{"Folder.Create", "VirtualMachine.Config.AdvancedConfig", "VirtualMachine.Inventory.Create"}},
	{Pools, []string{"Resource.AssignVMToPool"}},
	{Datastores, []string{"Datastore.AllocateSpace"}},
}

// NovaClones is a feature: an instance that Nova made with clones of its image cache is destroyed with its own files only.
const NovaClones = "instances of Nova's with linked clones, which are imported"

// resources are the privileges of resources.
var resources = []Use{
	{Noun: "compute_flavor", Records: true, Grants: []Grant{
		{Root, []string{"InventoryService.Tagging.DeleteTag"}},
	}},
	{Noun: "compute_keypair", Records: true},
	{Noun: "compute_instance", Grants: []Grant{
		{Root, []string{
			"InventoryService.Tagging.AttachTag", "InventoryService.Tagging.CreateCategory", "InventoryService.Tagging.CreateTag",
		}},
		{Machines, []string{
			"Folder.Create", "InventoryService.Tagging.ObjectAttachable", "VirtualMachine.Config.AddNewDisk",
			"VirtualMachine.Config.AddRemoveDevice", "VirtualMachine.Config.AdvancedConfig", "VirtualMachine.Config.Annotation",
			"VirtualMachine.Config.CPUCount", "VirtualMachine.Config.DiskExtend", "VirtualMachine.Config.EditDevice",
			"VirtualMachine.Config.Memory", "VirtualMachine.Config.RemoveDisk", "VirtualMachine.Config.Rename",
			"VirtualMachine.Config.Resource", "VirtualMachine.Config.Settings", "VirtualMachine.Interact.DeviceConnection",
			"VirtualMachine.Interact.PowerOff", "VirtualMachine.Interact.PowerOn", "VirtualMachine.Inventory.CreateFromExisting",
			"VirtualMachine.Inventory.Delete",
		}},
		{Templates, []string{"VirtualMachine.Provisioning.DeployTemplate"}},
		{Pools, []string{"Resource.AssignVMToPool"}},
		{Datastores, []string{"Datastore.AllocateSpace"}},
		{Networks, []string{"Network.Assign"}},
	}},
	{Noun: "compute_instance", Feature: "`allow_live_migration`", Grants: []Grant{
		{Machines, []string{"Resource.ColdMigrate", "Resource.HotMigrate"}},
	}},
	{Noun: "compute_instance", Feature: "`config_drive`", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Interact.SetCDMedia"}},
		{Datastores, []string{"Datastore.Browse", "Datastore.FileManagement"}},
	}},
	{Noun: "compute_instance", Feature: "`novasphere_guest_customization`", Grants: []Grant{
		{Templates, []string{"VirtualMachine.Provisioning.Customize"}},
	}},
	{Noun: "compute_instance", Feature: "`power_state = \"suspended\"`", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Interact.Suspend"}},
	}},
	{Noun: "compute_instance", Feature: "`scheduler_hints`, server groups and zones of aggregates", Grants: []Grant{
		{Hosts, []string{"Host.Inventory.EditCluster"}},
	}},
	{Noun: "compute_instance", Feature: "`vmware:hw_version`", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.UpgradeVirtualHardware"}},
	}},
	{Noun: "compute_instance", Feature: "`vmware:storage_policy`", Grants: []Grant{
		{Root, []string{"StorageProfile.View"}},
	}},
	{Noun: "compute_instance", Feature: "a TPM (`hw:tpm_version`)", Grants: []Grant{
		{Machines, []string{"Cryptographer.EncryptNew"}},
	}},
	{Noun: "compute_instance", Feature: "an image in a content library", Grants: []Grant{
		{Libraries, []string{"ContentLibrary.DownloadSession", "ContentLibrary.ReadStorage"}},
		{Machines, []string{"VApp.ApplicationConfig", "VirtualMachine.Provisioning.MarkAsTemplate"}},
		{Pools, []string{"VApp.Import"}},
	}},
	{Noun: "compute_instance", Feature: "an ISO image", Grants: []Grant{
		{Libraries, []string{"ContentLibrary.ReadStorage"}},
		{Machines, []string{"VirtualMachine.Inventory.Create"}},
	}},
	{Noun: "compute_instance", Feature: "linked clones (`img_linked_clone`)", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Provisioning.MarkAsTemplate", "VirtualMachine.State.CreateSnapshot"}},
		{Datastores, []string{"Datastore.FileManagement"}},
	}},
	{Noun: "compute_instance", Feature: "ports of a network with subnets", Grants: []Grant{
		{Switches, []string{"DVSwitch.PortConfig", "DVSwitch.PortSetting"}},
		{Portgroups, []string{"DVPortgroup.Modify", "DVPortgroup.PolicyOp"}},
	}},
	{Noun: "compute_instance", Feature: "volumes of `block_device`", Grants: []Grant{
		{Root, []string{"Cns.Searchable"}},
		{Machines, []string{"VirtualMachine.Config.AddExistingDisk", "VirtualMachine.Inventory.Create"}},
		{Datastores, []string{"Datastore.FileManagement"}},
	}},
	{Noun: "compute_instance", Feature: NovaClones, Grants: []Grant{
		{Datastores, []string{"Datastore.FileManagement"}},
	}},
	{Noun: "compute_interface_attach", Grants: []Grant{
		{Machines, []string{
			"VirtualMachine.Config.AddRemoveDevice", "VirtualMachine.Config.AdvancedConfig", "VirtualMachine.Interact.DeviceConnection",
		}},
		{Networks, []string{"Network.Assign"}},
	}},
	{Noun: "compute_interface_attach", Feature: "ports of a network with subnets", Grants: []Grant{
		{Switches, []string{"DVSwitch.PortConfig", "DVSwitch.PortSetting"}},
		{Portgroups, []string{"DVPortgroup.Modify", "DVPortgroup.PolicyOp"}},
	}},
	{Noun: "compute_volume_attach", Grants: []Grant{
		{Root, []string{"Cns.Searchable"}},
		{Machines, []string{"VirtualMachine.Config.AddExistingDisk", "VirtualMachine.Config.RemoveDisk"}},
		{Datastores, []string{"Datastore.FileManagement"}},
	}},
	{Noun: "compute_volume_attach", Feature: "another disk controller", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AddRemoveDevice"}},
	}},
	{Noun: "compute_servergroup", Records: true},
	{Noun: "compute_aggregate", Records: true, Grants: []Grant{
		{Hosts, []string{"Host.Inventory.EditCluster"}},
	}},
	{Noun: "compute_cluster", Grants: []Grant{
		{Root, []string{"Global.ManageCustomFields"}},
		{Hosts, []string{
			"Global.SetCustomField", "Host.Inventory.CreateCluster", "Host.Inventory.DeleteCluster", "Host.Inventory.EditCluster",
			"Host.Inventory.RenameCluster",
		}},
	}},
	{Noun: "compute_node", Grants: []Grant{
		{Root, []string{"Global.ManageCustomFields"}},
		{Hosts, []string{
			"Global.SetCustomField", "Host.Config.Maintenance", "Host.Inventory.AddHostToCluster", "Host.Inventory.EditCluster",
			"Host.Inventory.MoveHost", "Host.Inventory.RemoveHostFromCluster",
		}},
	}},
	{Noun: "compute_node", Feature: "`distributed_switch`", Grants: []Grant{
		{Hosts, []string{"Host.Config.Network"}},
		{Switches, []string{"DVSwitch.HostOp"}},
	}},
	{Noun: "compute_node", Feature: "`license_key`", Grants: []Grant{
		{Root, []string{"Global.Licenses"}},
	}},
	{Noun: "compute_node", Feature: "a host that was lost", Grants: []Grant{
		{Hosts, []string{"Host.Config.Connection"}},
	}},
	{Noun: "networking_network", Grants: []Grant{
		{Switches, []string{"DVPortgroup.Create"}},
		{Portgroups, []string{"DVPortgroup.Delete", "DVPortgroup.Modify", "DVPortgroup.PolicyOp"}},
	}},
	{Noun: "networking_network", Feature: "a network that had subnets", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig", "VirtualMachine.Inventory.Delete"}},
	}},
	{Noun: "networking_subnet", Records: true, Grants: []Grant{
		{Machines, []string{"VirtualMachine.Inventory.Delete"}},
	}},
	{Noun: "networking_subnet_route", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig"}},
	}},
	{Noun: "networking_port", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig"}},
	}},
	{Noun: "networking_port", Feature: "ports that are plugged into instances", Grants: []Grant{
		{Switches, []string{"DVSwitch.PortConfig", "DVSwitch.PortSetting"}},
	}},
	{Noun: "networking_secgroup", Records: true},
	{Noun: "networking_secgroup", Feature: "ports that are plugged into instances", Grants: []Grant{
		{Switches, []string{"DVSwitch.PortConfig", "DVSwitch.PortSetting"}},
	}},
	{Noun: "networking_secgroup_rule", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig"}},
	}},
	{Noun: "networking_secgroup_rule", Feature: "ports that are plugged into instances", Grants: []Grant{
		{Switches, []string{"DVSwitch.PortConfig", "DVSwitch.PortSetting"}},
	}},
	{Noun: "networking_port_secgroup_associate", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig"}},
	}},
	{Noun: "networking_port_secgroup_associate", Feature: "ports that are plugged into instances", Grants: []Grant{
		{Switches, []string{"DVSwitch.PortConfig", "DVSwitch.PortSetting"}},
	}},
	{Noun: "networking_addressscope", Records: true},
	{Noun: "networking_subnetpool", Records: true},
	{Noun: "networking_address_group", Records: true},
	{Noun: "networking_address_group", Feature: "ports that are plugged into instances", Grants: []Grant{
		{Switches, []string{"DVSwitch.PortConfig", "DVSwitch.PortSetting"}},
	}},
	{Noun: "networking_qos_policy", Records: true},
	{Noun: "networking_qos_bandwidth_limit_rule", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig"}},
	}},
	{Noun: "networking_qos_bandwidth_limit_rule", Feature: "networks that have the policy", Grants: []Grant{
		{Portgroups, []string{"DVPortgroup.Modify", "DVPortgroup.PolicyOp"}},
	}},
	{Noun: "networking_qos_bandwidth_limit_rule", Feature: "ports that are plugged into instances", Grants: []Grant{
		{Switches, []string{"DVSwitch.PortConfig", "DVSwitch.PortSetting"}},
	}},
	{Noun: "networking_trunk", Grants: []Grant{ // its ports' records are in the folder already
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig", "VirtualMachine.Inventory.Create"}},
		{Pools, []string{"Resource.AssignVMToPool"}},
		{Datastores, []string{"Datastore.AllocateSpace"}},
	}},
	{Noun: "networking_trunk", Feature: "ports that are plugged into instances", Grants: []Grant{
		{Switches, []string{"DVSwitch.PortConfig", "DVSwitch.PortSetting"}},
	}},
	{Noun: "networking_trunk", Feature: "the first trunk of a network of an earlier version", Grants: []Grant{
		{Portgroups, []string{"DVPortgroup.Modify", "DVPortgroup.PolicyOp"}},
	}},
	{Noun: "networking_router", Records: true},
	{Noun: "networking_router_interface", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig"}},
	}},
	{Noun: "networking_router_route", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig"}},
	}},
	{Noun: "networking_router_routes", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig"}},
	}},
	{Noun: "networking_floatingip", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig"}},
	}},
	{Noun: "networking_floatingip_associate", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig"}},
	}},
	{Noun: "networking_portforwarding", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig"}},
	}},
	{Noun: "compute_floatingip_associate", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AdvancedConfig"}},
	}},
	{Noun: "blockstorage_volume", Grants: []Grant{
		{Root, []string{"Cns.Searchable"}},
		{Datastores, []string{"Datastore.AllocateSpace", "Datastore.FileManagement"}},
	}},
	{Noun: "blockstorage_volume", Feature: "`volume_type`", Grants: []Grant{
		{Root, []string{"StorageProfile.View"}},
	}},
	{Noun: "blockstorage_volume", Feature: "another `volume_type` for one that an instance has", Grants: []Grant{
		{Root, []string{"StorageProfile.View"}},
		{Machines, []string{"VirtualMachine.Config.EditDevice"}},
	}},
	{Noun: "blockstorage_snapshot", Grants: []Grant{
		{Root, []string{"Cns.Searchable"}},
		{Datastores, []string{"Datastore.AllocateSpace", "Datastore.FileManagement"}},
	}},
	{Noun: "images_image", Records: true, Grants: []Grant{
		{Machines, []string{
			"VApp.Import", "VirtualMachine.Config.Rename", "VirtualMachine.Inventory.Delete",
			"VirtualMachine.Provisioning.MarkAsTemplate",
		}},
		{Pools, []string{"VApp.Import"}},
	}},
	{Noun: "images_image", Feature: "`upload_via = \"vcenter\"`", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Config.AddExistingDisk", "VirtualMachine.Inventory.Create"}},
		{Datastores, []string{"Datastore.Browse", "Datastore.FileManagement"}},
	}},
	{Noun: "images_image", Feature: "`disk_format = \"iso\"`", Grants: []Grant{
		{Machines, []string{
			"VirtualMachine.Config.AddRemoveDevice", "VirtualMachine.Interact.DeviceConnection", "VirtualMachine.Interact.SetCDMedia",
			"VirtualMachine.Inventory.Create",
		}},
		{Datastores, []string{"Datastore.Browse", "Datastore.FileManagement"}},
	}},
	{Noun: "images_image", Feature: "`storage = \"content_library\"`", Grants: []Grant{
		{Libraries, []string{
			"ContentLibrary.AddLibraryItem", "ContentLibrary.DeleteLibraryItem", "ContentLibrary.UpdateLibraryItem",
			"ContentLibrary.UpdateSession",
		}},
	}},
}
