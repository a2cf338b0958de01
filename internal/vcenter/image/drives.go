// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// dropISO deletes the ISO file that a template of ours keeps in its folder: nothing else does. It refuses to while another machine has it.
func (c *Images) dropISO(ctx context.Context, own mo.VirtualMachine) error {
	if own.Config == nil {
		return nil
	}
	file := hardware.Inserted(own.Config.Hardware.Device).File
	if file == "" {
		return nil
	}
	if err := c.ejected(ctx, property.UnescapeName(own.Name), file, own.Self); err != nil {
		return err
	}
	return c.Uploads.DropISO(ctx, own.Self)
}

// storedEjected is ejected for an item of a content library. One without a file is in nobody's drive.
func (c *Images) storedEjected(ctx context.Context, image openstack.Image) error {
	iso, err := c.storedISO(ctx, Template{Image: image})
	switch {
	case errors.Is(err, errNoISO):
		return nil
	case err != nil:
		return err
	}
	return c.ejected(ctx, image.Name, iso.File, ref{})
}

// ejected refuses the deletion of an image's ISO file while the drive of a machine other than the image's own holds it.
func (c *Images) ejected(ctx context.Context, image, file string, own ref) error {
	all, err := c.everyMachine(ctx)
	if err != nil {
		return faults.Explain("looking for machines whose drives hold the image "+image, err)
	}
	var holders []string
	for _, vm := range all {
		if vm.Self != own && vm.Config != nil && hardware.Holds(vm.Config.Hardware.Device, file) {
			holders = append(holders, property.UnescapeName(vm.Name))
		}
	}
	if len(holders) > 0 {
		slices.Sort(holders)
		return fmt.Errorf("the image %s is not deleted: it is in the CD-ROM drives of %s. Delete these machines first, or take it out of their "+
			"drives", image, faults.Quoted(holders))
	}
	return nil
}
