// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// manyFolders is how many VM folders are searched one by one for a name; beyond it one list of all VMs is cheaper.
const manyFolders = 32

// Template is an image with what a clone needs of it. Config is nil for a library item that is not deployed yet.
type Template struct {
	openstack.Image
	Config *types.VirtualMachineConfigInfo
	Bases  []string // files that linked clones hang on; known to CloneSource for linked clones

	recorded bool // its record tells all of its properties, so that a copy's own do not count
}

var templatePaths = []string{"name", "parent", "config", "customValue", "availableField", "summary.config.template",
	"snapshot.currentSnapshot"}

// templatesNamed finds the templates of a name in every VM folder.
func (c *Images) templatesNamed(ctx context.Context, name string) ([]openstack.Image, error) {
	dc, err := c.inventory.Places.Datacenter(ctx)
	if err != nil {
		return nil, err
	}
	folders, err := wire.List[mo.Folder](ctx, c.wire, property.Below(dc.VmFolder), map[string][]string{"Folder": {"name", "parent"}})
	if err != nil {
		return nil, faults.Explain("listing the VM folders", err)
	}
	if len(folders) > manyFolders {
		all, err := c.allTemplates(ctx)
		return slices.DeleteFunc(all, func(i openstack.Image) bool { return i.Name != name }), err
	}
	children, err := c.childrenNamed(ctx, folders, name)
	if err != nil {
		return nil, err
	}
	return c.readTemplates(ctx, dc, folders, children)
}

// childrenNamed searches every folder concurrently.
func (c *Images) childrenNamed(ctx context.Context, folders []mo.Folder, name string) ([]ref, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	found := make([]*ref, len(folders))
	failed := make([]error, len(folders))
	var all sync.WaitGroup
	for i, folder := range folders {
		all.Go(func() {
			res, err := methods.FindChild(ctx, vim, &types.FindChild{This: *vim.ServiceContent.SearchIndex, Entity: folder.Self,
				Name: property.EscapeName(name)})
			if failed[i] = err; err == nil {
				found[i] = res.Returnval
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, faults.Explain(fmt.Sprintf("looking for the image %q", name), err)
	}
	var out []ref
	for _, r := range found {
		if r != nil && r.Type == "VirtualMachine" {
			out = append(out, *r)
		}
	}
	return out, nil
}

// readTemplates reads the VMs that are templates, in one call, and caches them.
func (c *Images) readTemplates(ctx context.Context, dc inventory.Datacenter, folders []mo.Folder, vms []ref) ([]openstack.Image, error) {
	var out []openstack.Image
	var all sync.WaitGroup
	images := make([]Template, len(vms))
	failed := make([]error, len(vms))
	for i, vm := range vms {
		all.Go(func() { images[i], failed[i] = c.readTemplate(ctx, vm) })
	}
	all.Wait()
	for i, image := range images {
		switch {
		case errors.Is(failed[i], openstack.ErrNotFound):
			continue // not a template, or gone
		case failed[i] != nil:
			return nil, failed[i]
		}
		image.Path = inventory.FolderPath(dc.VmFolder, folders, image.Path) + image.Name
		c.cache.keep(image)
		out = append(out, image.Image)
	}
	return out, nil
}

// readTemplate reads one template. Its Path is only its folder's managed object id, for the caller to replace.
func (c *Images) readTemplate(ctx context.Context, vm ref) (Template, error) {
	found, err := wire.Read[mo.VirtualMachine](ctx, c.wire, vm, templatePaths)
	if err != nil {
		return Template{}, faults.Explain("reading the image "+vm.Value, err)
	}
	if found.Config == nil || !found.Config.Template {
		return Template{}, openstack.NotFound("VM %s is not a template", found.Name)
	}
	image := openstack.Image{Description: found.Config.Annotation, MoRef: vm.Value, Updated: found.Config.Modified,
		GuestID: found.Config.GuestId}
	image.ImageSpec = openstack.ImageSpec{ID: strings.ToLower(found.Config.InstanceUuid), Name: found.Name, DiskFormat: "vmdk",
		Container: "bare", Storage: openstack.StoredAsTemplate}
	tell(&image, property.ExtraConfig(found.Config.ExtraConfig))
	if found.Snapshot != nil && found.Snapshot.CurrentSnapshot != nil {
		image.Snapshot = found.Snapshot.CurrentSnapshot.Value
	}
	if found.Parent != nil {
		image.Path = found.Parent.Value
	}
	if image.Created = found.Config.Modified; found.Config.CreateDate != nil {
		image.Created = *found.Config.CreateDate
	}
	if disk := hardware.RootDisk(found.Config.Hardware.Device); disk != nil {
		image.SizeBytes = disk.CapacityInKB << 10
		image.RootGiB = (disk.CapacityInKB + 1<<20 - 1) >> 20
	}
	recorded, err := c.describe(ctx, &image, ownProperties(found), customProperties(found))
	return Template{Image: image, Config: found.Config, recorded: recorded}, err
}

// locatedTemplate is readTemplate with the inventory path.
func (c *Images) locatedTemplate(ctx context.Context, vm ref) (Template, error) {
	found, err := c.readTemplate(ctx, vm)
	if err != nil {
		return found, err
	}
	dc, err := c.inventory.Places.Datacenter(ctx)
	if err != nil {
		return found, err
	}
	folders, err := wire.List[mo.Folder](ctx, c.wire, property.Below(dc.VmFolder), map[string][]string{"Folder": {"name", "parent"}})
	if err != nil {
		return found, faults.Explain("listing the VM folders", err)
	}
	found.Path = inventory.FolderPath(dc.VmFolder, folders, found.Path) + found.Name
	return found, nil
}

// allTemplates lists every template of the datacenter except our own deployed copies. Its cost grows with the number of VMs.
func (c *Images) allTemplates(ctx context.Context) ([]openstack.Image, error) {
	dc, err := c.inventory.Places.Datacenter(ctx)
	if err != nil {
		return nil, err
	}
	from := property.Below(dc.VmFolder)
	folders, err := wire.List[mo.Folder](ctx, c.wire, from, map[string][]string{"Folder": {"name", "parent"}})
	if err != nil {
		return nil, faults.Explain("listing the VM folders", err)
	}
	machines, err := wire.List[mo.VirtualMachine](ctx, c.wire, from,
		map[string][]string{"VirtualMachine": {"name", "summary.config.template"}})
	if err != nil {
		return nil, faults.Explain("listing the VM templates", err)
	}
	var vms []ref
	for _, vm := range machines {
		if vm.Summary.Config.Template && !strings.HasPrefix(vm.Name, inventory.DeployedPrefix) {
			vms = append(vms, vm.Self)
		}
	}
	return c.readTemplates(ctx, dc, folders, vms)
}
