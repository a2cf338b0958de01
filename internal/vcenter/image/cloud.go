// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Lookup finds the one image that a query means in source; empty: in vCenter, then in OpenStack. It returns the source it was found in.
func (c *Images) Lookup(ctx context.Context, source string, q Query) (image openstack.Image, in string, err error) {
	return openstack.Lookup(source, c.cloud,
		func() (openstack.Image, error) { return c.Find(ctx, q) },
		func() (openstack.Image, error) { return c.inCloud(ctx, q) })
}

func (c *Images) inCloud(ctx context.Context, q Query) (openstack.Image, error) {
	all, err := c.cloud.Images(ctx)
	if err != nil {
		return openstack.Image{}, err
	}
	var names []string
	var matches []openstack.Image
	for _, i := range all {
		names = append(names, i.Name)
		if (q.ID == "" || i.ID == q.ID) && q.fits(i) {
			matches = append(matches, i)
		}
	}
	switch {
	case len(matches) == 1, len(matches) > 1 && q.MostRecent:
		return newest(matches), nil
	case len(matches) > 1:
		return openstack.Image{}, fmt.Errorf("%d images of %s fit: %s; name one by its id, narrow the search, or set most_recent = true",
			len(matches), openstack.TheCloud(c.cloud), imageList(matches))
	case q.ID != "":
		return openstack.Image{}, openstack.NotFound("no image %s in %s", q.ID, openstack.TheCloud(c.cloud))
	case q.Name != "" && !slices.Contains(names, q.Name):
		return openstack.Image{}, faults.NoSuch("image", q.Name, openstack.TheCloud(c.cloud), names)
	}
	return openstack.Image{}, openstack.NotFound("no image of %s fits", openstack.TheCloud(c.cloud))
}

// Bootable finds the image that an instance is made from: a template or a library item. The error for an image that is only in OpenStack
// tells what to do. Either of id and name may be empty.
func (c *Images) Bootable(ctx context.Context, id, name string) (openstack.Image, error) {
	image, in, err := c.Lookup(ctx, "", Query{ID: id, Name: name})
	if err != nil || in == openstack.SourceVCenter {
		return image, err
	}
	is := fmt.Sprintf("the image %q is in %s with the id %s", image.Name, openstack.TheCloud(c.cloud), image.ID)
	twin, err := c.Find(ctx, Query{Name: image.Name})
	switch {
	case id != "" && err == nil:
		return openstack.Image{}, fmt.Errorf("%s; the one of that name in this vCenter has the id %s: write image_name, or that id", is, twin.ID)
	case err != nil && !errors.Is(err, openstack.ErrNotFound):
		return openstack.Image{}, err
	}
	return openstack.Image{}, fmt.Errorf("%s, and no template or library item of this vCenter has that name: an instance is cloned from "+
		"one of those. %s, and call it %q", is, vmspec.ComesHere(image), image.Name)
}
