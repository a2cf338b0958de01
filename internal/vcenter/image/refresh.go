// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// Refresh deletes our copies of an image on datastores, those of its former versions included, so that the next instance on each gets a
// new one. A copy that machines are linked clones of stays, and so does one that is being made. The image itself is not touched.
func (c *Images) Refresh(ctx context.Context, id string, tell func(format string, args ...any)) error {
	id = strings.ToLower(id)
	image, err := c.ByID(ctx, id)
	if err != nil {
		return err
	}
	copies, err := c.copiesOf(ctx, id)
	if err != nil {
		return err
	}
	if len(copies) == 0 {
		tell("no copy of the image %s is kept", image.Name)
		return nil
	}
	defer c.cache.forget(id)
	for i, vm := range copies {
		if err := c.refreshCopy(ctx, image.Name, vm, tell); err != nil {
			return err
		}
		tell("%d of %d copies of the image %s are looked at (%d%%)", i+1, len(copies), image.Name, 100*(i+1)/len(copies))
	}
	return nil
}

// refreshCopy deletes a copy that nothing hangs on and that is complete.
func (c *Images) refreshCopy(ctx context.Context, image string, vm mo.VirtualMachine, tell func(format string, args ...any)) error {
	if vm.Config == nil || !vm.Config.Template {
		tell("the copy %s stays: it is being made, or was left half made", vm.Name)
		return nil
	}
	clones, err := c.linkedTo(ctx, []mo.VirtualMachine{vm})
	if err != nil {
		return faults.Explain("looking for linked clones of the image "+image, err)
	}
	if len(clones) > 0 {
		tell("the copy %s stays: the disks of %s are linked clones of it", vm.Name, faults.Some(clones))
		return nil
	}
	if err := c.deleteMachines(ctx, image, []mo.VirtualMachine{vm}); err != nil {
		return err
	}
	tell("the copy %s is deleted", vm.Name)
	return nil
}
