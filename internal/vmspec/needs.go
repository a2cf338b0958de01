// SPDX-License-Identifier: MPL-2.0

package vmspec

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// Needs holds what a flavor and an image ask for and a ConfigSpec alone cannot express: each needs a call of its own, or an answer from
// vCenter before the spec can be built.
type Needs struct {
	Version       string   // hardware version ("vmx-19"); a clone ignores the field: UpgradeVM_Task before the first power-on
	EVCMode       string   // per-VM EVC ("intel-broadwell"): ApplyEvcModeVM_Task before the first power-on
	StoragePolicy string   // a storage policy's name: its id goes into Instance.PolicyID, and it limits the datastores
	Clock         bool     // Instance.Clock must be known
	ConfigDrive   bool     // the image demands one (img_config_drive=mandatory)
	Windows       bool     // the guest is Windows: by os_type, or by the guest id
	Customization string   // CustomizeLinux or CustomizeWindows; empty: the guest has cloud-init
	GuestID       string   // from the image; empty: the template's
	LinkedClone   *bool    // img_linked_clone; nil: not set
	Adapter       string   // of the root disk, by Nova's name; empty: the template's
	Provisioning  string   // of the copied disks: "thin", "preallocated", "eagerZeroedThick"; empty: the template's
	Warnings      []string // for the user, one sentence each
}

// OnWindows reports whether an instance of an image has a Windows guest: by flavor and image where they set it, else by the template's
// guest id.
func (n Needs) OnWindows(image openstack.Image) bool {
	said := n.Windows || n.GuestID != "" || image.Properties["os_type"] != ""
	return n.Windows || !said && isWindows(image.GuestID)
}
