// SPDX-License-Identifier: MPL-2.0

package qcow2

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// Magic is how a qcow2 file begins.
const Magic = "QFI\xfb"

// What helps against images that are not read.
const (
	alone   = "`qemu-img convert -O qcow2 NAME new.qcow2`, where the other file lies, writes an image that stands alone"
	anew    = "`qemu-img convert -O qcow2 NAME new.qcow2` writes it anew"
	repair  = "`qemu-img check -r all NAME` repairs it"
	decrypt = "`qemu-img convert --object secret,id=key,data=... --image-opts driver=qcow2,file.filename=NAME,encrypt.key-secret=key " +
		"-O qcow2 new.qcow2` writes it without encryption"
)

// Bits of incompatible features, as the format's specification numbers them.
const (
	bitDirty = 1 << iota // reference counts may be wrong, and a reader does not need them
	bitCorrupt
	bitDataFile
	bitCompressionType
	bitExtendedL2

	bitsKnown = bitDirty | bitCorrupt | bitDataFile | bitCompressionType | bitExtendedL2
)

// header is what a reader needs of the header, all of it checked.
type header struct {
	version     uint32
	clusterBits uint32
	size        int64 // of the virtual disk
	tableAt     int64 // of the L1 table
	tables      int64 // entries of the L1 table that the size needs
	zstd        bool
	extended    bool // L2 entries are 16 bytes, with a bitmap of 32 subclusters
}

func (h *header) cluster() int64 { return 1 << h.clusterBits }

// perTable returns how many clusters an L2 table maps.
func (h *header) perTable() int64 {
	if h.extended {
		return h.cluster() / 16
	}
	return h.cluster() / 8
}

// lengths of the header, by version and for the compression type.
const (
	lengthV2          = 72
	lengthV3          = 104
	lengthCompression = 112
)

// readHeader reads and checks the header of a file. No number of it is used for anything before it is checked.
func readHeader(file disk.File) (*header, error) {
	raw := make([]byte, lengthCompression)
	n, err := file.ReadAt(raw, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if n < len(Magic) || string(raw[:len(Magic)]) != Magic {
		return nil, disk.Refusef("`qemu-img info NAME` tells what it is", "is not a qcow2 image")
	}
	if n < lengthV2 {
		return nil, disk.Refusef(disk.Again, "ends within its header")
	}
	h := &header{
		version:     binary.BigEndian.Uint32(raw[4:]),
		clusterBits: binary.BigEndian.Uint32(raw[20:]),
	}
	switch h.version {
	case 2:
	case 3:
		if n < lengthV3 {
			return nil, disk.Refusef(disk.Again, "ends within its header")
		}
		if err := h.features(raw[:n]); err != nil {
			return nil, err
		}
	default:
		return nil, disk.Refusef(anew, "is version %d of qcow, and versions 2 and 3 are read", h.version)
	}
	if err := h.others(file, raw); err != nil {
		return nil, err
	}
	return h, h.geometry(file, raw)
}

// features reads what version 3 added.
func (h *header) features(raw []byte) error {
	incompatible := binary.BigEndian.Uint64(raw[72:])
	length := binary.BigEndian.Uint32(raw[100:])
	switch {
	case incompatible&bitCorrupt != 0:
		return disk.Refusef(repair, "is marked as corrupt")
	case incompatible&bitDataFile != 0:
		return disk.Refusef(alone, "keeps its data in another file, which is not read")
	case incompatible&^uint64(bitsKnown) != 0:
		return disk.Refusef(anew, "uses features of qcow2 that are not known (bits %#x)", incompatible&^uint64(bitsKnown))
	case length < lengthV3:
		return disk.Refusef(disk.Again, "has a header of %d bytes, and version 3 has at least %d", length, lengthV3)
	}
	h.extended = incompatible&bitExtendedL2 != 0
	if length < lengthCompression || len(raw) < lengthCompression {
		if incompatible&bitCompressionType != 0 {
			return disk.Refusef(disk.Again, "ends before its compression type")
		}
		return nil
	}
	compression := raw[lengthV3]
	if marked := incompatible&bitCompressionType != 0; marked != (compression != 0) {
		return disk.Refusef(disk.Again, "contradicts itself about its compression (type %d)", compression)
	}
	if compression > 1 {
		return disk.Refusef(anew, "is compressed in a way that is not known (type %d); zlib and zstd are read", compression)
	}
	h.zstd = compression == 1
	return nil
}

// others refuses what needs another file or a key.
func (h *header) others(file disk.File, raw []byte) error {
	backingAt, backingLength := binary.BigEndian.Uint64(raw[8:]), binary.BigEndian.Uint32(raw[16:])
	if backingAt != 0 || backingLength != 0 {
		return disk.Refusef(alone, "has a backing file%s, and no file but the image itself is read", backingName(file, backingAt, backingLength))
	}
	if method := binary.BigEndian.Uint32(raw[32:]); method != 0 {
		return disk.Refusef(decrypt, "is encrypted (method %d)", method)
	}
	return nil
}

// backingName returns the name of a backing file for people, in parentheses, or "" where it cannot be told.
func backingName(file disk.File, at uint64, length uint32) string {
	if length == 0 || length > 1023 || at > uint64(file.Size()) {
		return ""
	}
	name := make([]byte, length)
	if disk.ReadFull(file, name, int64(at)) != nil {
		return ""
	}
	return fmt.Sprintf(" (%s)", strings.Trim(fmt.Sprintf("%q", name), `"`))
}

// geometry reads the size, the clusters and the place of the L1 table.
func (h *header) geometry(file disk.File, raw []byte) error {
	size, entries, at := binary.BigEndian.Uint64(raw[24:]), binary.BigEndian.Uint32(raw[36:]), binary.BigEndian.Uint64(raw[40:])
	least := uint32(9)
	if h.extended {
		least = 14
	}
	switch {
	case h.clusterBits < least || h.clusterBits > 21:
		return disk.Refusef(disk.Again, "claims clusters of 2^%d bytes, and 2^%d to 2^21 are possible", h.clusterBits, least)
	case size == 0:
		return disk.Refusef("`qemu-img info NAME` tells what it holds", "holds a disk of no bytes")
	case size > disk.Largest:
		return disk.Refusef(disk.Again, "claims a disk of %d bytes, and vSphere has at most 62 TiB", size)
	}
	h.size = int64(size)
	reach := h.perTable() * h.cluster()
	h.tables = (h.size + reach - 1) / reach
	switch length := uint64(file.Size()); {
	case int64(entries) < h.tables:
		return disk.Refusef(disk.Again, "has an L1 table of %d entries, and a disk of %d bytes needs %d", entries, h.size, h.tables)
	case at%uint64(h.cluster()) != 0 || at < uint64(h.cluster()):
		return disk.Refusef(disk.Again, "has its L1 table where none can be (at byte %d)", at)
	case at > length || uint64(h.tables)*8 > length-at:
		return disk.Refusef(disk.Again, "ends before or within its L1 table")
	}
	h.tableAt = int64(at)
	return nil
}
