// SPDX-License-Identifier: MPL-2.0

package privileges

// whole returns a row for a call, whatever fields it has.
func whole(call string, from From, on Object, privilege string) row {
	return row{Ask{Call: call}, Need{privilege, on, from}}
}

// field returns a row for a field of a call.
func field(call, name string, from From, on Object, privilege string) row {
	return row{Ask{call, name}, Need{privilege, on, from}}
}

// nothing returns rows for fields that need no privilege besides the call's.
func nothing(call string, names ...string) (out []row) {
	for _, name := range names {
		out = append(out, field(call, name, TheRoot, Root, ""))
	}
	return out
}

const (
	reconfigure = "VirtualMachine.ReconfigVM_Task"
	clone       = "VirtualMachine.CloneVM_Task"
	create      = "Folder.CreateVM_Task"
	relocate    = "VirtualMachine.RelocateVM_Task"
	addGroup    = "DistributedVirtualSwitch.AddDVPortgroup_Task"
	setGroup    = "DistributedVirtualPortgroup.ReconfigureDVPortgroup_Task"
	setSwitch   = "DistributedVirtualSwitch.ReconfigureDvs_Task"
	setPort     = "DistributedVirtualSwitch.ReconfigureDVPort_Task"
	tagging     = "/rest/com/vmware/cis/tagging/"
	libraries   = "/rest/com/vmware/content/"
	importing   = "ResourcePool.ImportVApp"
)

// calls lists the calls that this provider makes. Sources: "Required Privileges" of each method in the vSphere Web Services API
// reference, the privileges of the vSphere Automation API, and the common tasks and defined privileges in vSphere's security guide.
var calls = join(
	[]row{
		// Sessions and reads. A property that the account may not read is missing from the answer.
		whole("SessionManager.Login", TheRoot, Root, "System.Anonymous"),
		whole("SessionManager.Logout", TheRoot, Root, "System.View"),
		whole("ServiceInstance.RetrieveServiceContent", TheRoot, Root, "System.Anonymous"),
		whole("PropertyCollector.RetrievePropertiesEx", TheRoot, Root, "System.Read"),
		whole("PropertyCollector.ContinueRetrievePropertiesEx", TheRoot, Root, "System.Read"),
		whole("SearchIndex.FindByUuid", TheRoot, Root, "System.View"),
		whole("SearchIndex.FindAllByUuid", TheRoot, Root, "System.View"),
		whole("SearchIndex.FindByInventoryPath", TheRoot, Root, "System.View"),
		whole("SearchIndex.FindChild", TheRoot, Root, "System.View"),
		whole("EnvironmentBrowser.QueryConfigOptionDescriptor", TheRoot, Root, "System.View"),
		whole("Task.CancelTask", TheRoot, Root, ""), // of the account's own tasks

		// Folders and virtual machines.
		whole("Folder.CreateFolder", Called, Machines, "Folder.Create"),
		whole(create, Called, Machines, "VirtualMachine.Inventory.Create"),
		whole(create, Given, Pools, "Resource.AssignVMToPool"),
		whole(clone, Called, Templates, "VirtualMachine.Provisioning.DeployTemplate"),
		whole(clone, Given, Machines, "VirtualMachine.Inventory.CreateFromExisting"),
		whole(clone, Given, Machines, "VirtualMachine.Config.AddNewDisk"),
		field(clone, "spec.customization", Called, Templates, "VirtualMachine.Provisioning.Customize"),
		field(clone, "spec.powerOn", Given, Machines, "VirtualMachine.Interact.PowerOn"),
		whole(reconfigure, TheRoot, Root, ""), // its fields have privileges of their own
		whole(relocate, Called, Machines, "Resource.ColdMigrate"),
		field(relocate, "running", Called, Machines, "Resource.HotMigrate"),
		whole("VirtualMachine.Rename_Task", Called, Machines, "VirtualMachine.Config.Rename"),
		whole("VirtualMachine.Destroy_Task", Called, Machines, "VirtualMachine.Inventory.Delete"),
		whole("VirtualMachine.Destroy_Task", Parent, Machines, "VirtualMachine.Inventory.Delete"),
		whole("VirtualMachine.PowerOnVM_Task", Called, Machines, "VirtualMachine.Interact.PowerOn"),
		whole("VirtualMachine.PowerOffVM_Task", Called, Machines, "VirtualMachine.Interact.PowerOff"),
		whole("VirtualMachine.ShutdownGuest", Called, Machines, "VirtualMachine.Interact.PowerOff"),
		whole("VirtualMachine.ResetVM_Task", Called, Machines, "VirtualMachine.Interact.Reset"),
		whole("VirtualMachine.RebootGuest", Called, Machines, "VirtualMachine.Interact.Reset"),
		whole("VirtualMachine.SuspendVM_Task", Called, Machines, "VirtualMachine.Interact.Suspend"),
		whole("VirtualMachine.UpgradeVM_Task", Called, Machines, "VirtualMachine.Config.UpgradeVirtualHardware"),
		whole("VirtualMachine.ApplyEvcModeVM_Task", Called, Machines, "VirtualMachine.Config.Settings"),
		whole("VirtualMachine.MarkAsTemplate", Called, Machines, "VirtualMachine.Provisioning.MarkAsTemplate"),
		whole("VirtualMachine.AcquireTicket", Called, Machines, "VirtualMachine.Interact.ConsoleInteract"),

		// Files.
		whole("VirtualDiskManager.DeleteVirtualDisk_Task", Given, Datastores, "Datastore.FileManagement"),
		whole("FileManager.DeleteDatastoreFile_Task", Given, Datastores, "Datastore.FileManagement"),
		whole("VirtualDiskManager.CopyVirtualDisk_Task", Given, Datastores, "Datastore.FileManagement"),
		whole("HostDatastoreBrowser.SearchDatastore_Task", Given, Datastores, "Datastore.Browse"),
		whole("VirtualDiskManager.QueryVirtualDiskUuid", Given, Datastores, "Datastore.FileManagement"),
		whole("DatastoreNamespaceManager.CreateDirectory", Given, Datastores, "Datastore.Config"),
		whole("DatastoreNamespaceManager.ConvertNamespacePathToUuidPath", TheRoot, Root, "System.View"),
		whole("FileManager.MakeDirectory", Given, Datastores, "Datastore.FileManagement"),
		whole("PUT /folder/{file}", Given, Datastores, "Datastore.FileManagement"),
		whole("PUT /folder/{file}", Given, Datastores, "Datastore.Browse"),
		whole("GET /folder/{file}", Given, Datastores, "Datastore.Browse"), // one list for all verbs: "Privilege Requirements for HTTP Access"
		whole("GET /folder/{file}", Given, Datastores, "Datastore.FileManagement"),

		// First class disks.
		whole("VirtualMachine.AttachDisk_Task", Called, Machines, "VirtualMachine.Config.AddExistingDisk"),
		whole("VirtualMachine.AttachDisk_Task", Given, Datastores, "Datastore.FileManagement"),
		whole("VirtualMachine.DetachDisk_Task", Called, Machines, "VirtualMachine.Config.RemoveDisk"),
		whole("POST /vslm/sdk", TheRoot, Root, "Cns.Searchable"),

		// Imports. Nobody needs more for a lease than to have asked for it.
		whole(importing, Called, Pools, "VApp.Import"),
		whole(importing, Given, Machines, "VApp.Import"),
		field(importing, "spec: network", Given, Networks, "Network.Assign"),
		field(importing, "spec: space", Given, Datastores, "Datastore.AllocateSpace"),
		whole("HttpNfcLease.HttpNfcLeaseProgress", TheRoot, Root, ""),
		whole("HttpNfcLease.HttpNfcLeaseComplete", TheRoot, Root, ""),
		whole("HttpNfcLease.HttpNfcLeaseAbort", TheRoot, Root, ""),
		whole("HttpNfcLease.HttpNfcLeaseGetManifest", TheRoot, Root, ""),
		whole("VirtualMachine.CreateSnapshot_Task", Called, Machines, "VirtualMachine.State.CreateSnapshot"),
		whole("VirtualMachineSnapshot.RevertToSnapshot_Task", Called, Machines, "VirtualMachine.State.RevertToSnapshot"),
		whole("VirtualMachineSnapshot.RemoveSnapshot_Task", Called, Machines, "VirtualMachine.State.RemoveSnapshot"),

		// The distributed switch.
		whole(addGroup, Called, Switches, "DVPortgroup.Create"),
		whole(setGroup, Called, Portgroups, "DVPortgroup.Modify"),
		field(setGroup, "spec.policy", Called, Portgroups, "DVPortgroup.PolicyOp"),
		whole("DistributedVirtualPortgroup.Destroy_Task", Called, Portgroups, "DVPortgroup.Delete"),
		whole("DistributedVirtualPortgroup.Destroy_Task", Parent, Portgroups, "DVPortgroup.Delete"),
		whole(setSwitch, TheRoot, Root, ""),
		field(setSwitch, "spec.host", Called, Switches, "DVSwitch.HostOp"),
		field(setSwitch, "spec.host", Given, Hosts, "Host.Config.Network"),
		whole("DistributedVirtualSwitch.FetchDVPorts", Called, Switches, "System.Read"),
		whole(setPort, Called, Switches, "DVSwitch.PortConfig"),
		field(setPort, "port.setting", Called, Switches, "DVSwitch.PortSetting"),

		// Clusters and ESX hosts.
		whole("Folder.CreateClusterEx", Called, Hosts, "Host.Inventory.CreateCluster"),
		whole("ClusterComputeResource.ReconfigureComputeResource_Task", Called, Hosts, "Host.Inventory.EditCluster"),
		whole("ClusterComputeResource.Rename_Task", Called, Hosts, "Host.Inventory.RenameCluster"),
		whole("ClusterComputeResource.Destroy_Task", Called, Hosts, "Host.Inventory.DeleteCluster"),
		whole("ClusterComputeResource.Destroy_Task", Parent, Hosts, "Host.Inventory.DeleteCluster"),
		whole("ClusterComputeResource.AddHost_Task", Called, Hosts, "Host.Inventory.AddHostToCluster"),
		whole("ClusterComputeResource.MoveInto_Task", Called, Hosts, "Host.Inventory.EditCluster"),
		whole("ClusterComputeResource.MoveInto_Task", Given, Hosts, "Host.Inventory.MoveHost"),
		whole("HostSystem.ReconnectHost_Task", Called, Hosts, "Host.Config.Connection"),
		whole("HostSystem.DisconnectHost_Task", Called, Hosts, "Host.Config.Connection"),
		whole("HostSystem.EnterMaintenanceMode_Task", Called, Hosts, "Host.Config.Maintenance"),
		whole("HostSystem.ExitMaintenanceMode_Task", Called, Hosts, "Host.Config.Maintenance"),
		whole("HostSystem.Destroy_Task", Called, Hosts, "Host.Inventory.RemoveHostFromCluster"),
		whole("HostSystem.Destroy_Task", Parent, Hosts, "Host.Inventory.RemoveHostFromCluster"),
		whole("Datacenter.QueryConnectionInfo", Called, Datacenter, "System.View"),
		whole("LicenseAssignmentManager.QueryAssignedLicenses", TheRoot, Root, "System.View"),
		whole("LicenseAssignmentManager.UpdateAssignedLicense", TheRoot, Root, "Global.Licenses"),
		whole("CustomFieldsManager.AddCustomFieldDef", TheRoot, Root, "Global.ManageCustomFields"),
		whole("CustomFieldsManager.SetField", Given, Hosts, "Global.SetCustomField"),

		// Storage policies, tags and content libraries.
		whole("POST /pbm", TheRoot, Root, "StorageProfile.View"),
		whole("POST "+tagging+"category", TheRoot, Root, "InventoryService.Tagging.CreateCategory"),
		whole("GET "+tagging+"category", TheRoot, Root, "System.Read"),
		whole("GET "+tagging+"category/{id}", TheRoot, Root, "System.Read"),
		whole("POST "+tagging+"tag", TheRoot, Root, "InventoryService.Tagging.CreateTag"),
		whole("GET "+tagging+"tag/{id}", TheRoot, Root, "System.Read"),
		whole("POST "+tagging+"tag/{id}?~action=list-tags-for-category", TheRoot, Root, "System.Read"),
		whole("DELETE "+tagging+"tag/{id}", TheRoot, Root, "InventoryService.Tagging.DeleteTag"),
		whole("POST "+tagging+"tag-association/{id}?~action=list-attached-objects", TheRoot, Root, "System.Read"),
		whole("DELETE /rest/com/vmware/cis/session", TheRoot, Root, "System.Anonymous"),
		whole("GET "+libraries+"library", TheRoot, Libraries, "System.Read"),
		whole("GET "+libraries+"library/{id}", TheRoot, Libraries, "System.Read"),
		whole("POST "+libraries+"library/item?~action=find", TheRoot, Libraries, "System.Read"),
		whole("GET "+libraries+"library/item/{id}", TheRoot, Libraries, "System.Read"),
		whole("GET "+libraries+"library/item/file", TheRoot, Libraries, "System.Read"),
		whole("GET "+libraries+"library/item/storage", TheRoot, Libraries, "ContentLibrary.ReadStorage"),
		whole("POST "+libraries+"library/item", TheRoot, Libraries, "ContentLibrary.AddLibraryItem"),
		whole("PATCH "+libraries+"library/item/{id}", TheRoot, Libraries, "ContentLibrary.UpdateLibraryItem"),
		whole("DELETE "+libraries+"library/item/{id}", TheRoot, Libraries, "ContentLibrary.DeleteLibraryItem"),
	},
	updating("POST "+libraries+"library/item/update-session", "GET "+libraries+"library/item/update-session/{id}",
		"POST "+libraries+"library/item/update-session/{id}?~action=keep-alive",
		"POST "+libraries+"library/item/update-session/{id}?~action=complete",
		"POST "+libraries+"library/item/update-session/{id}?~action=cancel",
		"POST "+libraries+"library/item/update-session/{id}?~action=fail", "DELETE "+libraries+"library/item/update-session/{id}",
		"GET "+libraries+"library/item/updatesession/file", "POST "+libraries+"library/item/updatesession/file/{id}?~action=add",
		"POST "+libraries+"library/item/updatesession/file/{id}?~action=get",
		"POST "+libraries+"library/item/updatesession/file/{id}?~action=validate",
		"POST "+libraries+"library/item/updatesession/file/{id}?~action=remove",
		"POST "+libraries+"library/item/updatesession/file?~action=probe", "PUT "+libraryData+"{file}"),
	managingDisks("Datastore.AllocateSpace", "CreateDisk_Task", "CloneVStorageObject_Task", "CreateDiskFromSnapshot_Task",
		"RelocateVStorageObject_Task", "ExtendDisk_Task", "VStorageObjectCreateSnapshot_Task"),
	managingDisks("Datastore.FileManagement", "CreateDisk_Task", "CloneVStorageObject_Task", "CreateDiskFromSnapshot_Task",
		"RelocateVStorageObject_Task", "ExtendDisk_Task", "VStorageObjectCreateSnapshot_Task", "RenameVStorageObject",
		"SetVStorageObjectControlFlags", "ClearVStorageObjectControlFlags", "UpdateVStorageObjectPolicy_Task",
		"VCenterUpdateVStorageObjectMetadataEx_Task", "DeleteVStorageObject_Task", "DeleteSnapshot_Task",
		"RevertVStorageObject_Task", "RegisterDisk", "ReconcileDatastoreInventory_Task"),
	managingDisks("System.Read", "RetrieveVStorageObject", "RetrieveVStorageObjectState", "RetrieveVStorageObjectAssociations",
		"RetrieveSnapshotInfo", "ListVStorageObject"),
	nothing(setPort, "port.connectee", "port.description", "port.name", "port.key", "port.operation", "port.configVersion"),
	deploying("POST /rest/com/vmware/vcenter/ovf/library-item/{id}?~action=deploy",
		"POST /rest/vcenter/vm-template/library-items/{id}?action=deploy",
		"POST /rest/com/vmware/vcenter/ovf/library-item/id:{id}?~action=deploy"),
	attaching("POST "+tagging+"tag-association/{id}?~action=attach", "POST "+tagging+"tag-association/{id}?~action=detach",
		"POST "+tagging+"tag-association/{id}?~action=attach-tag-to-multiple-objects"),
	nothing(setSwitch, "spec.configVersion", "spec.name"),
)

// managingDisks returns rows for methods of the manager of first class disks that need a privilege on the disks' datastore.
func managingDisks(privilege string, methods ...string) (out []row) {
	for _, method := range methods {
		out = append(out, whole("VcenterVStorageObjectManager."+method, Given, Datastores, privilege))
	}
	return out
}

// updating returns rows for calls that bring files to an item of a content library.
func updating(calls ...string) (out []row) {
	for _, call := range calls {
		out = append(out, whole(call, TheRoot, Libraries, "ContentLibrary.UpdateSession"))
	}
	return out
}

// deploying returns rows for calls that make a VM from an item of a content library.
func deploying(calls ...string) (out []row) {
	for _, call := range calls {
		out = append(out, whole(call, TheRoot, Libraries, "ContentLibrary.ReadStorage"),
			whole(call, TheRoot, Libraries, "ContentLibrary.DownloadSession"),
			whole(call, Given, Machines, "VirtualMachine.Inventory.CreateFromExisting"),
			whole(call, Given, Machines, "VirtualMachine.Config.AddNewDisk"),
			whole(call, Given, Pools, "VApp.Import"),
			whole(call, Given, Pools, "Resource.AssignVMToPool"),
			whole(call, Given, Datastores, "Datastore.AllocateSpace"))
	}
	return out
}

// attaching returns rows for calls that attach or detach a tag, which need a privilege on the tag and one on the VM.
func attaching(calls ...string) (out []row) {
	for _, call := range calls {
		out = append(out, whole(call, TheRoot, Root, "InventoryService.Tagging.AttachTag"),
			whole(call, Given, Machines, "InventoryService.Tagging.ObjectAttachable"))
	}
	return out
}

func join(all ...[]row) (out []row) {
	for _, rows := range all {
		out = append(out, rows...)
	}
	return out
}

// configRow is the privilege that a field of a VM's ConfigSpec needs.
type configRow struct {
	field     string
	privilege string // empty: none besides the call's
	created   bool   // CreateVM_Task needs it too, according to its documentation
}

// configRows hold the "Reconfigure privilege" of each field of VirtualMachineConfigSpec and of its devices. For the annotation the API
// reference names Rename, and the security guide a privilege of its own; the guide is newer.
var configRows = []configRow{
	{"config.name", "VirtualMachine.Config.Rename", false},
	{"config.annotation", "VirtualMachine.Config.Annotation", false},
	{"config.numCPUs", "VirtualMachine.Config.CPUCount", false},
	{"config.numCoresPerSocket", "VirtualMachine.Config.CPUCount", false},
	{"config.cpuHotAddEnabled", "VirtualMachine.Config.CPUCount", false},
	{"config.cpuHotRemoveEnabled", "VirtualMachine.Config.CPUCount", false},
	{"config.virtualNuma", "VirtualMachine.Config.CPUCount", false},
	{"config.memoryMB", "VirtualMachine.Config.Memory", false},
	{"config.memoryHotAddEnabled", "VirtualMachine.Config.Memory", false},
	{"config.cpuAllocation", "VirtualMachine.Config.Resource", false},
	{"config.memoryAllocation", "VirtualMachine.Config.Resource", false},
	{"config.cpuAffinity", "VirtualMachine.Config.Resource", false},
	{"config.latencySensitivity", "VirtualMachine.Config.Resource", false},
	{"config.memoryReservationLockedToMax", "VirtualMachine.Config.Resource", false},
	{"config.extraConfig", "VirtualMachine.Config.AdvancedConfig", true},
	{"config.guestId", "VirtualMachine.Config.Settings", false},
	{"config.alternateGuestName", "VirtualMachine.Config.Settings", false},
	{"config.uuid", "VirtualMachine.Config.Settings", false},
	{"config.instanceUuid", "VirtualMachine.Config.Settings", false},
	{"config.flags", "VirtualMachine.Config.Settings", false},
	{"config.tools", "VirtualMachine.Config.Settings", false},
	{"config.bootOptions", "VirtualMachine.Config.Settings", false},
	{"config.powerOpInfo", "VirtualMachine.Config.Settings", false},
	{"config.nestedHVEnabled", "VirtualMachine.Config.Settings", false},
	{"config.vPMCEnabled", "VirtualMachine.Config.Settings", false},
	{"config.firmware", "VirtualMachine.Config.Settings", false},
	{"config.vAppConfigRemoved", "VApp.ApplicationConfig", false},
	{"config.files", "", false},
	{"config.version", "", false},
	{"config.changeVersion", "", false},
	{"config.vmProfile", "StorageProfile.View", true},

	{"config.deviceChange: add disk", "VirtualMachine.Config.AddNewDisk", true},
	{"config.deviceChange: add existing disk", "VirtualMachine.Config.AddExistingDisk", true},
	{"config.deviceChange: edit disk", "VirtualMachine.Config.EditDevice", false},
	{"config.deviceChange: grow disk", "VirtualMachine.Config.DiskExtend", false},
	{"config.deviceChange: remove disk", "VirtualMachine.Config.RemoveDisk", false},
	{"config.deviceChange: disk shares", "VirtualMachine.Config.Resource", false},
	{"config.deviceChange: disk policy", "StorageProfile.View", true},
	{"config.deviceChange: add device", "VirtualMachine.Config.AddRemoveDevice", false},
	{"config.deviceChange: edit device", "VirtualMachine.Config.EditDevice", false},
	{"config.deviceChange: remove device", "VirtualMachine.Config.AddRemoveDevice", false},
	{"config.deviceChange: connectable", "VirtualMachine.Interact.DeviceConnection", false},
	{"config.deviceChange: CD-ROM media", "VirtualMachine.Interact.SetCDMedia", false},
}

// configuration returns configRows for each call that takes a ConfigSpec: on the VM for a change, on the folder for a creation.
// CreateVM_Task checks only the fields that its documentation names; a clone is assumed to check the same as a change.
func configuration() (out []row) {
	for _, r := range configRows {
		on := func(call string, from From, privilege string) {
			kind := Machines
			if privilege == "StorageProfile.View" {
				from, kind = TheRoot, Root
			}
			out = append(out, field(call, r.field, from, kind, privilege))
		}
		on(reconfigure, Called, r.privilege)
		on(clone, Given, r.privilege)
		if r.created {
			on(create, Called, r.privilege)
		} else {
			on(create, Called, "")
		}
	}
	for _, call := range []string{reconfigure, clone, create} {
		out = append(out, field(call, "config.deviceChange: network", Given, Networks, "Network.Assign"))
		out = append(out, field(call, "config.deviceChange: space", Given, Datastores, "Datastore.AllocateSpace"))
	}
	return append(out,
		field(reconfigure, "config.deviceChange: add TPM", Called, Machines, "Cryptographer.Encrypt"),
		field(clone, "config.deviceChange: add TPM", Given, Machines, "Cryptographer.EncryptNew"),
		field(create, "config.deviceChange: add TPM", Called, Machines, "Cryptographer.EncryptNew"),
		field(create, "config.files", Given, Datastores, "Datastore.AllocateSpace"),
	)
}

// placement returns rows for the fields of a clone or a relocation that choose where the VM goes.
func placement() (out []row) {
	for _, call := range []string{clone, relocate} {
		out = append(out,
			field(call, "location.pool", Given, Pools, "Resource.AssignVMToPool"),
			field(call, "location.datastore", Given, Datastores, "Datastore.AllocateSpace"),
			field(call, "location.disk", Given, Datastores, "Datastore.AllocateSpace"),
			field(call, "location.profile", TheRoot, Root, "StorageProfile.View"),
			field(call, "location.deviceChange: network", Given, Networks, "Network.Assign"),
		)
		out = append(out, nothing(call, "location.host", "location.diskMoveType", "location.deviceChange: edit device",
			"location.deviceChange: connectable",
			"location.folder", "spec.snapshot", "location.transform")...)
	}
	return out
}
