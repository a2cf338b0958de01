// SPDX-License-Identifier: MPL-2.0

package diskimage

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// Inspect refuses a source as Open does, and returns the size of its disk in bytes. It reads tables only: an OVA is looked at as far as it
// is a tar archive, and its size, like that of an ISO image, is 0.
func Inspect(ctx context.Context, source Source) (size int64, err error) {
	if source.ContainerFormat == "ova" || source.ISO() {
		want := "iso"
		if source.ContainerFormat == "ova" {
			want = "tar"
		}
		file, err := openLocal(source.Path)
		if err == nil {
			err = errors.Join(agree(file, want), file.Close())
		}
		return 0, disk.Named(source.name(), err)
	}
	opened, err := Open(ctx, source)
	if err != nil {
		return 0, err
	}
	return opened.Size(), opened.Close()
}
