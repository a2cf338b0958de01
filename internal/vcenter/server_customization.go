package vcenter

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// customization is what vSphere tells the guest at its first start where the image has no cloud-init; nil where it has. It goes with
// the clone: the vCenter keeps it until then, whether the clone is started at once or after something else was done to it.
func customization(want *ServerRequest, needs vmspec.Needs) (*types.CustomizationSpec, error) {
	if needs.Customization == "" {
		return nil, nil
	}
	for i := range want.NICs {
		want.NICs[i].DNSDomain = want.Networks[i].DNSDomain
	}
	return guest.Customization(guest.Customized{
		Windows: needs.Customization == vmspec.CustomizeWindows, Name: want.Name, AdminPass: want.AdminPass, NICs: want.NICs,
	})
}

// customizable refuses a customization that the vCenter would refuse for a template. A library item shows its guest once it is
// deployed.
func customizable(image template, needs vmspec.Needs) error {
	if image.config == nil {
		return nil
	}
	return vmspec.Customizable(image.Name, needs, image.config.GuestId, hardware.RootDisk(image.config.Hardware.Device))
}

// cloudInitNICs are the NICs that cloud-init is told of. Where vSphere's guest customization tells the guest, guestinfo says nothing of
// them: a cloud-init that is there against the image's word would configure the network a second time, from another source.
// The rest of guestinfo stays: without cloud-init nobody reads it but scripts of the image's own, and an import finds user data
// there.
func cloudInitNICs(properties map[string]string, nics []openstack.NIC) []openstack.NIC {
	if vmspec.Customizes(properties) != "" {
		return nil
	}
	return nics
}
