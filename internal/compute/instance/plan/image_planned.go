// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// plannedImage returns the image that this configuration makes or changes under an id or a name. coming reports that it does not exist
// yet, so that its disk is known only as far as its file is there.
func plannedImage(ctx context.Context, in inputs, id, name string) (image openstack.Image, coming, planned bool, err error) {
	image, planned = in.client.Planned.Images.Lookup(id, name)
	if !planned || image.ID == "" {
		return image, planned, planned, nil
	}
	present, err := in.client.Images.ByID(ctx, image.ID)
	if errors.Is(err, openstack.ErrNotFound) {
		return image, true, true, nil
	}
	present.ImageSpec = image.ImageSpec
	return present.Image, false, true, err
}

// coming reports whether an image is planned and does not exist yet.
func coming(ctx context.Context, in inputs, image openstack.Image) bool {
	_, coming, _, err := plannedImage(ctx, in, image.ID, image.Name)
	return err == nil && coming
}
