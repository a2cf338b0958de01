package volumes

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// FromImage makes a volume of an image's disk.
func (v *Volumes) FromImage(context.Context, Request) (openstack.Volume, error) {
	return openstack.Volume{}, openstack.AttributeErrorf("image_id", "no volume is made from an image in this version")
}
