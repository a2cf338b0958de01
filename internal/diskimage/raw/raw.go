// SPDX-License-Identifier: MPL-2.0

// Package raw reads a disk that lies in a file as it is.
package raw

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// Reader is the virtual disk of a raw image: the file itself.
type Reader struct {
	disk.File
}

var _ disk.Image = Reader{}

// Open returns the disk that lies in a file. Its format is not checked here, for every content is a raw disk.
func Open(_ context.Context, file disk.File) (Reader, error) {
	switch size := file.Size(); {
	case size == 0:
		return Reader{}, disk.Refusef("transfer it again", "is empty")
	case size > disk.Largest:
		return Reader{}, disk.Refusef("", "has %d bytes, and vSphere has disks of at most 62 TiB", size)
	}
	return Reader{file}, nil
}

// Close does nothing: a Reader has no files of its own.
func (r Reader) Close() error { return nil }

// NextData returns the next extent that is no hole of the file, or the rest of the file where holes are not known.
func (r Reader) NextData(offset int64) (start, end int64, err error) {
	if finder, ok := r.File.(disk.DataFinder); ok {
		return finder.NextData(offset)
	}
	return min(offset, r.Size()), r.Size(), nil
}
