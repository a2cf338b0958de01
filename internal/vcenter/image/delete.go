// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// ErrForeign means that an image is not deleted because this provider did not make it.
var ErrForeign = errors.New("this provider did not make it")

// Delete deletes an image that was made by this provider, with its copies. It refuses one that is protected, or that machines are linked
// clones of, directly or of its copies. Of an image that others made only the record goes, and the error is ErrForeign. An image that is
// gone is no error: what a killed deletion has left of its copies and of its record goes too.
func (c *Images) Delete(ctx context.Context, id string) error {
	id = strings.ToLower(id)
	defer c.cache.forget(id)
	vm, err := c.machineOf(ctx, id)
	if err != nil {
		return err
	}
	if vm != nil {
		return c.deleteTemplate(ctx, id, *vm)
	}
	item, err := c.libraryItem(ctx, id)
	if errors.Is(err, openstack.ErrNotFound) {
		return c.deleteRest(ctx, id, nil)
	}
	if err != nil {
		return err
	}
	return c.deleteItem(ctx, item.Image)
}

// deleteTemplate deletes the VM of an image: a template, or what an unfinished creation has left of one.
func (c *Images) deleteTemplate(ctx context.Context, id string, vm ref) error {
	found, err := wire.Read[mo.VirtualMachine](ctx, c.wire, vm, append(slices.Clone(templatePaths), "runtime.powerState"))
	if errors.Is(err, openstack.ErrNotFound) {
		return c.deleteRest(ctx, id, nil)
	}
	if err != nil {
		return faults.Explain("reading the image "+id, err)
	}
	if found.Config == nil {
		return fmt.Errorf("the image %s is not deleted: the vCenter does not show its configuration. Check that its host is connected", id)
	}
	image := openstack.Image{Mark: markAt(property.ExtraConfig(found.Config.ExtraConfig), id)}
	image.ID, image.Name = id, property.UnescapeName(found.Name)
	if _, err := c.describe(ctx, &image, nil, nil); err != nil {
		return err
	}
	if err := c.deletable(ctx, image); err != nil {
		return err
	}
	if err := destroyable(found); err != nil {
		return fmt.Errorf("the image %s is not deleted: %w", image.Name, err)
	}
	return c.deleteRest(ctx, id, &found)
}

// deletable refuses an image that is protected, or that others made: of that one the record goes, since it is ours.
func (c *Images) deletable(ctx context.Context, image openstack.Image) error {
	if image.Protected {
		return openstack.AttributeErrorf("protected", "the image %s is not deleted, since it is protected: set protected to false and apply, "+
			"then delete it", image.Name)
	}
	if image.Mark == nil || image.Mark.Adopted {
		return errors.Join(c.unrecord(ctx, image.ID), fmt.Errorf("the image %s (%s) is not deleted: %w", image.Name, image.ID, ErrForeign))
	}
	return nil
}

// destroyable refuses a VM whose destruction would take along what is no image: one that runs, or that has a volume or a disk of others.
func destroyable(vm mo.VirtualMachine) error {
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		return errors.New("somebody has made a machine of the template, and it runs. Shut it down, and mark it as a template again")
	}
	root := hardware.RootDisk(vm.Config.Hardware.Device)
	for _, disk := range disksOf(vm) {
		file := chain(disk)
		switch {
		case disk.VDiskId != nil:
			return fmt.Errorf("it has the volume %s, which would be deleted with it. Detach that first", disk.VDiskId.Id)
		case disk != root && len(file) > 0 && path.Dir(file[0]) != path.Dir(vm.Config.Files.VmPathName):
			return fmt.Errorf("it has the disk %s of others, which would be deleted with it. Remove that from the template first", file[0])
		}
	}
	return nil
}

// deleteItem deletes an image that is an item of a content library.
func (c *Images) deleteItem(ctx context.Context, image openstack.Image) error {
	if err := c.deletable(ctx, image); err != nil {
		return err
	}
	copies, err := c.copiesOf(ctx, image.ID)
	if err == nil {
		err = c.unused(ctx, image.Name, copies)
	}
	if err == nil && image.ItemType == library.ItemTypeISO {
		err = c.storedEjected(ctx, image)
	}
	if err != nil {
		return err
	}
	api, err := c.wire.API(ctx)
	if err != nil {
		return err
	}
	if err := c.deleteMachines(ctx, image.Name, copies); err != nil { // without the item no apply would look for them any more
		return err
	}
	err = retry.Once(func() error { return library.NewManager(api).DeleteLibraryItem(ctx, &library.Item{ID: image.ID}) })
	if err != nil && !wire.RESTNotFound(err) {
		return fmt.Errorf("deleting the content library item %s failed: %w", image.Path, faults.BareRefusal(err))
	}
	return c.deleteRest(ctx, image.ID, nil)
}

// deleteRest deletes the copies of an image, the image's own VM, and its record in the end, without which nothing would know of them.
func (c *Images) deleteRest(ctx context.Context, id string, own *mo.VirtualMachine) error {
	copies, err := c.copiesOf(ctx, id)
	if err != nil {
		return err
	}
	name, all := id, copies
	if own != nil {
		name, all = property.UnescapeName(own.Name), append(slices.Clone(copies), *own)
		if err := c.dropISO(ctx, *own); err != nil {
			return err
		}
	}
	if err := c.deleteMachines(ctx, name, all); err != nil {
		return err
	}
	return c.unrecord(ctx, id)
}

// deleteMachines deletes VMs of an image, as long as no disks of other machines hang on theirs.
func (c *Images) deleteMachines(ctx context.Context, image string, vms []mo.VirtualMachine) error {
	for _, vm := range vms {
		// A clone that runs is waited for, and then there is one more machine to look for.
		err := c.wire.RetryWhileHeld(ctx, &vm.Self, func() error {
			if err := c.unused(ctx, image, vms); err != nil {
				return err
			}
			return c.wire.Destroy(ctx, vm.Self)
		})
		if err != nil {
			return faults.Explain(fmt.Sprintf("deleting the image %s: deleting its VM %s", image, vm.Name), err)
		}
	}
	return nil
}

// copiesOf finds our copies of an image on datastores.
func (c *Images) copiesOf(ctx context.Context, id string) ([]mo.VirtualMachine, error) {
	folder, err := c.inventory.Places.Folder(ctx, records.Folder, false)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := wire.List[mo.VirtualMachine](ctx, c.wire, property.ChildrenOf(folder), map[string][]string{"VirtualMachine": {"name"}})
	if err != nil {
		return nil, faults.Explain("looking for the copies of the image "+id, err)
	}
	var out []mo.VirtualMachine
	for _, vm := range all {
		if !strings.HasPrefix(vm.Name, inventory.DeployedPrefix+id+"-v") {
			continue
		}
		whole, err := wire.Read[mo.VirtualMachine](ctx, c.wire, vm.Self, templatePaths)
		if errors.Is(err, openstack.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, faults.Explain("reading the copy "+vm.Name, err)
		}
		if markOn(whole) != nil {
			out = append(out, whole)
		}
	}
	return out, nil
}

// unused refuses VMs of an image while disks of other machines hang on theirs.
func (c *Images) unused(ctx context.Context, image string, vms []mo.VirtualMachine) error {
	clones, err := c.linkedTo(ctx, vms)
	if err != nil {
		return faults.Explain("looking for linked clones of the image "+image, err)
	}
	if len(clones) > 0 {
		return fmt.Errorf("the image %s is not deleted: the disks of %s are linked clones of it. Delete these machines first", image,
			faults.Quoted(clones))
	}
	return nil
}

// linkedTo names the other machines whose disks hang on those of some VMs. Only VMs with a snapshot can have such.
func (c *Images) linkedTo(ctx context.Context, vms []mo.VirtualMachine) (clones []string, err error) {
	bases := map[string]bool{}
	mine := map[ref]bool{}
	for _, vm := range vms {
		mine[vm.Self] = true
		if vm.Config != nil && vm.Snapshot != nil {
			for _, disk := range disksOf(vm) {
				for _, file := range chain(disk) {
					bases[file] = true
				}
			}
		}
	}
	if len(bases) == 0 {
		return nil, nil
	}
	all, err := c.everyMachine(ctx)
	if err != nil {
		return nil, err
	}
	for _, vm := range all {
		if !mine[vm.Self] && slices.ContainsFunc(disksOf(vm), func(d *types.VirtualDisk) bool {
			return slices.ContainsFunc(hardware.Parents(d), func(file string) bool { return bases[file] })
		}) {
			clones = append(clones, property.UnescapeName(vm.Name))
		}
	}
	slices.Sort(clones)
	return clones, nil
}

// everyMachine reads the names and devices of all VMs of the datacenter that the account may see.
func (c *Images) everyMachine(ctx context.Context) ([]mo.VirtualMachine, error) {
	dc, err := c.inventory.Places.Datacenter(ctx)
	if err != nil {
		return nil, err
	}
	return wire.List[mo.VirtualMachine](ctx, c.wire, property.Below(dc.VmFolder),
		map[string][]string{"VirtualMachine": {"name", "config.hardware.device"}})
}

// chain is a disk's file, and those below it.
func chain(disk *types.VirtualDisk) []string {
	backing, ok := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo)
	if !ok {
		return nil
	}
	return append([]string{backing.GetVirtualDeviceFileBackingInfo().FileName}, hardware.Parents(disk)...)
}

func disksOf(vm mo.VirtualMachine) (out []*types.VirtualDisk) {
	if vm.Config == nil {
		return nil
	}
	for _, device := range vm.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok {
			out = append(out, disk)
		}
	}
	return out
}
