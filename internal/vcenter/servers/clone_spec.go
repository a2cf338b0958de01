// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"maps"
	"path"
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

// desired returns the ConfigSpec of the whole instance, with our records and guestinfo.
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
			extra[key] = "" // the template's own records and guestinfo are not the instance's
		}
	}
	if cloned := (cloned{needs: needsOf(compiled, want.BlockDevices)}); cloned.linked() {
		extra[keepDisks] = parentNames(image)
	}
	maps.Copy(extra, guest)
	nics := make([]vmspec.NIC, len(want.NICs))
	for i, nic := range want.NICs {
		nics[i] = vmspec.NIC{Network: want.Networks[i], Port: nic.Port, MAC: nic.MAC, SwitchPort: nic.SwitchPort,
			Attachment: nic.Attachment}
	}
	return compiled.Spec(vmspec.Instance{ID: want.ID, Name: want.Name, Flavor: want.Flavor,
		ImageID: annotatedImage(want.ServerSpec), Root: rootOf(want.BlockDevices), ISO: want.iso, Properties: image.Properties,
		NICs: nics, Disks: append([]openstack.Disk{}, want.Disks...), Clock: want.Clock, PolicyID: policy,
		Owner: c.owner, Extra: extra})
}

// keepDisks is the key of extraConfig that has the names of files which the destruction of a VM spares, separated by commas. Whether a
// vCenter looks at it is not documented; VM Service writes it into its own linked clones, and the parents of ours are taken off before.
const keepDisks = "vmprov.keepDisks"

// parentNames are the files that linked clones of a template hang on, without their folders.
func parentNames(image image.Template) string {
	names := make([]string, len(image.Bases))
	for i, file := range image.Bases {
		names[i] = path.Base(file)
	}
	return strings.Join(names, ",")
}

// annotatedImage returns the image that the VM's notes name. Nova knows none of an instance that boots from a volume.
func annotatedImage(s openstack.ServerSpec) string {
	if openstack.BootsFromVolume(s.BlockDevices) {
		return ""
	}
	return s.ImageID
}

// rootOf returns the root disk that blocks ask for, where it is a volume.
func rootOf(blocks []openstack.BlockDevice) (out vmspec.Root) {
	if !openstack.BootsFromVolume(blocks) {
		return out
	}
	block := blocks[openstack.BootBlock(blocks)]
	return vmspec.Root{GiB: &block.SizeGiB, Bus: block.Bus, Diskless: openstack.Diskless(blocks)}
}

// customization returns the vSphere guest customization of an image without cloud-init, or nil. It is part of the clone call: vCenter
// keeps it until the first start, whenever that comes.
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

// cloudInitNICs returns the NICs that cloud-init is told of: none where vSphere's guest customization configures the network, since a
// cloud-init in such an image would configure it a second time, from another source. The rest of guestinfo stays: without cloud-init
// only the image's own scripts read it, and an import finds user data there.
func cloudInitNICs(properties map[string]string, nics []openstack.NIC) []openstack.NIC {
	if vmspec.Customizes(properties) != "" {
		return nil
	}
	return nics
}
