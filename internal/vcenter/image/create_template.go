// SPDX-License-Identifier: MPL-2.0

package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/upload"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Folder is the VM folder in which images are made, below the datacenter's.
const Folder = records.Folder + "/images"

// creation is a template that is to be made.
type creation struct {
	upload.Machine
	id    string
	given bool // the id is the configuration's
	mark  openstack.Mark
	path  string // its inventory path, in the vCenter's own escaping
}

// createTemplate makes an image as a VM template: with a disk, or with a CD-ROM drive alone that holds an ISO file. Its id is chosen before
// anything is sent. Its name is unique in the folder, so what a killed creation has left is found by it.
func (c *Images) createTemplate(ctx context.Context, r Request) (openstack.Image, error) {
	want, err := c.creationOf(ctx, r)
	if err != nil {
		return openstack.Image{}, err
	}
	if _, twin := c.making.LoadOrStore(want.path, true); twin {
		return openstack.Image{}, twinError(want.Name)
	}
	defer c.making.Delete(want.path)
	vm, err := c.makeTemplate(ctx, want)
	if err != nil {
		return openstack.Image{}, err
	}
	made, err := c.marked(ctx, vm, want)
	if err != nil {
		// what a killed creation has left has an id of its own
		return openstack.Image{ImageSpec: openstack.ImageSpec{ID: cmp.Or(made.ID, want.id), Name: want.Name}, MoRef: vm.Value}, err
	}
	c.made.Store(made.ID, true)
	c.cache.keep(made)
	return made.Image, nil
}

// creationOf decides all about a template before anything is sent.
func (c *Images) creationOf(ctx context.Context, r Request) (creation, error) {
	out := creation{id: r.ID, mark: c.records.Mark(fingerprint(r)), given: r.ID != ""}
	if out.id == "" {
		out.id = uuid.NewString()
	}
	capacity := r.Content.Capacity
	if r.Content.ISO { // a CD-ROM image is no disk
		capacity = 0
	}
	spec, err := vmspec.ImageMachine{ID: out.id, Name: property.EscapeName(r.Name), Properties: r.Properties, Capacity: capacity,
		Extra: extraOf(r, out.id, out.mark)}.Spec()
	if err != nil {
		return out, openstack.AttributeErrorf("properties", "%w", err)
	}
	out.Machine = upload.Machine{Name: r.Name, Spec: spec, Content: r.Content, Via: r.Via, Sent: r.Progress}
	dc, err := c.inventory.Places.Datacenter(ctx)
	if err != nil {
		return out, err
	}
	out.path = dc.Kept + "/vm/" + Folder + "/" + spec.Name
	return out, c.place(ctx, &out.Machine)
}

// place finds where a template goes: on a datastore that every host of the default zone's cluster can clone from.
func (c *Images) place(ctx context.Context, m *upload.Machine) error {
	at, err := c.inventory.Target(ctx, "", "")
	if err != nil {
		return err
	}
	may, err := at.Candidates(ctx, "")
	if err != nil {
		return err
	}
	if may.All, err = at.Shared(ctx, may.All); err != nil {
		return err
	}
	m.Store = at.Emptiest(may.All, m.Content.Length)
	if free := m.Store.Summary.FreeSpace; free < m.Content.Length {
		return fmt.Errorf("the image %s needs %d MiB at least, and of the datastores that images may be made on %s has the most space free, "+
			"which is %d MiB", m.Name, m.Content.Length>>20, m.Store.Name, free>>20)
	}
	m.Spec.Files = &types.VirtualMachineFileInfo{VmPathName: "[" + property.EscapeName(m.Store.Name) + "]"}
	if m.Pool, err = at.Pool(ctx); err != nil {
		return err
	}
	if m.Folder, err = c.inventory.Places.Folder(ctx, Folder, true); err != nil {
		return err
	}
	if drs, err := at.Drs(ctx); drs || err != nil {
		return err
	}
	m.Host, err = at.HostOn(ctx, m.Store.Self)
	return err
}

// makeTries is how often a template is begun whose name was taken in between, or of which no answer came.
const makeTries = 4

// makeTemplate makes the VM of a template, or takes up what a killed creation has left of it.
func (c *Images) makeTemplate(ctx context.Context, want creation) (vm ref, err error) {
	c.made.Store(want.id, true)
	for range makeTries {
		found, failed := c.begun(ctx, want)
		if failed != nil {
			return ref{}, errors.Join(err, failed)
		}
		if found != nil {
			return *found, nil
		}
		vm, err = c.Uploads.Make(ctx, want.Machine)
		if err == nil || !faults.OutcomeUnknown(err) && !errors.Is(err, upload.ErrNameTaken) {
			return vm, err
		}
	}
	return vm, err
}

// marked turns the VM of an image into a template, which may be repeated, and reads it.
func (c *Images) marked(ctx context.Context, vm ref, want creation) (Template, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return Template{}, err
	}
	mark := func() error {
		_, err := methods.MarkAsTemplate(ctx, vim, &types.MarkAsTemplate{This: vm})
		return err
	}
	err = mark()
	if faults.NoResponse(err) {
		err = mark()
	}
	made, failed := c.locatedTemplate(ctx, vm)
	switch {
	case failed == nil && !want.Content.ISO && made.SizeBytes != want.Content.Capacity:
		return made, fmt.Errorf("the image %s has a disk of %d MiB, and %d MiB were sent", want.Name, made.SizeBytes>>20,
			want.Content.Capacity>>20)
	case failed == nil:
		return made, nil
	}
	return made, errors.Join(faults.Explain("turning the image "+want.Name+" into a template", err), failed)
}
