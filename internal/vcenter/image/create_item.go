package image

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// createItem makes an image as an item of a content library.
func (c *Images) createItem(context.Context, Request) (openstack.Image, error) {
	return openstack.Image{}, openstack.NotFound("images are not made yet")
}
