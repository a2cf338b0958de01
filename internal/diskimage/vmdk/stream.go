// SPDX-License-Identifier: MPL-2.0

package vmdk

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// The layout of what is written. ESX takes no other version, and no other grain.
const (
	streamVersion  = 3
	streamFlags    = flagNewlines | flagCompressed | flagMarkers
	streamGrain    = 128 // sectors
	streamEntries  = 512 // per grain table
	streamOverhead = 128 // sectors before the first grain
	grainBytes     = streamGrain * sectorBytes
	sectorBytes    = 512

	descriptorAt      = 1
	descriptorSectors = 20
)

// Markers of metadata, by their type.
const (
	markerEnd = iota
	markerTable
	markerDirectory
	markerFooter
)

// stream writes the parts of a streamOptimized file in their order.
type stream struct {
	to        io.Writer
	at        int64 // sectors written
	capacity  int64 // of the disk, in sectors
	table     [streamEntries]uint32
	filled    bool  // whether the table in hand has an entry
	index     int64 // of the table in hand
	directory []uint32
	padding   [sectorBytes]byte
}

// newStream writes header and descriptor of a disk of a capacity in sectors.
func newStream(to io.Writer, capacity int64) (*stream, error) {
	s := &stream{to: to, capacity: capacity}
	s.directory = make([]uint32, (capacity+streamGrain*streamEntries-1)/(streamGrain*streamEntries))
	text := make([]byte, (streamOverhead-descriptorAt)*sectorBytes)
	copy(text, s.descriptor())
	if err := s.header(atEnd); err != nil {
		return nil, err
	}
	return s, s.write(text)
}

// header writes the header, or as the footer the one that tells where the directory lies.
func (s *stream) header(directory uint64) error {
	raw := &bytes.Buffer{}
	if err := binary.Write(raw, binary.LittleEndian, &header{
		Magic: [4]byte([]byte(Magic)), Version: streamVersion, Flags: streamFlags, Capacity: uint64(s.capacity), GrainSize: streamGrain,
		DescriptorOffset: descriptorAt, DescriptorSize: descriptorSectors, EntriesPerTable: streamEntries, Directory: directory,
		Overhead: streamOverhead, Newlines: [4]byte([]byte(newlineTest)), Compression: deflate,
	}); err != nil {
		return err
	}
	return s.write(raw.Bytes())
}

// The geometry of a disk on an LSI Logic controller.
const (
	heads           = 255
	sectorsPerTrack = 63
)

// descriptor returns the text of the descriptor. It holds nothing that differs between two writes of one disk.
func (s *stream) descriptor() string {
	cylinders := min(max(1, s.capacity/(heads*sectorsPerTrack)), math.MaxUint16)
	return fmt.Sprintf(`%s
version=1
CID=fffffffe
parentCID=ffffffff
createType="%s"

# Extent description
RDONLY %d SPARSE "disk.vmdk"

# The Disk Data Base
#DDB

ddb.adapterType = "lsilogic"
ddb.geometry.cylinders = "%d"
ddb.geometry.heads = "%d"
ddb.geometry.sectors = "%d"
ddb.virtualHWVersion = "13"
`, descriptorStart, StreamOptimized, s.capacity, cylinders, heads, sectorsPerTrack)
}

// write writes whole sectors, the last one padded with zeros.
func (s *stream) write(b []byte) error {
	if _, err := s.to.Write(b); err != nil {
		return err
	}
	s.at += int64(len(b)+sectorBytes-1) / sectorBytes
	if over := len(b) % sectorBytes; over != 0 {
		_, err := s.to.Write(s.padding[over:])
		return err
	}
	return nil
}

// grain writes a grain, which is compressed already, with its marker in front. Grains come in their order.
func (s *stream) grain(index int64, marked []byte) error {
	if table := index / streamEntries; table != s.index {
		if err := s.endTable(); err != nil {
			return err
		}
		s.index = table
	}
	if s.at > math.MaxUint32 {
		return errTooLong
	}
	s.table[index%streamEntries], s.filled = uint32(s.at), true
	return s.write(marked)
}

// endTable writes the table in hand, unless all of its grains are zeros.
func (s *stream) endTable() error {
	if !s.filled {
		return nil
	}
	if err := s.metadata(markerTable, s.table[:]); err != nil {
		return err
	}
	s.directory[s.index] = uint32(s.at - streamEntries*4/sectorBytes)
	s.table, s.filled = [streamEntries]uint32{}, false
	return nil
}

// metadata writes a table or the directory behind its marker.
func (s *stream) metadata(kind uint32, entries []uint32) error {
	raw := make([]byte, len(entries)*4)
	for i, entry := range entries {
		binary.LittleEndian.PutUint32(raw[i*4:], entry)
	}
	if err := s.marker(kind, (len(raw)+sectorBytes-1)/sectorBytes); err != nil {
		return err
	}
	if s.at > math.MaxUint32 {
		return errTooLong
	}
	return s.write(raw)
}

// marker writes the marker of metadata of some sectors.
func (s *stream) marker(kind uint32, sectors int) error {
	var raw [16]byte
	binary.LittleEndian.PutUint64(raw[:], uint64(sectors))
	binary.LittleEndian.PutUint32(raw[12:], kind)
	return s.write(raw[:])
}

// end writes what follows the last grain: its table, the directory, the footer and the marker of the end.
func (s *stream) end() error {
	if err := s.endTable(); err != nil {
		return err
	}
	directory := s.at + 1 // behind its marker
	if err := s.metadata(markerDirectory, s.directory); err != nil {
		return err
	}
	if err := s.marker(markerFooter, 1); err != nil {
		return err
	}
	if err := s.header(uint64(directory)); err != nil {
		return err
	}
	return s.marker(markerEnd, 0)
}
