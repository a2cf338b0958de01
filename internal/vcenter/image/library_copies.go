package image

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vapi/vcenter"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// CloneSource returns the template that instances of an image on a datastore are cloned from. A library item is deployed once per
// datastore and version, and kept as a template. Concurrent callers wait for the same deployment.
func (c *Images) CloneSource(ctx context.Context, image Template, pool ref, store mo.Datastore) (Template, error) {
	if image.Library == "" {
		return image, nil
	}
	return c.cache.slot(image.ID + "@" + store.Self.Value).Get(func() (Template, error) { return c.deployed(ctx, image, pool, store) })
}

func (c *Images) deployed(ctx context.Context, image Template, pool ref, store mo.Datastore) (Template, error) {
	name := fmt.Sprintf("%s%s-v%s-%s", inventory.DeployedPrefix, image.ID, image.Version, store.Self.Value)
	folder, err := c.inventory.Places.Folder(ctx, records.Folder, true)
	if err != nil {
		return Template{}, err
	}
	dc, err := c.inventory.Places.Datacenter(ctx)
	if err != nil {
		return Template{}, err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return Template{}, err
	}
	path := dc.Kept + "/vm/" + records.Folder + "/" + name
	found, err := wire.FindByPath(ctx, vim, path)
	if err != nil {
		return Template{}, faults.Explain("looking for the deployed image "+name, err)
	}
	if found == nil {
		if found, err = c.deploy(ctx, image, name, folder, pool, store); err != nil {
			return Template{}, err
		}
		if found == nil { // another process was first
			if found, err = wire.FindByPath(ctx, vim, path); err != nil || found == nil {
				return Template{}, fmt.Errorf("the image %s is being deployed by somebody else as %s, which cannot be found: %w", image.Path, path,
					errors.Join(err, openstack.ErrNotFound))
			}
		}
	}
	if err := c.completed(ctx, *found, name, path); err != nil {
		return Template{}, err
	}
	copied, err := c.readTemplate(ctx, *found)
	if image.recorded {
		copied.Properties = image.Properties
	} else {
		copied.Properties = mergedProperties(copied.Properties, image.Properties)
	}
	return copied, err
}

// deploy makes the copy and turns it into a template. It returns nil without an error if the name was taken meanwhile.
func (c *Images) deploy(ctx context.Context, image Template, name string, folder, pool ref, store mo.Datastore) (*ref, error) {
	api, err := c.wire.API(ctx)
	if err != nil {
		return nil, err
	}
	manager := vcenter.NewManager(api)
	ctx, stop := openstack.Uninterrupted(ctx) // half a deployment is of no use
	defer stop()
	var made *ref
	if image.ItemType == library.ItemTypeVMTX {
		made, err = manager.DeployTemplateLibraryItem(ctx, image.ID, vcenter.DeployTemplate{
			Name: name, Placement: &vcenter.Placement{Folder: folder.Value, ResourcePool: pool.Value},
			DiskStorage: &vcenter.DiskStorage{Datastore: store.Self.Value}, VMHomeStorage: &vcenter.DiskStorage{Datastore: store.Self.Value},
		})
	} else {
		made, err = manager.DeployLibraryItem(ctx, image.ID, vcenter.Deploy{
			DeploymentSpec: vcenter.DeploymentSpec{Name: name, AcceptAllEULA: true, DefaultDatastoreID: store.Self.Value,
				Annotation: "Copy of content library item " + image.Path + ", which instances are cloned from."},
			Target: vcenter.Target{ResourcePoolID: pool.Value, FolderID: folder.Value},
		})
	}
	if nameTaken(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("deploying the content library item %s to datastore %s failed: %w", image.Path, store.Name,
			faults.BareRefusal(err))
	}
	return made, c.finish(ctx, *made, name)
}

// nameTaken reports whether a deployment was refused because its name is taken, which vCenter tells in three ways.
func nameTaken(err error) bool {
	return err != nil && (wire.AlreadyExists(err) || strings.Contains(err.Error(), "AlreadyExists") ||
		strings.Contains(err.Error(), "DuplicateName"))
}

// finish writes our mark on a copy and turns it into a template.
func (c *Images) finish(ctx context.Context, copied ref, name string) error {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	mark := types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: records.MarkKey,
		Value: records.MarkText(c.records.Mark(""))}}}
	if err := retry.Once(func() error { return c.wire.Reconfigure(ctx, copied, name, mark) }); err != nil {
		return err
	}
	_, err = methods.MarkAsTemplate(ctx, vim, &types.MarkAsTemplate{This: copied})
	if faults.NoResponse(err) {
		_, err = methods.MarkAsTemplate(ctx, vim, &types.MarkAsTemplate{This: copied})
		if !faults.NoResponse(err) {
			return nil // it is a template, or awaitTemplate waits for it and names it if it never becomes one
		}
	}
	return faults.Explain("turning the deployed image "+name+" into a template", err)
}

// completed ensures that a copy is a template. It finishes a copy left by a process that was killed long ago, and waits for one that
// another process is making.
func (c *Images) completed(ctx context.Context, vm ref, name, path string) error {
	copied, err := wire.Read[mo.VirtualMachine](ctx, c.wire, vm, []string{"summary.config.template", "config.createDate"})
	if err != nil {
		return faults.Explain("reading the deployed image "+name, err)
	}
	old := copied.Config != nil && copied.Config.CreateDate != nil && time.Since(*copied.Config.CreateDate) > c.AbandonedAfter
	if !copied.Summary.Config.Template && old && c.wire.Settled(ctx, vm) {
		if err := c.finish(ctx, vm, name); err != nil {
			return err
		}
	}
	return c.awaitTemplate(ctx, vm, path)
}

// awaitTemplate waits until a copy is a template.
func (c *Images) awaitTemplate(ctx context.Context, vm ref, path string) error {
	ctx, stop := context.WithTimeout(ctx, 20*time.Minute)
	defer stop()
	err := c.wire.Until(ctx, vm, []string{"summary.config.template"}, func(content types.ObjectContent, found bool) (bool, error) {
		var machine mo.VirtualMachine
		if !found {
			return true, fmt.Errorf("%s: %w", path, openstack.ErrNotFound)
		}
		err := property.Load(content, &machine)
		return machine.Summary.Config.Template, err
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s is half made: whoever deployed it did not finish; delete that VM and apply again", path)
	}
	return err
}
