// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"cmp"
	"context"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// install makes the VM of an instance of an ISO image, as Nova does: a blank root disk of the flavor's size, none where that is 0, and the
// image in its CD-ROM drive.
func (c *Servers) install(ctx context.Context, want *Request, from image.Template) (*cloned, error) {
	compiled, err := want.Specs.Compile(want.Flavor, from.Properties)
	if err != nil {
		return nil, err
	}
	if want.iso, err = c.images.CDROM(ctx, from); err != nil {
		return nil, openstack.AttributeErrorf("image_id", "%w", err)
	}
	needs := compiled.Needs
	where, err := c.placeFor(ctx, want, want.Flavor.Disk<<30, needs.StoragePolicy)
	if err != nil {
		return nil, err
	}
	at, err := c.inventory.Target(ctx, want.Zone, want.Hypervisor)
	if err == nil {
		err = at.CheckReads(ctx, want.iso.Store, "the file of the ISO image "+from.Name)
	}
	if err != nil {
		return nil, err
	}
	want.ImageName, want.Properties = from.Name, vmspec.Meaningful(from.Properties)
	source := blank(from, want.Flavor, needs)
	needs.LinkedClone = nil // nothing is cloned
	if err := c.complete(ctx, want, source, needs); err != nil {
		return nil, err
	}
	made, err := c.planned(ctx, want, compiled, source, where.policy)
	if err != nil {
		return nil, err
	}
	return c.sendCreation(ctx, made, want, where)
}

// blank stands for the template of a VM that is made for an ISO image: what of it has its place already.
func blank(from image.Template, f openstack.Flavor, needs vmspec.Needs) image.Template {
	adapter := cmp.Or(needs.Adapter, hardware.DefaultAdapter)
	config := &types.VirtualMachineConfigInfo{Version: needs.Version}
	config.Hardware.Device = hardware.Blank(adapter, f.Disk > 0)
	out := from
	out.Config, out.MoRef, out.Snapshot = config, "", ""
	return out
}

// checkInstalled refuses what an instance of an ISO image cannot have: disks for which there is no place, and guest customization, which
// is part of a clone.
func checkInstalled(from image.Template, f openstack.Flavor, needs vmspec.Needs, blocks []openstack.BlockDevice) error {
	if needs.Customization != "" {
		return openstack.AttributeErrorf("image_id", "the image %s asks for vSphere's guest customization, which a machine that is cloned gets, "+
			"and it is an ISO image: take its property novasphere_guest_customization away, and answer the installer's questions in its own way",
			from.Name)
	}
	_, err := placed(blank(from, f, needs), f, blocks, needs)
	return err
}
