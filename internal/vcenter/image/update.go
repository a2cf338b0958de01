// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Read reads an image as it is, whatever this process knows of it.
func (c *Images) Read(ctx context.Context, id string) (openstack.Image, error) {
	found, err := c.fresh(ctx, id)
	return found.Image, err
}

func (c *Images) fresh(ctx context.Context, id string) (Template, error) {
	id = strings.ToLower(id)
	c.cache.forget(id)
	found, err := c.ByID(ctx, id)
	if errors.Is(err, openstack.ErrNotFound) {
		c.gone.Store(id, true)
	}
	return found, err
}

// Update changes what may be changed of an image: its name, properties, tags, least sizes, visibility, and whether it is protected, hidden
// and cached. All but the name is only recorded. An image that others made may be changed too; of it only the name is theirs. The image
// comes back as it then is, although there is an error.
func (c *Images) Update(ctx context.Context, spec openstack.ImageSpec) (openstack.Image, error) {
	found, err := c.fresh(ctx, spec.ID)
	have := found.Image
	if err != nil {
		return have, err
	}
	defer c.cache.forget(have.ID, have.Name, spec.Name)
	if spec.Name != "" && have.Name != spec.Name {
		if err := c.rename(ctx, have, spec.Name); err != nil {
			return have, err
		}
		have.Path = strings.TrimSuffix(have.Path, have.Name) + spec.Name
		have.Name = spec.Name
	}
	before := have
	if err := c.write(ctx, &have, spec, func(records.Set) error { return nil }); err != nil {
		return before, err
	}
	return have, nil
}

// rename gives an image another name, which no other VM of its folder or item of its library may have.
func (c *Images) rename(ctx context.Context, have openstack.Image, name string) error {
	var err error
	if have.MoRef != "" {
		err = c.renameTemplate(ctx, ref{Type: "VirtualMachine", Value: have.MoRef}, name)
	} else {
		err = c.renameItem(ctx, have.ID, name)
	}
	if faults.Is[*types.DuplicateName](err) || nameTaken(err) {
		return openstack.AttributeErrorf("name", "the image %s is not renamed: beside it (%s) there is %q already. Choose another name",
			have.Name, have.Path, name)
	}
	return faults.Explain("renaming the image "+have.Name, err)
}

func (c *Images) renameTemplate(ctx context.Context, vm ref, name string) error {
	how := &wire.TaskRun{On: vm, Kind: "Rename_Task"}
	return c.wire.RunIdempotentWith(ctx, how, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.Rename_Task(ctx, vim, &types.Rename_Task{This: vm, NewName: property.EscapeName(name)})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}

func (c *Images) renameItem(ctx context.Context, id, name string) error {
	api, err := c.wire.API(ctx)
	if err != nil {
		return err
	}
	err = retry.Once(func() error { return library.NewManager(api).UpdateLibraryItem(ctx, &library.Item{ID: id, Name: name}) })
	if err != nil && !nameTaken(err) {
		return fmt.Errorf("the content library refused: %w", faults.BareRefusal(err))
	}
	return err
}
