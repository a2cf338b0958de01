// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vapi/library"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/upload"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// createItem makes an image as an item of a content library. The item is there before its files are; without them it is nothing, and
// goes again after an error.
func (c *Images) createItem(ctx context.Context, r Request) (openstack.Image, error) {
	files, err := itemFiles(r)
	if err != nil {
		return openstack.Image{}, err
	}
	api, err := c.wire.API(ctx)
	if err != nil {
		return openstack.Image{}, err
	}
	m := library.NewManager(api)
	lib, err := c.writableLibrary(ctx, m, r.Library)
	if err != nil {
		return openstack.Image{}, err
	}
	item, whole, err := c.claimItem(ctx, m, *lib, r, files)
	if err != nil {
		return openstack.Image{}, err
	}
	if !whole {
		at := upload.Item{ID: item.ID, Path: lib.Name + "/" + r.Name}
		if err := upload.Fill(ctx, c.wire, at, files, r.Progress); err != nil {
			return c.dropItem(ctx, m, item, r, err)
		}
	}
	made, err := c.libraryItem(ctx, item.ID)
	if err != nil {
		return openstack.Image{ImageSpec: withID(r.ImageSpec, item.ID)}, err
	}
	return made.Image, nil
}

func withID(spec openstack.ImageSpec, id string) openstack.ImageSpec {
	spec.ID = id
	return spec
}

// writableLibrary finds a library by its name. One that is subscribed to another takes nothing.
func (c *Images) writableLibrary(ctx context.Context, m *library.Manager, name string) (*library.Library, error) {
	all, err := m.GetLibraries(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the content libraries failed: %w", faults.BareRefusal(err))
	}
	var names []string
	for i := range all {
		names = append(names, all[i].Name)
		switch {
		case all[i].Name != name:
		case all[i].Type == "SUBSCRIBED":
			return nil, openstack.AttributeErrorf("library", "the content library %q is subscribed to another one, which alone can be "+
				"written to: name that, or a local library", name)
		default:
			return &all[i], nil
		}
	}
	return nil, openstack.AttributeErrorf("library", "%w", faults.NoSuch("content library", name, "the vCenter", names))
}

// claimItem makes the item, or takes up the one that a killed process has left. whole is true where that has all of its files.
func (c *Images) claimItem(ctx context.Context, m *library.Manager, lib library.Library, r Request,
	files []upload.File) (library.Item, bool, error) {
	kind := library.ItemTypeOVF
	if r.DiskFormat == "iso" {
		kind = library.ItemTypeISO
	}
	wanted := fingerprint(r)
	item := library.Item{Name: r.Name, LibraryID: lib.ID, Type: kind, Description: described(c.records.Mark(wanted))}
	id, err := m.CreateLibraryItem(ctx, item)
	if err == nil {
		item.ID = id
		return item, false, nil
	}
	if !wire.AlreadyExists(err) && !faults.OutcomeUnknown(err) {
		return item, false, fmt.Errorf("making the item %s in the content library %s failed: %w", r.Name, lib.Name,
			faults.WithoutRequest(faults.BareRefusal(err)))
	}
	there, looked := itemNamed(ctx, m, lib, r.Name)
	switch {
	case looked != nil:
		return item, false, errors.Join(err, looked)
	case there != nil:
		whole, err := c.takeUp(ctx, m, lib, *there, wanted, files)
		if whole || err != nil {
			return *there, whole, err
		}
	case wire.AlreadyExists(err):
		return item, false, openstack.AttributeErrorf("name", "the content library %s refuses %q as taken, but shows no such item: the account "+
			"may not see it; choose another name", lib.Name, r.Name)
	}
	if item.ID, err = m.CreateLibraryItem(ctx, item); err != nil { // the first request did not arrive, or what was half made is gone
		return item, false, fmt.Errorf("making the item %s in the content library %s failed: %w", r.Name, lib.Name,
			faults.WithoutRequest(faults.BareRefusal(err)))
	}
	return item, false, nil
}

// itemNamed finds an item of a library; nil: there is none.
func itemNamed(ctx context.Context, m *library.Manager, lib library.Library, name string) (*library.Item, error) {
	ids, err := m.FindLibraryItems(ctx, library.FindItem{LibraryID: lib.ID, Name: name})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	item, err := m.GetLibraryItem(ctx, ids[0])
	if wire.RESTNotFound(err) {
		return nil, nil
	}
	return item, err
}

// takeUp reports whether an item of the same configuration and content is whole. One that a killed process has left half made is deleted:
// if that process lives after all, nothing that it does touches the item that comes instead. Any other item is refused.
func (c *Images) takeUp(ctx context.Context, m *library.Manager, lib library.Library, there library.Item, wanted string,
	files []upload.File) (whole bool, err error) {
	var mark *openstack.Mark
	if there.Description != nil {
		mark, _ = itemMark(*there.Description)
	}
	finished, err := c.finished(ctx, there.ID, mark)
	if err != nil {
		return false, err
	}
	whose := ""
	switch {
	case mark == nil:
		whose = "that this provider did not make"
	case !c.sameCreation(mark, wanted):
		whose = "of another configuration or content" + mark.Clause()
	case finished:
		whose = "of a configuration equal to this one" + mark.Clause() + ", and its creation was finished. It may belong to another workspace"
	}
	if whose != "" {
		return false, openstack.AttributeErrorf("name", "the content library %s has an item %q already, %s. Choose another name. %s",
			lib.Name, there.Name, whose, openstack.ImportHint("novasphere_images_image", there.ID))
	}
	of := upload.Item{ID: there.ID, Path: lib.Name + "/" + there.Name}
	kept, err := upload.Kept(ctx, c.wire, of, c.Uploads.Quiet)
	if kept {
		return false, beingSentError(there.Name, *mark)
	}
	if err == nil {
		err = upload.Abandon(ctx, c.wire, of)
	}
	if err != nil {
		return false, err
	}
	has, err := m.ListLibraryItemFiles(ctx, there.ID)
	if err != nil {
		return false, fmt.Errorf("reading the files of the content library item %s/%s failed: %w", lib.Name, there.Name,
			faults.BareRefusal(err))
	}
	if complete(has, files) {
		return true, nil
	}
	return false, deleteEmpty(ctx, m, there)
}

// complete reports whether an item has the files that it is to have. It has none before all are whole. What the vCenter fetches may be
// unpacked on its way; of a disk it may tell another size than was sent.
func complete(has []library.File, files []upload.File) bool {
	for _, f := range files {
		if f.Content == nil {
			return len(has) > 0
		}
		if !slices.ContainsFunc(has, func(h library.File) bool { return h.Name == f.Name }) {
			return false
		}
	}
	return true
}

// dropItem deletes an item that leads to nothing, even after an interrupt, and gives why. One that cannot be deleted comes back. One that
// another process has finished is that process's.
func (c *Images) dropItem(ctx context.Context, m *library.Manager, item library.Item, r Request, why error) (openstack.Image, error) {
	ctx, stop := openstack.Uninterrupted(ctx)
	defer stop()
	mark, _ := itemMark(*item.Description)
	finished, err := c.finished(ctx, item.ID, mark)
	if finished {
		return openstack.Image{}, errors.Join(why, finishedError(r.Name, item.ID, *mark))
	}
	if err == nil {
		err = deleteEmpty(ctx, m, item)
	}
	if err == nil {
		return openstack.Image{}, why
	}
	return openstack.Image{ImageSpec: withID(r.ImageSpec, item.ID)}, errors.Join(why, err)
}

// deleteEmpty deletes an item without content. One that is gone is no error.
func deleteEmpty(ctx context.Context, m *library.Manager, item library.Item) error {
	err := m.DeleteLibraryItem(ctx, &item)
	if faults.OutcomeUnknown(err) {
		err = m.DeleteLibraryItem(ctx, &item)
	}
	if err == nil || wire.RESTNotFound(err) {
		return nil
	}
	return fmt.Errorf("the content library item %s, which has no content, could not be deleted: %w", item.Name,
		faults.WithoutRequest(faults.BareRefusal(err)))
}
