// SPDX-License-Identifier: MPL-2.0

package vmdk

import (
	"bufio"
	"context"
	"io"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

const (
	mebibyte = 1 << 20
	// tooBig is the size from which on a stream cannot hold a disk: its tables count sectors in 32 bits.
	tooBig = 2 << 40
)

// errTooLong is the error of a stream whose sectors no longer fit its tables.
var errTooLong = disk.Refusef("", "takes 2 TiB and more as streamOptimized VMDK, and its tables end there")

// Capacity returns the size that a disk has in vSphere, in bytes: whole MiB, for vSAN and vVols take no other.
func Capacity(size int64) int64 {
	return (size + mebibyte - 1) / mebibyte * mebibyte
}

// WriteStream writes a disk as a streamOptimized VMDK, with its size rounded up to whole MiB. Progress, unless it is nil, is called with
// the bytes of the disk that are done, for every grain that is written. It takes the same memory for every disk, and two writes of one
// disk are the same.
func WriteStream(ctx context.Context, to io.Writer, image disk.Image, progress func(done int64)) error {
	if Capacity(image.Size()) >= tooBig {
		return disk.Refusef("make its file system smaller, and then the disk with `qemu-img resize --shrink NAME 2000G`",
			"is a disk of %d bytes, and what an ESX host takes in ends below 2 TiB", image.Size())
	}
	if progress == nil {
		progress = func(int64) {}
	}
	buffered := bufio.NewWriterSize(to, mebibyte)
	s, err := newStream(buffered, Capacity(image.Size())/sectorBytes)
	if err != nil {
		return err
	}
	if err := writeGrains(ctx, s, image, progress); err != nil {
		return err
	}
	if err := s.end(); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	progress(image.Size())
	return nil
}

// writeGrains writes all grains that are not zeros, in their order, while others are read and compressed.
func writeGrains(ctx context.Context, s *stream, image disk.Image, progress func(done int64)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	grains := readGrains(ctx, image)
	var failed error
	for g := range grains.queue {
		<-g.done
		if failed == nil {
			if failed = g.err; failed == nil {
				failed = s.grain(g.index, g.marked.Bytes())
			}
			if failed == nil {
				progress(min(g.index*grainBytes, image.Size()))
			} else {
				cancel() // and go on taking what is queued, so that the reader ends
			}
		}
		grains.free <- g
	}
	if failed == nil {
		failed = grains.err
	}
	return failed
}
