// SPDX-License-Identifier: MPL-2.0

package vmdk

import (
	"context"
	"errors"
	"io"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// openDescriptor opens an image whose descriptor is a file of its own, with all its extents.
func openDescriptor(ctx context.Context, file disk.File, folder Folder) (*Reader, error) {
	if file.Size() > longestDescriptor {
		return nil, disk.Refusef(disk.Again, "begins as a descriptor and has %d bytes", file.Size())
	}
	text := make([]byte, file.Size())
	if err := disk.ReadFull(file, text, 0); err != nil {
		return nil, cut(err, "its descriptor")
	}
	d, err := parseDescriptor(text)
	if err != nil {
		return nil, err
	}
	if folder == nil {
		return nil, disk.Refusef(single, "is of the kind %s, of several files, and only images of one file can be read from there", d.kind)
	}
	if size := d.sectors(); size > disk.Largest/disk.Sector {
		return nil, disk.Refusef(disk.Again, "claims a disk of %d sectors", size)
	}
	r := &Reader{kind: d.kind}
	for _, e := range d.extents {
		if err := r.add(ctx, e, folder); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	return r, nil
}

// add opens an extent and appends it to the disk.
func (r *Reader) add(ctx context.Context, e extent, folder Folder) error {
	length := e.sectors * disk.Sector
	p := part{start: r.size, end: r.size + length}
	if e.kind != "ZERO" {
		file, err := folder.Open(e.file)
		if err != nil {
			return disk.Refusef("give it all files of the image, in one folder", "names %s as an extent, which cannot be read: %s",
				shown(e.file), err)
		}
		r.files = append(r.files, file)
		if p.source, err = e.open(ctx, file); err != nil {
			return disk.Named(e.file, err)
		}
		r.use(p.source)
	}
	r.size = p.end
	r.parts = append(r.parts, p)
	return nil
}

// open returns what an extent is read from.
func (e extent) open(ctx context.Context, file disk.File) (source, error) {
	if e.kind == "FLAT" {
		if file.Size() < (e.offset+e.sectors)*disk.Sector {
			return nil, disk.Refusef(disk.Again, "has %d bytes, and the descriptor says %d: it was cut short", file.Size(),
				(e.offset+e.sectors)*disk.Sector)
		}
		return &flat{file: file, at: e.offset * disk.Sector, size: e.sectors * disk.Sector}, nil
	}
	s, err := openSparse(ctx, file)
	if err != nil {
		return nil, err
	}
	if int64(s.Capacity) != e.sectors {
		return nil, disk.Refusef(disk.Again, "has %d sectors, and the descriptor says %d", s.Capacity, e.sectors)
	}
	return s, nil
}

// flat is an extent that lies in its file as it is on the disk.
type flat struct {
	file     disk.File
	at, size int64
}

func (f *flat) nextData(offset int64) (start, end int64, err error) {
	if finder, ok := f.file.(disk.DataFinder); ok {
		start, end, err := finder.NextData(f.at + offset)
		return max(offset, min(start-f.at, f.size)), min(end-f.at, f.size), err
	}
	return offset, f.size, nil
}

func (*flat) release() {}

func (f *flat) readAt(p []byte, offset int64) error {
	err := disk.ReadFull(f.file, p, f.at+offset)
	if err == io.ErrUnexpectedEOF {
		return cut(err, "an extent")
	}
	return err
}
