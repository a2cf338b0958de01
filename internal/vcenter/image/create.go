// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/upload"
)

// Request is an image that is to be made.
type Request struct {
	openstack.ImageSpec
	Content  *upload.Content // nil: the vCenter fetches URL by itself, into a content library
	URL      string
	Via      string          // upload.ViaHost, upload.ViaVCenter; empty: through the host, or the vCenter where the host cannot be reached
	Checksum string          // MD5 in hex of the file that the content was made of
	FileSize int64           // bytes of that file
	Progress upload.Progress // nil: none
}

// Create makes an image. One that exists comes back although there is an error. What a killed creation of the same configuration and
// content has left is taken up.
func (c *Images) Create(ctx context.Context, r Request) (openstack.Image, error) {
	creation := c.createTemplate
	if r.Storage == openstack.StoredInLibrary {
		creation = c.createItem
	}
	made, err := creation(ctx, r)
	if made.ID == "" || err != nil {
		return made, err
	}
	return c.record(ctx, made, r)
}
