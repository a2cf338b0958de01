// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// Use is what is made of an image, and where.
type Use struct {
	Pool    ref
	Store   mo.Datastore
	Linked  bool  // the disks will be children of the template's
	RootGiB int64 // of linked clones, whose root disk cannot grow; 0: the image's
}

// CloneSource returns the template that a use of an image is cloned from: the image's own, or a copy of it, which is made once per image,
// version, datastore and, for linked clones, size, and kept. There is a copy of each library item that is used, of an image with Cached,
// and for linked clones wherever the image itself has no snapshot on that datastore, or another size. Concurrent callers wait for the same
// copy, and so do other processes: its name is taken by the first.
func (c *Images) CloneSource(ctx context.Context, image Template, use Use) (Template, error) {
	switch {
	case image.serves(use) && use.Linked:
		return c.cache.slot(image.ID + "@" + image.Snapshot).Get(func() (Template, error) { return c.withBases(ctx, image) })
	case image.serves(use):
		return image, nil
	}
	copied := copyFor(image, use)
	return c.cache.slot(image.ID + "@" + copied.name).Get(func() (Template, error) {
		made, err := c.copied(ctx, image, copied)
		if err != nil || !use.Linked {
			return made, err
		}
		return c.withBases(ctx, made)
	})
}

// withBases reads which files linked clones of a template's snapshot hang on.
func (c *Images) withBases(ctx context.Context, of Template) (Template, error) {
	snapshot, err := wire.Read[mo.VirtualMachineSnapshot](ctx, c.wire, ref{Type: "VirtualMachineSnapshot", Value: of.Snapshot},
		[]string{"config"})
	if err != nil {
		return of, faults.Explain("reading the snapshot of the image "+of.Name, err)
	}
	for _, disk := range disksOf(mo.VirtualMachine{Config: &snapshot.Config}) {
		of.Bases = append(of.Bases, chain(disk)...)
	}
	return of, nil
}

// serves reports whether a use needs no copy. A full clone is copied to its datastore by the vCenter.
func (t Template) serves(use Use) bool {
	switch {
	case t.Config == nil:
		return false
	case use.Linked:
		return t.Snapshot != "" && use.RootGiB<<30 <= t.SizeBytes && t.on(use.Store)
	}
	return !t.Cached || t.on(use.Store)
}

// on reports whether the root disk lies on a datastore.
func (t Template) on(store mo.Datastore) bool {
	disk := hardware.RootDisk(t.Config.Hardware.Device)
	if disk == nil {
		return false
	}
	backing, ok := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo)
	return ok && backing.GetVirtualDeviceFileBackingInfo().Datastore != nil &&
		*backing.GetVirtualDeviceFileBackingInfo().Datastore == store.Self
}

// imageCopy is a copy of an image that is to be made, or is there.
type imageCopy struct {
	Use
	name string // tells image, version, size and datastore
}

// longestName is how many characters the name of a VM may have.
const longestName = 80

func copyFor(image Template, use Use) imageCopy {
	which := image.version()
	if use.Linked {
		which += fmt.Sprintf("-%dg", use.RootGiB)
	}
	which += "-" + use.Store.Self.Value
	name := inventory.DeployedPrefix + image.ID + "-v"
	if len(name)+len(which) > longestName {
		which = records.Sum([]byte(which))
	}
	return imageCopy{use, name + which}
}

// version tells one content of an image from another: a library item counts its own, a template of ours never changes, and one that others
// made has another after each change of its configuration.
func (t Template) version() string {
	switch {
	case t.Config == nil:
		return t.Version
	case t.Mark != nil:
		return "1"
	}
	return records.Sum([]byte(t.Config.ChangeVersion))[:8]
}

// copied finds a copy, and makes one that is missing.
func (c *Images) copied(ctx context.Context, image Template, want imageCopy) (Template, error) {
	dc, err := c.inventory.Places.Datacenter(ctx)
	if err != nil {
		return Template{}, err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return Template{}, err
	}
	path := dc.Kept + "/vm/" + records.Folder + "/" + want.name
	found, err := wire.FindByPath(ctx, vim, path)
	if err != nil {
		return Template{}, faults.Explain("looking for the copy "+want.name, err)
	}
	if found == nil {
		if found, err = c.makeCopy(ctx, image, want); err != nil {
			return Template{}, err
		}
	}
	if found == nil { // another process was first
		if found, err = wire.FindByPath(ctx, vim, path); err != nil || found == nil {
			return Template{}, fmt.Errorf("the image %s is being copied by somebody else as %s, which cannot be found: %w", image.Path, path,
				errors.Join(err, openstack.ErrNotFound))
		}
	}
	if err := c.completed(ctx, *found, image, want, path); err != nil {
		return Template{}, err
	}
	copied, err := c.readTemplate(ctx, *found)
	if err != nil {
		return Template{}, err
	}
	return copied.standingFor(image), nil
}

// standingFor is a copy as the image that it is a copy of. What a library item's properties are shows the copy alone.
func (t Template) standingFor(image Template) Template {
	own := t.Properties
	t.ImageSpec, t.Mark, t.recorded = image.ImageSpec, image.Mark, image.recorded
	if image.Config == nil && !image.recorded {
		t.Properties = mergedProperties(own, image.Properties)
	}
	return t
}

// makeCopy makes a copy, up to the template. It returns nil without an error if the name was taken meanwhile.
func (c *Images) makeCopy(ctx context.Context, image Template, want imageCopy) (*ref, error) {
	folder, err := c.inventory.Places.Folder(ctx, records.Folder, true)
	if err != nil {
		return nil, err
	}
	ctx, stop := openstack.Uninterrupted(ctx) // half a copy is of no use
	defer stop()
	var made *ref
	if image.Config == nil {
		made, err = c.deploy(ctx, image, want, folder)
	} else {
		made, err = c.cloneCopy(ctx, image, want, folder)
	}
	if made == nil || err != nil {
		return nil, err
	}
	err = c.finish(ctx, *made, want)
	if err != nil && image.Config == nil {
		err = c.withdraw(ctx, *made, want, err)
	}
	return made, err
}

// withdraw removes a copy of a library item that this process has deployed and cannot make a template of, because it is refused: no other
// process goes on with one that may still be in transfer, and all who use the image would wait for it.
func (c *Images) withdraw(ctx context.Context, copied ref, want imageCopy, refused error) error {
	if faults.OutcomeUnknown(refused) || errors.Is(refused, context.DeadlineExceeded) {
		return refused
	}
	if err := c.wire.Destroy(ctx, copied); err != nil {
		return fmt.Errorf("%w; the half-made copy %s is left, and nobody can use the image until that VM is deleted (%w)", refused, want.name,
			err)
	}
	return refused
}

// completed ensures that a copy is a template. It finishes a copy that a killed process has left, and waits for one that another process
// is making.
func (c *Images) completed(ctx context.Context, vm ref, image Template, want imageCopy, path string) error {
	copied, err := wire.Read[mo.VirtualMachine](ctx, c.wire, vm,
		[]string{"summary.config.template", "config.createDate", "config.extraConfig"})
	if err != nil {
		return faults.Explain("reading the copy "+want.name, err)
	}
	if !copied.Summary.Config.Template && c.abandoned(copied, image) && c.wire.Settled(ctx, vm) {
		if err := c.finish(ctx, vm, want); err != nil {
			return err
		}
	}
	return c.awaitTemplate(ctx, vm, path)
}

// abandoned reports whether a copy on which no task is at work may be finished by any process. A clone may, since two that do the same to
// it do no harm; the transfer of a library item may be going on.
func (c *Images) abandoned(copied mo.VirtualMachine, image Template) bool {
	if copied.Config == nil {
		return false
	}
	old := copied.Config.CreateDate != nil && time.Since(*copied.Config.CreateDate) > c.AbandonedAfter
	return old || image.Config != nil && markOn(copied) != nil
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
		return fmt.Errorf("%s is half made: whoever made it did not finish; delete that VM and apply again", path)
	}
	return err
}
