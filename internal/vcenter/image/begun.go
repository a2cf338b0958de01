// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// begun finds what an earlier creation of the same image has left; nil: nothing. A VM whose disk is still being sent is waited for until
// its lease is over: the vCenter removes it then, unless it is whole. One that somebody else has made, or of another configuration, is an
// error.
func (c *Images) begun(ctx context.Context, want creation) (*ref, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	found, err := wire.FindByPath(ctx, vim, want.path)
	if err != nil {
		return nil, faults.Explain("looking for the image "+want.Name, err)
	}
	if err := c.idFree(ctx, want, found); err != nil || found == nil {
		return nil, err
	}
	err = retry.Until(ctx, time.Now().Add(c.Uploads.Patience), func(err error) bool { return errors.Is(err, errLeased) },
		func() error { return c.settled(ctx, *found, want) })
	switch {
	case errors.Is(err, openstack.ErrNotFound):
		return nil, nil
	case errors.Is(err, errUnfilled):
		return nil, c.discard(ctx, *found, want)
	case err != nil && !errors.Is(err, errLeased):
		return nil, err
	}
	return found, nil
}

// idFree refuses an id that somebody has chosen and that a machine has already, other than what an earlier creation has left: a vCenter
// would quietly choose another id for the second.
func (c *Images) idFree(ctx context.Context, want creation, left *ref) error {
	if !want.given {
		return nil
	}
	vm, err := c.machineOf(ctx, want.id)
	if err != nil || vm == nil || left != nil && *left == *vm {
		return err
	}
	found, err := wire.Read[mo.VirtualMachine](ctx, c.wire, *vm, []string{"name"})
	if errors.Is(err, openstack.ErrNotFound) {
		return nil
	}
	if err != nil {
		return faults.Explain("reading the machine with the id "+want.id, err)
	}
	return openstack.AttributeErrorf("image_id", "the machine or image %q has the id %s already: write another id, or none", found.Name,
		want.id)
}

// discard removes a machine whose content never came, unless it is coming.
func (c *Images) discard(ctx context.Context, vm ref, want creation) error {
	growing, err := c.Uploads.Growing(ctx, vm, want.Machine)
	if growing {
		return beingSentError(want.Name, want.mark)
	}
	if err != nil {
		return err
	}
	return c.Uploads.Discard(ctx, vm, want.Machine)
}

// errUnfilled is about a VM whose disk was to come through the vCenter alone, and did not.
var errUnfilled = errors.New("the disk never came")

// errLeased is about a VM whose disk may still be being sent.
var errLeased = errors.New("the disk is still being sent")

// settled looks at the VM with the name of an image. It is errLeased as long as the vCenter is making any VM, or copying any disk, and this
// one is no template: a task does not tell which lease is its own. ErrNotFound means that the VM is gone.
func (c *Images) settled(ctx context.Context, vm ref, want creation) error {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	making, err := c.wire.AnyRecent(ctx, vim, func(info types.TaskInfo) bool { // asked first: a VM whose lease ends in between is gone then
		described := strings.ToLower(info.DescriptionId)
		return strings.Contains(described, "importvapp") || strings.Contains(described, "createvm") ||
			strings.Contains(described, "copyvirtualdisk")
	})
	if err != nil {
		return faults.Explain("looking whether the image "+want.Name+" is being made", err)
	}
	found, err := wire.Read[mo.VirtualMachine](ctx, c.wire, vm, []string{"config", "summary.config.template"})
	switch {
	case errors.Is(err, openstack.ErrNotFound):
		return err
	case err != nil:
		return faults.Explain("reading the image "+want.Name, err)
	case found.Config == nil: // it is being made
		return errLeased
	}
	if err := c.ours(ctx, found, want); err != nil {
		return err
	}
	empty := !filled(found.Config.Hardware.Device, want.Content.ISO)
	switch {
	case found.Summary.Config.Template:
		return nil
	case making && empty:
		return fmt.Errorf("%w: %w", errLeased, errUnfilled)
	case making:
		return errLeased
	case empty:
		return errUnfilled
	}
	return nil
}

// filled reports whether the machine of an image has its content: a disk, or an ISO file in its drive.
func filled(devices []types.BaseVirtualDevice, iso bool) bool {
	if iso {
		return hardware.Inserted(devices).File != ""
	}
	return hardware.RootDisk(devices) != nil
}

// ours refuses a VM that has the name of an image and is not what an earlier creation has left of it.
func (c *Images) ours(ctx context.Context, vm mo.VirtualMachine, want creation) error {
	id := strings.ToLower(vm.Config.InstanceUuid)
	mark := markAt(property.ExtraConfig(vm.Config.ExtraConfig), id)
	_, twin := c.made.Load(id)
	hint := openstack.ImportHint("novasphere_images_image", id)
	switch {
	case twin && id != want.id:
		return twinError(want.Name)
	case mark == nil:
		return openstack.AttributeErrorf("name", "a VM called %q exists already among the images (%s), and this provider did not make it. "+
			"Choose another name. %s", want.Name, Folder, hint)
	case !c.sameCreation(mark, want.mark.Fingerprint) || want.given && id != want.id:
		return openstack.AttributeErrorf("name", "an image called %q exists already, from another configuration or file%s. Choose another "+
			"name. %s%s", want.Name, mark.Clause(), hint, besides)
	}
	finished, err := c.finished(ctx, id, mark)
	if finished {
		err = finishedError(want.Name, id, *mark)
	}
	return err
}

// twinError refuses the second of two images of a configuration that have one name.
func twinError(name string) error {
	return openstack.AttributeErrorf("name", "another image of this configuration is called %q too: names are unique among the images of a "+
		"vCenter, so choose another", name)
}

// beingSentError refuses an image of a configuration that another process makes an image of at the same time.
func beingSentError(name string, mark openstack.Mark) error {
	return openstack.AttributeErrorf("name", "an image called %q is being sent at this moment, from a configuration equal to this one%s. If "+
		"that is another workspace's, choose another name. Else wait until it has ended, and apply again", name, mark.Clause())
}

// besides says what to do where an image that exists is the one that is being replaced.
const besides = "\n\nIf it is the one that this replaces (create_before_destroy): names are unique among the images of a vCenter, so " +
	"take create_before_destroy out, or let the name change with the file"
