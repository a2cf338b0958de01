package image

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// record writes what a vCenter has no place for on an image.
func (c *Images) record(context.Context, openstack.Image, Request) (openstack.Image, error) {
	return openstack.Image{}, openstack.NotFound("images are not made yet")
}

// Read reads an image as it is, whatever this process knows of it.
func (c *Images) Read(context.Context, string) (openstack.Image, error) {
	return openstack.Image{}, openstack.NotFound("images are not made yet")
}

// Update changes what may be changed of an image: its name, properties, tags, least sizes, visibility, and whether it is protected, hidden
// and cached.
func (c *Images) Update(context.Context, openstack.ImageSpec) (openstack.Image, error) {
	return openstack.Image{}, openstack.NotFound("images are not made yet")
}

// Delete deletes an image that was made by this provider, with its copies. It refuses one that is protected, or that machines are linked
// clones of.
func (c *Images) Delete(context.Context, string) error {
	return openstack.NotFound("images are not made yet")
}
