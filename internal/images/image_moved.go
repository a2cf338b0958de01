// SPDX-License-Identifier: MPL-2.0

package images

import (
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// imageMoves refuses OpenStack's images with what to do: a Glance image is a file in another service, and nothing in a vCenter is it.
var imageMoves = []crud.StateMove[madeModel]{{From: "openstack_images_image_v2", Convert: func(crud.PriorState) (madeModel, error) {
	return madeModel{}, errors.New("an image of OpenStack is a file of Glance, and no vCenter has it: write a removed block with destroy = " +
		"false for openstack_images_image_v2 instead of the moved block, and this resource makes the image anew from the same file. Where a " +
		"template of this vCenter was made of it already, import that by its name")
}}}
