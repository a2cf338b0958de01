// SPDX-License-Identifier: MPL-2.0

// Package qcow2 reads qcow2 images: versions 2 and 3, compressed with zlib or zstd, with clusters of zeros and with extended L2 tables.
// It reads one file and never another: an image with a backing file or an external data file is refused, like one that is encrypted or
// damaged. Whatever a header claims, a reader takes no more than some 30 MiB of memory.
//
// The format is that of QEMU's docs/interop/qcow2.txt.
package qcow2

import (
	"context"
	"io"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// Reader is the virtual disk of a qcow2 image.
type Reader struct {
	*header
	file disk.File

	mu      sync.Mutex
	tables  *disk.Tables
	inflate inflater
}

var _ disk.Image = (*Reader)(nil)

// Open reads the header and all tables of an image and refuses one that it could not read to its end, as far as that can be told without
// its data. The file must stay open as long as the Reader is used.
func Open(ctx context.Context, file disk.File) (*Reader, error) {
	header, err := readHeader(file)
	if err != nil {
		return nil, err
	}
	r := &Reader{header: header, file: file, tables: disk.NewTables(file)}
	return r, r.check(ctx)
}

// Size returns the size of the virtual disk in bytes.
func (r *Reader) Size() int64 { return r.size }

// Close does nothing: a Reader has no files of its own.
func (r *Reader) Close() error { return nil }

// stride is how far, in bytes of the virtual disk, NextData looks at once.
const stride = 8 << 20

// NextData returns the next extent that is not known to be zeros.
func (r *Reader) NextData(offset int64) (start, end int64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for offset < r.size {
		found, err := r.at(offset, stride)
		if err != nil {
			return 0, 0, err
		}
		if found.kind != hole {
			return offset, offset + found.length, nil
		}
		offset += found.length
	}
	return r.size, r.size, nil
}

// ReadAt reads from the virtual disk.
func (r *Reader) ReadAt(p []byte, offset int64) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	done := 0
	for done < len(p) {
		if offset >= r.size {
			return done, io.EOF
		}
		found, err := r.at(offset, int64(len(p)-done))
		if err != nil {
			return done, err
		}
		part := p[done:][:found.length]
		if err := r.fill(part, offset, found); err != nil {
			return done, err
		}
		done, offset = done+len(part), offset+found.length
	}
	return done, nil
}

// fill reads a part of the virtual disk that lies in one way.
func (r *Reader) fill(part []byte, offset int64, from span) error {
	switch from.kind {
	case plain:
		n, err := r.file.ReadAt(part, from.host)
		if err != nil && err != io.EOF {
			return err
		}
		clear(part[n:]) // QEMU need not write the rest of the last cluster
	case compressed:
		cluster, err := r.inflated(from)
		if err != nil {
			return err
		}
		copy(part, cluster[offset%r.cluster():])
	default:
		clear(part)
	}
	return nil
}
