// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"cmp"

	"github.com/vmware/govmomi/vim25/types"
)

// customizationProperty is the image property for a guest without cloud-init: it names the guest customization that prepares it.
const customizationProperty = "novasphere_guest_customization"

// The values of customizationProperty.
const (
	CustomizeLinux   = "linux"   // LinuxPrep
	CustomizeWindows = "windows" // Sysprep
)

// Customizes returns which guest customization an image's properties ask for: CustomizeLinux, CustomizeWindows, or "" where the guest has
// cloud-init.
func Customizes(properties map[string]string) string { return properties[customizationProperty] }

// settleCustomization refuses a customization for another operating system than the image's.
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

// Customizable refuses a customization that vSphere would refuse for this guest: one without a disk, or of another operating system.
// needs are the image's; guestID and disk are the template's.
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
