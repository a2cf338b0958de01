// SPDX-License-Identifier: MPL-2.0

package image

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// Find finds the one image that a query means. If there is none, or several without MostRecent, the error lists what there is.
func (c *Images) Find(ctx context.Context, q Query) (openstack.Image, error) {
	if q.ID != "" {
		found, err := c.ByID(ctx, q.ID)
		if err == nil && q.Name != "" && found.Name != q.Name {
			return openstack.Image{}, openstack.NotFound("image %s is called %q, not %q", q.ID, found.Name, q.Name)
		}
		if err == nil && !q.fits(found.Image) {
			return openstack.Image{}, openstack.NotFound("the image %s (%s) is not as the search says", found.Name, q.ID)
		}
		return found.Image, err
	}
	if q.onlyName() {
		found, err := c.cache.slot("name " + q.Name).Get(func() (Template, error) {
			image, err := c.search(ctx, q)
			return Template{Image: image}, err
		})
		return found.Image, err
	}
	return c.search(ctx, q)
}

// List returns the images that fit, in no order.
func (c *Images) List(ctx context.Context, q Query) ([]openstack.Image, error) {
	all, err := c.candidates(ctx, q)
	return slices.DeleteFunc(slices.Clone(all), func(i openstack.Image) bool { return !q.fits(i) }), err
}

func (c *Images) search(ctx context.Context, q Query) (openstack.Image, error) {
	all, err := c.candidates(ctx, q)
	if err != nil {
		return openstack.Image{}, err
	}
	matches := slices.DeleteFunc(slices.Clone(all), func(i openstack.Image) bool { return !q.fits(i) })
	switch {
	case len(matches) == 1, len(matches) > 1 && q.MostRecent:
		return newest(matches), nil
	case len(matches) > 1:
		return openstack.Image{}, fmt.Errorf("%d images fit: %s; name one by its id, narrow the search, or set most_recent = true", len(matches),
			imageList(matches))
	}
	return openstack.Image{}, c.noSuch(ctx, q)
}

// newest returns the image that was made last.
func newest(images []openstack.Image) openstack.Image {
	return slices.MaxFunc(images, func(a, b openstack.Image) int { return a.Created.Compare(b.Created) })
}

// candidates returns the images that may fit. A name is looked up folder by folder, so that the cost does not grow with the number of
// VMs; a template takes precedence over a library item of the same name. Anything else needs the whole list.
func (c *Images) candidates(ctx context.Context, q Query) ([]openstack.Image, error) {
	if q.Name == "" {
		return c.allImages(ctx)
	}
	found, err := c.templatesNamed(ctx, q.Name)
	if err != nil || len(found) > 0 {
		return found, err
	}
	return c.libraryItems(ctx, q.Name)
}

// allImages returns the templates and the library items.
func (c *Images) allImages(ctx context.Context) ([]openstack.Image, error) {
	templates, err := c.allTemplates(ctx)
	if err != nil {
		return nil, err
	}
	items, err := c.libraryItems(ctx, "")
	return append(templates, items...), err
}

func (c *Images) noSuch(ctx context.Context, q Query) error {
	all, err := c.allImages(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, image := range all {
		switch {
		case image.Hidden == q.Hidden:
			names = append(names, image.Name)
		case q.Name == image.Name && image.Hidden:
			return openstack.NotFound("the image %s (id %s) is hidden: name it by its id, or search with hidden = true", image.Name, image.ID)
		}
	}
	if q.Name != "" && !slices.Contains(names, q.Name) {
		return faults.NoSuch("image (VM template or content library item)", q.Name, "datacenter "+c.inventory.Places.DatacenterPath(), names)
	}
	slices.Sort(names)
	return openstack.NotFound("no image fits; there are %s", faults.Quoted(slices.Compact(names)))
}

func imageList(images []openstack.Image) string {
	out := make([]string, len(images))
	for i, image := range images {
		out[i] = fmt.Sprintf("%s (id %s, made %s)", cmp.Or(image.Path, image.Name), image.ID, image.Created.UTC().Format("2006-01-02"))
	}
	return strings.Join(out, ", ")
}

// ByID finds a template by its instance UUID, or a library item by its id. Concurrent callers share one look-up.
func (c *Images) ByID(ctx context.Context, id string) (Template, error) {
	id = strings.ToLower(id)
	return c.cache.slot(id).Get(func() (Template, error) {
		vm, err := c.machineOf(ctx, id)
		if err != nil {
			return Template{}, err
		}
		if vm != nil {
			return c.locatedTemplate(ctx, *vm)
		}
		return c.libraryItem(ctx, id)
	})
}

// machineOf finds the VM with an instance UUID, a template or not; nil: there is none.
func (c *Images) machineOf(ctx context.Context, id string) (*ref, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	res, err := methods.FindByUuid(ctx, vim, &types.FindByUuid{This: *vim.ServiceContent.SearchIndex, Uuid: id, VmSearch: true,
		InstanceUuid: types.NewBool(true)})
	if err != nil {
		return nil, faults.Explain("looking for the image "+id, err)
	}
	return res.Returnval, nil
}
