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
	Customization string   // CustomizeLinux or CustomizeWindows; empty: the guest has cloud-init
	GuestID       string   // the image's word; empty: the template's
	LinkedClone   *bool    // img_linked_clone; nil: not said
	Adapter       string   // of the root disk, in Nova's words; empty: the template's
	Provisioning  string   // of the copied disks: "thin", "preallocated", "eagerZeroedThick"; empty: the template's
	Warnings      []string // what the user should know: one sentence each
}

// OnWindows says that an instance of an image has a Windows guest: by what flavor and image say, else by the template's guest id.
func (n Needs) OnWindows(image openstack.Image) bool {
	said := n.Windows || n.GuestID != "" || image.Properties["os_type"] != ""
	return n.Windows || !said && isWindows(image.GuestID)
}

// Bootable refuses an image without a disk. What a library item holds is seen once it is deployed.
func Bootable(image openstack.Image) error {
	if image.Library == "" && image.SizeBytes == 0 {
		return openstack.AttributeErrorf("image_id", "the image %s has no disk: an instance's root disk is a copy of its image's. Choose a "+
			"template with a disk", image.Name)
	}
	return nil
}

// Usable refuses a flavor that no instance can have, as Nova's driver does when it builds one.
func Usable(f openstack.Flavor) error {
	if f.RAM%4 != 0 {
		return openstack.AttributeErrorf("flavor_id", "the flavor %s has %d MB of memory, and vSphere needs a multiple of 4: choose %d", f.Name,
			f.RAM,
			(f.RAM+3)/4*4)
	}
	return nil
}

// Fits refuses a flavor whose root disk is smaller than the image, in GiB rounded up, as Nova's driver does. A flavor's disk
// of 0 takes the image's size.
func Fits(f openstack.Flavor, image string, gib int64) error {
	if f.Disk != 0 && gib > f.Disk {
		return openstack.AttributeErrorf("flavor_id", "the flavor %s has a root disk of %d GiB, and the image %s needs %d: choose a larger "+
			"flavor, or one with disk = 0", f.Name, f.Disk, image, gib)
	}
	return nil
}

// Copyable refuses an image that is neither a disk nor an ISO of vSphere's, as Nova's driver does.
func Copyable(diskFormat string) error {
	switch diskFormat {
	case "", "vmdk", "iso":
		return nil
	}
	return openstack.AttributeErrorf("image_id", "the image's disk format is %q, and vSphere copies vmdk and iso only: convert it, for "+
		"example with qemu-img convert -O vmdk -o subformat=streamOptimized", diskFormat)
}
