package servers

import (
	"maps"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// desired is the whole instance as a spec, with our records and what the guest is to read.
func (c *Servers) desired(want *Request, compiled *vmspec.Compiled, image image.Template, policy string) (types.VirtualMachineConfigSpec,
	error) {
	guest, err := guest.Guestinfo(guest.CloudInit{ID: want.ID, Name: want.Name, PublicKey: want.PublicKey, Metadata: want.Metadata,
		UserData: want.UserData, PasswordHash: want.PasswordHash, Personality: want.Personality, AnnounceEnd: want.AnnounceEnd,
		NICs: cloudInitNICs(image.Properties, want.NICs)})
	if err != nil {
		return types.VirtualMachineConfigSpec{}, err
	}
	extra := map[string]string{machine.RecordKey: machine.RecordOf(want.server()).Text(),
		records.MarkKey: records.MarkText(c.records.Mark(machine.Fingerprint(want.server())))}
	if text := machine.AffinityOf(want.server()).Text(); text != "" {
		extra[machine.AffinityKey] = text
	}
	for key := range property.ExtraConfig(image.Config.ExtraConfig) {
		if _, ours := extra[key]; !ours && (strings.HasPrefix(key, records.Prefix) || strings.HasPrefix(key, "guestinfo.")) {
			extra[key] = "" // what the template notes, or was told once, is not the instance's
		}
	}
	maps.Copy(extra, guest)
	nics := make([]vmspec.NIC, len(want.NICs))
	for i, nic := range want.NICs {
		nics[i] = vmspec.NIC{Network: want.Networks[i], Port: nic.Port, MAC: nic.MAC, SwitchPort: nic.SwitchPort}
	}
	return compiled.Spec(vmspec.Instance{ID: want.ID, Name: want.Name, Flavor: want.Flavor, ImageID: want.ImageID,
		Properties: image.Properties, NICs: nics, Disks: append([]openstack.Disk{}, want.Disks...), Clock: want.Clock, PolicyID: policy,
		Owner: c.owner, Extra: extra})
}

// customization is what vSphere tells the guest at its first start where the image has no cloud-init; nil where it has. It goes with
// the clone: the vCenter keeps it until then, whether the clone is started at once or after something else was done to it.
func customization(want *Request, needs vmspec.Needs) (*types.CustomizationSpec, error) {
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
