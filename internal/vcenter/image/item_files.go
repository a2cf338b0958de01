// SPDX-License-Identifier: MPL-2.0

package image

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/upload"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Names of the files in an item of ours.
const (
	descriptorFile = "image.ovf"
	diskFile       = "disk-0.vmdk"
	cdromFile      = "image.iso"
	packageFile    = "image.ova"
)

// itemFiles are the files that make an item of an image. A disk lies beside the descriptor of a machine that has it.
func itemFiles(r Request) ([]upload.File, error) {
	switch {
	case r.Content == nil && r.DiskFormat == "iso":
		return []upload.File{{Name: cdromFile, URL: r.URL}}, nil
	case r.Content == nil && r.Container == "ova":
		return []upload.File{{Name: packageFile, URL: r.URL}}, nil
	case r.Content == nil:
		return nil, openstack.AttributeErrorf("web_download", "a vCenter fetches only files that it takes as they are: an ISO image "+
			"(disk_format = \"iso\") or an OVA (container_format = \"ova\"). With image_source_url without web_download this machine fetches and "+
			"converts the image")
	case r.Content.ISO:
		return []upload.File{{Name: cdromFile, Content: r.Content}}, nil
	}
	spec, err := vmspec.ImageMachine{Name: r.Name, Properties: r.Properties, Capacity: r.Content.Capacity}.Spec()
	if err != nil {
		return nil, err
	}
	descriptor, err := upload.Descriptor(spec, diskFile, r.Content)
	if err != nil {
		return nil, err
	}
	return []upload.File{{Name: descriptorFile, Content: textContent("the OVF descriptor", descriptor)},
		{Name: diskFile, Content: r.Content}}, nil
}

// textContent is a short file.
func textContent(name string, text []byte) *upload.Content {
	sum := sha256.Sum256(text)
	return &upload.Content{Name: name, Open: func() io.ReadSeeker { return bytes.NewReader(text) }, Length: int64(len(text)),
		SHA256: hex.EncodeToString(sum[:])}
}
