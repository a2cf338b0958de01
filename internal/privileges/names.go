package privileges

import "strings"

// Name returns the vSphere client's name of a privilege, such as "Virtual machine > Change Configuration > Add new
// disk"; empty if the
// tables do not have it.
func Name(id string) string {
	last := strings.LastIndex(id, ".")
	if last < 0 || names[id] == "" {
		return ""
	}
	return groups[id[:last]] + " > " + names[id]
}

// groups are the groups of privileges in the client of vSphere 8, by the beginning of their ids.
var groups = map[string]string{
	"ContentLibrary":              "Content library",
	"Cryptographer":               "Cryptographic operations",
	"DVPortgroup":                 "dvPort group",
	"DVSwitch":                    "Distributed switch",
	"Datastore":                   "Datastore",
	"Folder":                      "Folder",
	"Global":                      "Global",
	"Host.Config":                 "Host > Configuration",
	"Host.Inventory":              "Host > Inventory",
	"InventoryService.Tagging":    "vSphere Tagging",
	"Network":                     "Network",
	"Resource":                    "Resource",
	"StorageProfile":              "VM storage policies",
	"System":                      "System",
	"VApp":                        "vApp",
	"VirtualMachine.Config":       "Virtual machine > Change Configuration",
	"VirtualMachine.Interact":     "Virtual machine > Interaction",
	"VirtualMachine.Inventory":    "Virtual machine > Edit Inventory",
	"VirtualMachine.Provisioning": "Virtual machine > Provisioning",
}

// names are the client's names of privileges, from the reference of defined privileges in vSphere's security guide.
var names = map[string]string{
	"ContentLibrary.DownloadSession":               "Download files",
	"ContentLibrary.ReadStorage":                   "Read storage",
	"Cryptographer.Encrypt":                        "Encrypt",
	"Cryptographer.EncryptNew":                     "Encrypt new",
	"DVPortgroup.Create":                           "Create",
	"DVPortgroup.Delete":                           "Delete",
	"DVPortgroup.Modify":                           "Modify",
	"DVPortgroup.PolicyOp":                         "Policy operation",
	"DVSwitch.HostOp":                              "Host operation",
	"DVSwitch.Modify":                              "Modify",
	"DVSwitch.PortConfig":                          "Port configuration operation",
	"DVSwitch.PortSetting":                         "Port setting operation",
	"Datastore.AllocateSpace":                      "Allocate space",
	"Datastore.Browse":                             "Browse datastore",
	"Datastore.FileManagement":                     "Low level file operations",
	"Folder.Create":                                "Create folder",
	"Global.CancelTask":                            "Cancel task",
	"Global.Licenses":                              "Licenses",
	"Global.ManageCustomFields":                    "Manage custom attributes",
	"Global.SetCustomField":                        "Set custom attribute",
	"Host.Config.Connection":                       "Connection",
	"Host.Config.Maintenance":                      "Maintenance",
	"Host.Config.Network":                          "Network configuration",
	"Host.Inventory.AddHostToCluster":              "Add host to cluster",
	"Host.Inventory.CreateCluster":                 "Create cluster",
	"Host.Inventory.DeleteCluster":                 "Remove cluster",
	"Host.Inventory.EditCluster":                   "Modify cluster",
	"Host.Inventory.MoveHost":                      "Move host",
	"Host.Inventory.RemoveHostFromCluster":         "Remove host",
	"Host.Inventory.RenameCluster":                 "Rename cluster",
	"InventoryService.Tagging.AttachTag":           "Assign or Unassign vSphere Tag",
	"InventoryService.Tagging.CreateCategory":      "Create vSphere Tag Category",
	"InventoryService.Tagging.CreateTag":           "Create vSphere Tag",
	"InventoryService.Tagging.DeleteTag":           "Delete vSphere Tag",
	"InventoryService.Tagging.ObjectAttachable":    "Assign or Unassign vSphere Tag on Object",
	"Network.Assign":                               "Assign network",
	"Resource.AssignVMToPool":                      "Assign virtual machine to resource pool",
	"Resource.ColdMigrate":                         "Migrate powered off virtual machine",
	"Resource.HotMigrate":                          "Migrate powered on virtual machine",
	"StorageProfile.View":                          "View VM storage policies",
	"System.Anonymous":                             "Anonymous",
	"System.Read":                                  "Read",
	"System.View":                                  "View",
	"VApp.ApplicationConfig":                       "vApp application configuration",
	"VApp.Import":                                  "Import",
	"VirtualMachine.Config.AddExistingDisk":        "Add existing disk",
	"VirtualMachine.Config.AddNewDisk":             "Add new disk",
	"VirtualMachine.Config.AddRemoveDevice":        "Add or remove device",
	"VirtualMachine.Config.AdvancedConfig":         "Advanced configuration",
	"VirtualMachine.Config.Annotation":             "Set annotation",
	"VirtualMachine.Config.CPUCount":               "Change CPU count",
	"VirtualMachine.Config.DiskExtend":             "Extend virtual disk",
	"VirtualMachine.Config.EditDevice":             "Modify device settings",
	"VirtualMachine.Config.Memory":                 "Change Memory",
	"VirtualMachine.Config.RemoveDisk":             "Remove disk",
	"VirtualMachine.Config.Rename":                 "Rename",
	"VirtualMachine.Config.Resource":               "Change resource",
	"VirtualMachine.Config.Settings":               "Change Settings",
	"VirtualMachine.Config.UpgradeVirtualHardware": "Upgrade virtual machine compatibility",
	"VirtualMachine.Interact.ConsoleInteract":      "Console interaction",
	"VirtualMachine.Interact.DeviceConnection":     "Connect devices",
	"VirtualMachine.Interact.PowerOff":             "Power off",
	"VirtualMachine.Interact.PowerOn":              "Power on",
	"VirtualMachine.Interact.SetCDMedia":           "Configure CD media",
	"VirtualMachine.Interact.Suspend":              "Suspend",
	"VirtualMachine.Inventory.Create":              "Create new",
	"VirtualMachine.Inventory.CreateFromExisting":  "Create from existing",
	"VirtualMachine.Inventory.Delete":              "Remove",
	"VirtualMachine.Provisioning.Customize":        "Customize guest",
	"VirtualMachine.Provisioning.DeployTemplate":   "Deploy template",
	"VirtualMachine.Provisioning.MarkAsTemplate":   "Mark as template",
}
