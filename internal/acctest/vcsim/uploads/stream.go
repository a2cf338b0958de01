// SPDX-License-Identifier: MPL-2.0

package uploads

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The format streamOptimized, in the words of the "Virtual Disk Format 5.0" note: a header, a descriptor, grains with a number and
// compressed bytes, then the tables that find them, a footer and an end.
const (
	sector       = 512
	version      = 3
	endOfStream  = 0
	grainTable   = 1
	grainFolder  = 2
	footerMarker = 3
	perTable     = 512
	atEnd        = ^uint64(0)
	mostOverhead = 1 << 16 // sectors
	mostGrain    = 1 << 11 // sectors
)

// formatError is what is wrong with a stream.
type formatError struct{ what string }

// Error implements error.
func (e *formatError) Error() string {
	return "The disk is not a stream that a host can read: " + e.what + "."
}

func wrong(format string, args ...any) error { return &formatError{fmt.Sprintf(format, args...)} }

// header is the first sector, and the footer.
type header struct {
	Magic, Version, Flags                       uint32
	Capacity, Grain, Descriptor, DescriptorSize uint64
	PerTable                                    uint32
	Redundant, Folder, Overhead                 uint64
	Unclean                                     uint8
	Newlines                                    [4]byte
	Compression                                 uint16
}

// stream is what has been read of one.
type stream struct {
	io.Reader
	header
	at      uint64              // sectors that are read
	grains  map[uint64]uint64   // where they begin, by their first sectors
	tables  map[uint64][]uint32 // by where they begin
	folders map[uint64][]uint32
	folder  uint64 // where the footer says that the folder begins
}

// readStream reads a stream of a disk that has at most some bytes, and gives every grain to a function.
func readStream(r io.Reader, most int64, each func(at int64, grain []byte) error) error {
	s := &stream{Reader: r, grains: map[uint64]uint64{}, tables: map[uint64][]uint32{}, folders: map[uint64][]uint32{}}
	if err := s.begin(most); err != nil {
		return err
	}
	for {
		marker, err := s.sectors(1)
		if err != nil {
			return err
		}
		number, length := binary.LittleEndian.Uint64(marker), binary.LittleEndian.Uint32(marker[8:])
		if length > 0 {
			if err := s.grain(marker, number, length, each); err != nil {
				return err
			}
			continue
		}
		kind := binary.LittleEndian.Uint32(marker[12:])
		if kind == endOfStream {
			return s.end()
		}
		if err := s.metadata(kind, number); err != nil {
			return err
		}
	}
}

// sectors reads some.
func (s *stream) sectors(n uint64) ([]byte, error) {
	b := make([]byte, n*sector)
	if _, err := io.ReadFull(s.Reader, b); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, wrong("it ends after %d sectors, without an end marker", s.at)
		}
		return nil, err
	}
	s.at += n
	return b, nil
}

// begin reads what is before the first grain.
func (s *stream) begin(most int64) error {
	first, err := s.sectors(1)
	if err != nil {
		return err
	}
	if s.header, err = parseHeader(first); err != nil {
		return err
	}
	h := s.header
	switch {
	case h.Capacity == 0 || h.Capacity > uint64(most)/sector:
		return wrong("it has %d sectors, and the disk has %d", h.Capacity, most/sector)
	case h.Overhead < 1 || h.Overhead > mostOverhead:
		return wrong("its grains begin at sector %d", h.Overhead)
	case h.Descriptor < 1 || h.DescriptorSize < 1 || h.Descriptor > h.Overhead || h.DescriptorSize > h.Overhead-h.Descriptor:
		return wrong("its descriptor is not before its grains")
	}
	rest, err := s.sectors(h.Overhead - 1)
	if err != nil {
		return err
	}
	descriptor := string(rest[(h.Descriptor-1)*sector : (h.Descriptor-1+h.DescriptorSize)*sector])
	for _, part := range []string{`createType="streamOptimized"`, "parentCID=ffffffff", fmt.Sprintf(" %d SPARSE ", h.Capacity)} {
		if !strings.Contains(descriptor, part) {
			return wrong("its descriptor has no %s", part)
		}
	}
	return nil
}

// parseHeader reads a header or a footer.
func parseHeader(b []byte) (h header, err error) {
	_ = binary.Read(bytes.NewReader(b), binary.LittleEndian, &h)
	const compressedWithMarkers = 1<<16 | 1<<17
	switch {
	case h.Magic != 0x564d444b:
		return h, wrong("it does not begin with KDMV")
	case h.Version != version:
		return h, wrong("its version is %d, not %d", h.Version, version)
	case h.Flags&compressedWithMarkers != compressedWithMarkers || h.Compression != 1:
		return h, wrong("it is not compressed")
	case h.Flags&1 == 0 || string(h.Newlines[:]) != "\n \r\n":
		return h, wrong("it was transferred as text")
	case h.Grain < 8 || h.Grain > mostGrain || h.Grain&(h.Grain-1) != 0 || h.PerTable != perTable:
		return h, wrong("its grains have %d sectors, its tables %d entries", h.Grain, h.PerTable)
	case h.Unclean != 0:
		return h, wrong("it was not closed")
	}
	return h, nil
}

// grain reads the rest of a grain whose first sector is its marker.
func (s *stream) grain(marker []byte, number uint64, length uint32, each func(int64, []byte) error) error {
	begin, size := s.at-1, s.Grain*sector
	switch {
	case number%s.Grain != 0 || number >= s.Capacity:
		return wrong("there is a grain at sector %d of %d", number, s.Capacity)
	case s.grains[number] != 0:
		return wrong("the grain at sector %d is there twice", number)
	case uint64(length) > 2*size:
		return wrong("the grain at sector %d has %d bytes", number, length)
	}
	rest, err := s.sectors((12 + uint64(length) - 1) / sector)
	if err != nil {
		return err
	}
	z, err := zlib.NewReader(bytes.NewReader(append(marker[12:], rest...)[:length]))
	if err != nil {
		return wrong("the grain at sector %d: %v", number, err)
	}
	unpacked, err := io.ReadAll(io.LimitReader(z, int64(size)+1))
	if err != nil {
		return wrong("the grain at sector %d: %v", number, err)
	}
	if have := uint64(len(unpacked)); have > size || have < min(size, (s.Capacity-number)*sector) {
		return wrong("the grain at sector %d has %d bytes", number, have)
	}
	s.grains[number] = begin
	return each(int64(number*sector), unpacked)
}

// metadata reads a table, the folder of tables or the footer.
func (s *stream) metadata(kind uint32, length uint64) error {
	if length > mostOverhead {
		return wrong("a marker of kind %d is followed by %d sectors", kind, length)
	}
	begin := s.at
	b, err := s.sectors(length)
	if err != nil {
		return err
	}
	entries := make([]uint32, len(b)/4)
	_ = binary.Read(bytes.NewReader(b), binary.LittleEndian, entries)
	switch kind {
	case grainTable:
		s.tables[begin] = entries
	case grainFolder:
		s.folders[begin] = entries
	case footerMarker:
		if length != 1 {
			return wrong("its footer has %d sectors", length)
		}
		footer, err := parseHeader(b)
		if err != nil {
			return err
		}
		if footer.Capacity != s.Capacity || footer.Grain != s.Grain {
			return wrong("its footer differs from its header")
		}
		s.folder = footer.Folder
	default:
		return wrong("it has a marker of kind %d", kind)
	}
	return nil
}

// end sees that every grain is found from the footer, and that nothing follows.
func (s *stream) end() error {
	rest, err := io.ReadAll(io.LimitReader(s.Reader, mostGrain*sector)) // qemu-img fills its last grain up
	if err != nil {
		return err
	}
	if len(bytes.Trim(rest, "\x00")) > 0 || len(rest) == mostGrain*sector {
		return wrong("something follows its end marker")
	}
	if s.folder == 0 {
		if s.Folder == atEnd {
			return wrong("it has no footer")
		}
		return nil // its tables are before its grains
	}
	folder, known := s.folders[s.folder]
	if !known {
		return wrong("its footer names sector %d, where no grain directory is", s.folder)
	}
	found := 0
	for i, at := range folder {
		if at == 0 {
			continue
		}
		table, known := s.tables[uint64(at)]
		if !known || len(table) < perTable {
			return wrong("its grain directory names sector %d, where no grain table is", at)
		}
		for j, at := range table[:perTable] {
			number := uint64(i*perTable+j) * s.Grain
			if at > 1 && s.grains[number] != uint64(at) {
				return wrong("its grain table has the grain at sector %d in another place", number)
			}
			if at > 1 {
				found++
			}
		}
	}
	if found != len(s.grains) {
		return wrong("its grain tables have %d grains of %d", found, len(s.grains))
	}
	return nil
}
