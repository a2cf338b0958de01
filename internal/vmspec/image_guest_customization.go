package vmspec

import (
	"cmp"

	"github.com/vmware/govmomi/vim25/types"
)

// customizationProperty is the image's word that its guest has no cloud-init, and who prepares it instead.
const customizationProperty = "novasphere_guest_customization"

// What an image may ask vSphere's guest customization for.
const (
	CustomizeLinux   = "linux"   // LinuxPrep
	CustomizeWindows = "windows" // Sysprep
)

// Customizes is what the properties of an instance's image ask for: CustomizeLinux, CustomizeWindows, or nothing where the guest
// has cloud-init.
func Customizes(properties map[string]string) string { return properties[customizationProperty] }

// settleCustomization refuses a preparation for another operating system than the image says it holds.
func (b *builder) settleCustomization() error {
	windows := b.guestID == "" || isWindows(b.guestID)
	switch {
	case b.customization == CustomizeLinux && b.windows:
		return wrongProperty("the image's property %s says linux, and its os_type or guest id says Windows: make them agree",
			customizationProperty)
	case b.customization == CustomizeWindows && (!windows || b.osType != "" && b.osType != "windows"):
		return wrongProperty("the image's property %s says windows, and its os_type or guest id says otherwise: make them agree",
			customizationProperty)
	}
	b.windows = b.windows || b.customization == CustomizeWindows
	return nil
}

// Customizable refuses a preparation that vSphere would refuse for a guest: of no disk, or of another operating system. The needs
// are those of the image, guestID and disk are the template's.
func Customizable(image string, needs Needs, guestID string, disk *types.VirtualDisk) error {
	guestID = cmp.Or(needs.GuestID, guestID)
	switch {
	case needs.Customization == "":
		return nil
	case disk == nil:
		return wrongProperty("the image's property %s asks for a customization of its guest, and the image %s has no disk that could hold "+
			"one: take the property off it", customizationProperty, image)
	case isWindows(guestID) != (needs.Customization == CustomizeWindows):
		return wrongProperty("the image's property %s says %s, and the guest id of the image %s is %s, for which vSphere refuses that: "+
			"correct one of them", customizationProperty, needs.Customization, image, guestID)
	}
	return nil
}
