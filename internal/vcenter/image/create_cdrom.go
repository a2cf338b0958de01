package image

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// createCDROM makes an image of a CD-ROM as a VM template without a disk.
func (c *Images) createCDROM(context.Context, Request) (openstack.Image, error) {
	return openstack.Image{}, openstack.NotFound("images are not made yet")
}
