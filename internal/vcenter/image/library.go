// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vapi/library"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// libraryItems returns the items that are images of the content libraries that have a name; empty: all of them.
func (c *Images) libraryItems(ctx context.Context, name string) ([]openstack.Image, error) {
	api, err := c.wire.API(ctx)
	if err != nil {
		return nil, err
	}
	manager := library.NewManager(api)
	libraries, err := manager.GetLibraries(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the content libraries failed: %w", faults.BareRefusal(err))
	}
	var out []openstack.Image
	for _, lib := range libraries {
		ids, err := manager.FindLibraryItems(ctx, library.FindItem{LibraryID: lib.ID, Name: name})
		if err != nil {
			return nil, fmt.Errorf("searching the content library %s failed: %w", lib.Name, faults.BareRefusal(err))
		}
		for _, id := range ids {
			item, err := manager.GetLibraryItem(ctx, id)
			if err != nil {
				return nil, fmt.Errorf("reading the content library item %s failed: %w", id, faults.BareRefusal(err))
			}
			if slices.Contains(imageTypes(), item.Type) {
				image, _, err := c.itemImage(ctx, *item, lib.Name)
				if err != nil {
					return nil, err
				}
				out = append(out, image)
			}
		}
	}
	return out, nil
}

func (c *Images) libraryItem(ctx context.Context, id string) (Template, error) {
	api, err := c.wire.API(ctx)
	if err != nil {
		return Template{}, err
	}
	manager := library.NewManager(api)
	item, err := manager.GetLibraryItem(ctx, id)
	if wire.RESTNotFound(err) || err == nil && item.ID == "" {
		return Template{}, openstack.NotFound("no VM template and no content library item has the id %q", id)
	}
	if err != nil {
		return Template{}, fmt.Errorf("reading the content library item %s failed: %w", id, faults.BareRefusal(err))
	}
	lib, err := manager.GetLibraryByID(ctx, item.LibraryID)
	if err != nil {
		return Template{}, fmt.Errorf("reading the content library of item %s failed: %w", item.Name, faults.BareRefusal(err))
	}
	image, recorded, err := c.itemImage(ctx, *item, lib.Name)
	return Template{Image: image, recorded: recorded}, err
}

// imageTypes are the types of items that are images.
func imageTypes() []string {
	return []string{library.ItemTypeOVF, library.ItemTypeVMTX, library.ItemTypeISO}
}

func (c *Images) itemImage(ctx context.Context, item library.Item, lib string) (openstack.Image, bool, error) {
	image := openstack.Image{SizeBytes: item.Size, Version: item.ContentVersion, Path: lib + "/" + item.Name, ItemType: item.Type}
	image.ImageSpec = openstack.ImageSpec{ID: item.ID, Name: item.Name, DiskFormat: "vmdk", Container: "ova",
		Storage: openstack.StoredInLibrary, Library: lib}
	switch item.Type {
	case library.ItemTypeVMTX:
		image.Container = "bare"
	case library.ItemTypeISO:
		image.Container, image.DiskFormat = "bare", "iso"
	}
	if item.Description != nil {
		image.Mark, image.Description = itemMark(*item.Description)
	}
	if item.CreationTime != nil {
		image.Created = *item.CreationTime
	}
	if image.Updated = image.Created; item.LastModifiedTime != nil {
		image.Updated = *item.LastModifiedTime
	}
	recorded, err := c.describe(ctx, &image, nil, nil)
	return image, recorded, err
}
