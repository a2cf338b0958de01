// SPDX-License-Identifier: MPL-2.0

package vmdk

import (
	"bytes"
	"encoding/binary"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// Magic is how a sparse extent begins.
const Magic = "KDMV"

// Flags of a sparse extent.
const (
	flagNewlines   = 1 << 0  // the four bytes of newlineTest are there
	flagZeroGrains = 1 << 2  // a table entry of 1 is a grain of zeros
	flagCompressed = 1 << 16 // grains are compressed, each behind a marker
	flagMarkers    = 1 << 17 // metadata lie behind markers
)

// atEnd is the place of a grain directory that only the footer at the end of the file tells.
const atEnd = 1<<64 - 1

// newlineTest is damaged by every program that takes the file for text.
const newlineTest = "\n \r\n"

// deflate is the only compression that there is.
const deflate = 1

// header is the header of a sparse extent, and its footer, without padding. All places and sizes are in sectors.
type header struct {
	Magic              [4]byte
	Version            uint32
	Flags              uint32
	Capacity           uint64
	GrainSize          uint64
	DescriptorOffset   uint64
	DescriptorSize     uint64
	EntriesPerTable    uint32
	RedundantDirectory uint64
	Directory          uint64
	Overhead           uint64
	Unclean            uint8
	Newlines           [4]byte
	Compression        uint16
}

// headerLength is the length of the header's fields; the rest of its sector is zeros.
const headerLength = 79

// readHeader reads and checks the header at an offset of a file.
func readHeader(file disk.File, offset int64) (*header, error) {
	raw := make([]byte, headerLength)
	if err := disk.ReadFull(file, raw, offset); err != nil {
		return nil, cut(err, "its header")
	}
	if err := foreign(raw); err != nil {
		return nil, err
	}
	h := &header{}
	if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, h); err != nil {
		return nil, err
	}
	return h, h.check()
}

// foreign refuses what is no sparse extent of a hosted product, by how it begins.
func foreign(raw []byte) error {
	switch {
	case bytes.HasPrefix(raw, []byte(Magic)):
		return nil
	case bytes.HasPrefix(raw, []byte("COWD")):
		return disk.Refusef(exported, "is an extent of ESX (COWD), which only ESX reads")
	case bytes.HasPrefix(raw, []byte{0xbe, 0xba, 0xfe, 0xca}):
		return disk.Refusef(exported, "is a seSparse extent, which only ESX reads")
	}
	return disk.Refusef("`qemu-img info NAME` tells what it is", "is not a VMDK image")
}

// check refuses numbers that cannot be.
func (h *header) check() error {
	switch {
	case h.Version < 1 || h.Version > 3:
		return disk.Refusef(single, "is version %d of VMDK, and versions 1 to 3 are read", h.Version)
	case h.Flags&flagNewlines != 0 && string(h.Newlines[:]) != newlineTest:
		return disk.Refusef(disk.Again, "was changed by a transfer as text")
	case h.Capacity == 0 || h.Capacity > disk.Largest/disk.Sector:
		return disk.Refusef(disk.Again, "claims a disk of %d sectors", h.Capacity)
	case h.GrainSize < 8 || h.GrainSize > 2048 || h.GrainSize&(h.GrainSize-1) != 0:
		return disk.Refusef(disk.Again, "claims grains of %d sectors", h.GrainSize)
	case h.EntriesPerTable < 1 || h.EntriesPerTable > 4096:
		return disk.Refusef(disk.Again, "claims grain tables of %d entries", h.EntriesPerTable)
	case h.compressed() && h.Compression != deflate:
		return disk.Refusef(single, "is compressed in a way that is not known (%d)", h.Compression)
	case h.compressed() && h.Flags&flagMarkers == 0:
		return disk.Refusef(disk.Again, "is compressed and says that its grains have no markers")
	}
	return nil
}

func (h *header) compressed() bool { return h.Flags&flagCompressed != 0 }

// grain returns the size of a grain in bytes.
func (h *header) grain() int64 { return int64(h.GrainSize) * disk.Sector }

// size returns the size of the extent's part of the disk, in bytes.
func (h *header) size() int64 { return int64(h.Capacity) * disk.Sector }

// tables returns how many grain tables the size needs.
func (h *header) tables() int64 {
	reach := h.grain() * int64(h.EntriesPerTable)
	return (h.size() + reach - 1) / reach
}
