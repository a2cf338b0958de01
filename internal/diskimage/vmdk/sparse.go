// SPDX-License-Identifier: MPL-2.0

package vmdk

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/zlib"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// sparse reads a sparse extent: a directory of tables of grains.
type sparse struct {
	*header
	file   disk.File
	tables *disk.Tables

	zlib    io.ReadCloser
	packed  []byte
	grained []byte
	at      int64 // the sector of the grain in hand, or 0
}

// openSparse opens a sparse extent, its directory in front or behind, and checks its tables.
func openSparse(ctx context.Context, file disk.File) (*sparse, error) {
	h, err := readHeader(file, 0)
	if err != nil {
		return nil, err
	}
	if h.Directory == atEnd {
		if h, err = readFooter(file, h); err != nil {
			return nil, err
		}
	}
	end := uint64(file.Size())
	if place := h.Directory; place == 0 || place > end/disk.Sector || uint64(h.directoryLength()) > end-place*disk.Sector {
		return nil, disk.Refusef(disk.Again, "ends before or within its grain directory: it was cut short")
	}
	s := &sparse{header: h, file: file, tables: disk.NewTables(file)}
	return s, s.check(ctx)
}

func (s *sparse) release() {
	s.tables, s.zlib, s.packed, s.grained, s.at = disk.NewTables(s.file), nil, nil, nil, 0
}

// directoryLength returns the length of the grain directory in bytes.
func (h *header) directoryLength() int64 { return h.tables() * 4 }

// footerAt is where the footer begins, from the end of the file; the marker of the stream's end follows it.
const footerAt = 2 * disk.Sector

// readFooter reads the second header of a stream, which tells what was not known at its beginning: where the directory lies.
func readFooter(file disk.File, first *header) (*header, error) {
	if file.Size() < 2*footerAt {
		return nil, disk.Refusef(disk.Again, "ends before its footer: it was cut short")
	}
	h, err := readHeader(file, file.Size()-footerAt)
	if refusal := (*disk.Refusal)(nil); errors.As(err, &refusal) {
		return nil, disk.Refusef(disk.Again, "does not end with its footer: it was cut short or something was added to it")
	}
	if err != nil {
		return nil, err
	}
	if h.Capacity != first.Capacity || h.GrainSize != first.GrainSize || h.EntriesPerTable != first.EntriesPerTable ||
		h.Flags != first.Flags || h.Directory == atEnd {
		return nil, disk.Refusef(disk.Again, "has a footer that contradicts its header")
	}
	return h, nil
}

// pageEntries is how many entries of the directory are read at once.
const pageEntries = 4096

// table returns the sector of the grain table with an index, or 0 where there is none.
func (s *sparse) table(index int64) (int64, error) {
	first := index / pageEntries * pageEntries
	page, err := s.tables.At(int64(s.Directory)*disk.Sector+first*4, int(min(pageEntries, s.header.tables()-first))*4)
	if err != nil {
		return 0, cut(err, "its grain directory")
	}
	return s.entry(page, index-first), nil
}

// entries returns the grain table at a sector.
func (s *sparse) entries(sector int64) ([]byte, error) {
	entries, err := s.tables.At(sector*disk.Sector, int(s.EntriesPerTable)*4)
	return entries, cut(err, "a grain table")
}

// entry returns the sector that an entry of the directory or of a table holds, or 0 for zeros.
func (s *sparse) entry(entries []byte, index int64) int64 {
	sector := int64(binary.LittleEndian.Uint32(entries[index*4:]))
	if sector == 1 && s.Flags&flagZeroGrains != 0 {
		return 0
	}
	return sector
}

// find returns the sector of the grain with an index, and how many grains from it on lie in the same way: are zeros, or follow each other.
func (s *sparse) find(grain, most int64) (sector, count int64, err error) {
	per := int64(s.EntriesPerTable)
	within := grain % per
	most = min(most, per-within)
	table, err := s.table(grain / per)
	if err != nil || table == 0 {
		return 0, most, err
	}
	entries, err := s.entries(table)
	if err != nil {
		return 0, 0, err
	}
	sector = s.entry(entries, within)
	for count = 1; count < most; count++ {
		next := s.entry(entries, within+count)
		if sector == 0 && next != 0 || sector != 0 && (s.compressed() || next != sector+count*int64(s.GrainSize)) {
			break
		}
	}
	return sector, count, nil
}

// nextData returns the next extent that is not known to be zeros.
func (s *sparse) nextData(offset int64) (start, end int64, err error) {
	for offset < s.size() {
		sector, count, err := s.find(offset/s.grain(), 1<<10)
		if err != nil {
			return 0, 0, err
		}
		after := min((offset/s.grain()+count)*s.grain(), s.size())
		if sector != 0 {
			return offset, after, nil
		}
		offset = after
	}
	return s.size(), s.size(), nil
}

// readAt fills p, which lies within the extent.
func (s *sparse) readAt(p []byte, offset int64) error {
	for len(p) > 0 {
		grain, into := offset/s.grain(), offset%s.grain()
		sector, count, err := s.find(grain, (into+int64(len(p))+s.grain()-1)/s.grain())
		if err != nil {
			return err
		}
		part := p[:min(int64(len(p)), count*s.grain()-into)]
		switch {
		case sector == 0:
			clear(part)
		case s.compressed():
			data, err := s.inflated(grain, sector)
			if err != nil {
				return err
			}
			clear(part[copy(part, data[min(into, int64(len(data))):]):])
		default:
			n, err := s.file.ReadAt(part, sector*disk.Sector+into)
			if err != nil && err != io.EOF {
				return err
			}
			clear(part[n:]) // the last grain of a file may be shorter
		}
		p, offset = p[len(part):], offset+int64(len(part))
	}
	return nil
}

// inflated returns a compressed grain, valid until the next call. The last one may be shorter than the others.
func (s *sparse) inflated(grain, sector int64) ([]byte, error) {
	if s.at == sector {
		return s.grained, nil
	}
	s.at = 0
	length, err := s.marker(grain, sector)
	if err != nil {
		return nil, err
	}
	if s.packed == nil {
		s.packed, s.grained = make([]byte, 2*s.grain()), make([]byte, s.grain())
	}
	packed := s.packed[:length]
	if err := disk.ReadFull(s.file, packed, sector*disk.Sector+markerLength); err != nil {
		return nil, cut(err, "a grain")
	}
	if again, ok := s.zlib.(zlib.Resetter); ok {
		err = again.Reset(bytes.NewReader(packed), nil)
	} else {
		s.zlib, err = zlib.NewReader(bytes.NewReader(packed))
	}
	least := min(s.grain(), s.size()-grain*s.grain())
	if err == nil {
		s.grained = s.grained[:s.grain()]
		var n int
		if n, err = io.ReadFull(s.zlib, s.grained); int64(n) >= least && err == io.ErrUnexpectedEOF {
			err = nil
		}
		s.grained = s.grained[:n]
	}
	if err != nil {
		return nil, disk.Refusef(disk.Again, "has a grain at sector %d that does not inflate to %d bytes (%s)", sector, least, err)
	}
	s.at = sector
	return s.grained, nil
}
