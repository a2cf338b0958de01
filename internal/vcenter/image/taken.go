// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Taken refuses the name of an image that is planned, where something has it that the creation would refuse: what others have made, and an
// image whose creation was finished. owns tells the ids of the configuration's own images, which may be about to be replaced. It refuses a
// library too that there is not. The creation looks again, and compares more.
func (c *Images) Taken(ctx context.Context, spec openstack.ImageSpec, owns func(id string) bool) error {
	find := c.templateOfName
	if spec.Storage == openstack.StoredInLibrary {
		find = c.itemOfName
	}
	id, mark, err := find(ctx, spec)
	if err != nil || id == "" || owns(id) {
		return err
	}
	finished, err := c.finished(ctx, id, mark)
	if err != nil || mark != nil && !finished {
		return err
	}
	return openstack.AttributeErrorf("name", "an image called %q exists already; %s. It may belong to another workspace. Choose another "+
		"name. "+
		"%s", spec.Name, mark.Made(), openstack.ImportHint("novasphere_images_image", id))
}

// templateOfName finds the VM that has the name of an image that is to be a template; an empty id: there is none.
func (c *Images) templateOfName(ctx context.Context, spec openstack.ImageSpec) (id string, mark *openstack.Mark, err error) {
	dc, err := c.inventory.Places.Datacenter(ctx)
	if err != nil {
		return "", nil, err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return "", nil, err
	}
	found, err := wire.FindByPath(ctx, vim, dc.Kept+"/vm/"+Folder+"/"+property.EscapeName(spec.Name))
	if err != nil || found == nil {
		return "", nil, faults.Explain("looking for an image of the name "+spec.Name, err)
	}
	vm, err := wire.Read[mo.VirtualMachine](ctx, c.wire, *found, []string{"config"})
	switch {
	case errors.Is(err, openstack.ErrNotFound) || err == nil && vm.Config == nil: // it is being made or deleted
		return "", nil, nil
	case err != nil:
		return "", nil, faults.Explain("reading the image "+spec.Name, err)
	}
	return strings.ToLower(vm.Config.InstanceUuid), markOn(vm), nil
}

// itemOfName finds the item of the library that has the name of an image; an empty id: there is none.
func (c *Images) itemOfName(ctx context.Context, spec openstack.ImageSpec) (id string, mark *openstack.Mark, err error) {
	api, err := c.wire.API(ctx)
	if err != nil {
		return "", nil, err
	}
	manager := library.NewManager(api)
	lib, err := c.writableLibrary(ctx, manager, spec.Library)
	if err != nil {
		return "", nil, err
	}
	item, err := itemNamed(ctx, manager, *lib, spec.Name)
	if err != nil {
		return "", nil, fmt.Errorf("looking for the item %s in the content library %s failed: %w", spec.Name, lib.Name, faults.BareRefusal(err))
	}
	if item == nil {
		return "", nil, nil
	}
	if item.Description != nil {
		mark, _ = itemMark(*item.Description)
	}
	return item.ID, mark, nil
}
