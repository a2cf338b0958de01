// SPDX-License-Identifier: MPL-2.0

// Package vmdk reads VMDK images as VMware's hosted products, OVF exports and QEMU write them (streamOptimized, monolithicSparse,
// monolithicFlat, twoGbMaxExtentSparse, twoGbMaxExtentFlat), and writes the streamOptimized form that an ESX host takes in.
//
// A descriptor may name files only in its own folder; an image with a parent, or one that points to a device, is refused.
//
// The format is that of VMware's Virtual Disk Format 5.0.
package vmdk

import (
	"context"
	"errors"
	"io"
	"sort"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// Extent is an open file of an image.
type Extent interface {
	disk.File
	io.Closer
}

// Folder opens files beside an image, by plain names.
type Folder interface {
	Open(name string) (Extent, error)
}

// Reader is the virtual disk of a VMDK image.
type Reader struct {
	kind  string
	size  int64
	parts []part
	files []io.Closer
	mu    sync.Mutex
	inUse source // which may hold memory; the others hold none
}

var _ disk.Image = (*Reader)(nil)

// part is an extent of the disk with its place on it, in bytes. One without source is zeros.
type part struct {
	start, end int64
	source     source
}

// source is what an extent is read from.
type source interface {
	readAt(p []byte, offset int64) error
	nextData(offset int64) (start, end int64, err error)
	release() // what it holds in memory, and reads again when it is needed
}

// use makes a part's source the one that may hold memory: an image may have hundreds.
func (r *Reader) use(next source) source {
	if r.inUse != nil && r.inUse != next {
		r.inUse.release()
	}
	r.inUse = next
	return next
}

// Open reads the header and all tables of an image. A descriptor's extents are opened in the folder; without one, an image of several
// files is refused. The file must stay open as long as the Reader is used; Close closes the extents.
func Open(ctx context.Context, file disk.File, folder Folder) (*Reader, error) {
	start := make([]byte, len(descriptorStart))
	if n, err := file.ReadAt(start, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	} else if string(start[:n]) == descriptorStart {
		return openDescriptor(ctx, file, folder)
	}
	return openSingle(ctx, file)
}

// openSingle opens an image of one file, with its descriptor embedded.
func openSingle(ctx context.Context, file disk.File) (*Reader, error) {
	h, err := readHeader(file, 0)
	if err != nil {
		return nil, err
	}
	if h.DescriptorOffset == 0 || h.DescriptorSize == 0 {
		return nil, disk.Refusef("name the file with the descriptor, which is a small text", "is an extent of a disk of several files")
	}
	if h.DescriptorSize > longestDescriptor/disk.Sector || h.DescriptorOffset > uint64(file.Size())/disk.Sector {
		return nil, disk.Refusef(disk.Again, "claims a descriptor where none can be")
	}
	text := make([]byte, h.DescriptorSize*disk.Sector)
	if err := disk.ReadFull(file, text, int64(h.DescriptorOffset)*disk.Sector); err != nil {
		return nil, cut(err, "its descriptor")
	}
	d, err := parseDescriptor(text)
	if err != nil {
		return nil, err
	}
	if d.kind != StreamOptimized && d.kind != MonolithicSparse {
		return nil, disk.Refusef(single, "says that it is %s, and is one file", d.kind)
	}
	if d.sectors() != int64(h.Capacity) || len(d.extents) != 1 {
		return nil, disk.Refusef(disk.Again, "has a descriptor of %d sectors in %d extents, and a header of %d sectors", d.sectors(),
			len(d.extents), h.Capacity)
	}
	if (d.kind == StreamOptimized) != h.compressed() {
		return nil, disk.Refusef(disk.Again, "says that it is %s, and its header says otherwise", d.kind)
	}
	s, err := openSparse(ctx, file)
	if err != nil {
		return nil, err
	}
	return &Reader{kind: d.kind, size: s.size(), parts: []part{{end: s.size(), source: s}}}, nil
}

// Kind returns the image's createType.
func (r *Reader) Kind() string { return r.kind }

// Size returns the size of the virtual disk in bytes.
func (r *Reader) Size() int64 { return r.size }

// Close closes the extents.
func (r *Reader) Close() error {
	var errs []error
	for _, file := range r.files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

// from returns the parts from the one in which an offset lies.
func (r *Reader) from(offset int64) []part {
	return r.parts[sort.Search(len(r.parts), func(i int) bool { return r.parts[i].end > offset }):]
}

// NextData returns the next extent that is not known to be zeros.
func (r *Reader) NextData(offset int64) (start, end int64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.from(offset) {
		if p.source == nil {
			continue
		}
		start, end, err := r.use(p.source).nextData(max(offset, p.start) - p.start)
		if err != nil {
			return 0, 0, err
		}
		if start < p.end-p.start {
			return p.start + start, p.start + end, nil
		}
	}
	return r.size, r.size, nil
}

// ReadAt reads from the virtual disk.
func (r *Reader) ReadAt(b []byte, offset int64) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	done := 0
	for _, p := range r.from(offset) {
		if done == len(b) {
			break
		}
		here := b[done:][:min(int64(len(b)-done), p.end-offset)]
		if p.source == nil {
			clear(here)
		} else if err := r.use(p.source).readAt(here, offset-p.start); err != nil {
			return done, err
		}
		done, offset = done+len(here), offset+int64(len(here))
	}
	if done < len(b) {
		return done, io.EOF
	}
	return done, nil
}
