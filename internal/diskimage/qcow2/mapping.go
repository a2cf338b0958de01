// SPDX-License-Identifier: MPL-2.0

package qcow2

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// kind says how a part of the virtual disk lies in the file.
type kind int

const (
	hole       kind = iota // reads as zeros
	plain                  // lies there as it is
	compressed             // a whole cluster, compressed
)

// Fields of entries, as the format's specification numbers their bits.
const (
	offsetMask     = 1<<56 - 1<<9
	flagCompressed = 1 << 62
	flagZero       = 1
)

// span is a run of the virtual disk that lies in one way.
type span struct {
	kind   kind
	length int64 // of the virtual disk, from the offset that was asked for
	host   int64 // where its bytes lie in the file, unless it is a hole
	packed int64 // how many bytes a compressed cluster takes there at most
}

// pageEntries is how many entries of the L1 table are read at once, so that a table of any size takes little memory.
const pageEntries = 4096

// table returns where the L2 table with an index lies, or 0 where there is none.
func (r *Reader) table(index int64) (int64, error) {
	first := index / pageEntries * pageEntries
	page, err := r.tables.At(r.tableAt+first*8, int(min(pageEntries, r.header.tables-first))*8)
	if err != nil {
		return 0, cut(err, "its L1 table")
	}
	at := int64(binary.BigEndian.Uint64(page[(index-first)*8:]) & offsetMask)
	if at == 0 {
		return 0, nil
	}
	return at, r.checkPlace(at, "an L2 table")
}

// checkPlace refuses the place of a cluster that is unaligned, in the header or behind the end of the file.
func (r *Reader) checkPlace(at int64, what string) error {
	switch {
	case at%r.cluster() != 0:
		return disk.Refusef(disk.Again, "has %s at byte %d, which is no multiple of its clusters of %d bytes", what, at, r.cluster())
	case at < r.cluster():
		return disk.Refusef(disk.Again, "has %s in its header", what)
	case at >= r.file.Size():
		return disk.Refusef(disk.Again, "has %s at byte %d, behind its end: it was cut short", what, at)
	}
	return nil
}

// cut returns the error of a read that met the end of the file too early.
func cut(err error, what string) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return disk.Refusef(disk.Again, "ends within %s: it was cut short", what)
	}
	return err
}

// unitSize returns the size of the smallest part that is mapped: a subcluster where the image has them, else a cluster.
func (r *Reader) unitSize() int64 {
	if r.extended {
		return r.cluster() / 32
	}
	return r.cluster()
}

// unit returns how a unit of an L2 table lies; its length is left open.
func (r *Reader) unit(table []byte, index int64) (span, error) {
	if !r.extended {
		return r.entry(binary.BigEndian.Uint64(table[index*8:]))
	}
	entry, bitmap := binary.BigEndian.Uint64(table[index/32*16:]), binary.BigEndian.Uint64(table[index/32*16+8:])
	if entry&flagCompressed != 0 {
		return r.packed(entry)
	}
	part := index % 32
	allocated, zero := bitmap>>part&1 != 0, bitmap>>(32+part)&1 != 0
	if !allocated {
		return span{}, nil
	}
	at := int64(entry & offsetMask)
	if zero || at == 0 {
		return span{}, disk.Refusef(disk.Again, "contradicts itself about a subcluster")
	}
	return span{kind: plain, host: at + part*r.unitSize()}, r.checkPlace(at, "data")
}

// entry returns how a cluster lies, by its entry in an L2 table without subclusters.
func (r *Reader) entry(entry uint64) (span, error) {
	if entry&flagCompressed != 0 {
		return r.packed(entry)
	}
	at := int64(entry & offsetMask)
	switch {
	case entry&flagZero != 0 && r.version < 3:
		return span{}, disk.Refusef(disk.Again, "marks a cluster as zeros, which version 2 cannot")
	case entry&flagZero != 0 || at == 0:
		return span{}, nil
	}
	return span{kind: plain, host: at}, r.checkPlace(at, "data")
}

// packed returns how a compressed cluster lies: its offset in the lower bits, above them the number of further sectors that it touches.
func (r *Reader) packed(entry uint64) (span, error) {
	bits := 62 - (r.clusterBits - 8)
	at := int64(entry & (1<<bits - 1))
	sectors := int64(entry & (flagCompressed - 1) >> bits)
	length := (sectors+1)*disk.Sector - at%disk.Sector
	switch {
	case at < r.cluster():
		return span{}, disk.Refusef(disk.Again, "has compressed data in its header")
	case at >= r.file.Size():
		return span{}, disk.Refusef(disk.Again, "has compressed data at byte %d, behind its end: it was cut short", at)
	case length > 2*r.cluster():
		return span{}, disk.Refusef(disk.Again, "has a compressed cluster of %d bytes, longer than two clusters", length)
	}
	return span{kind: compressed, host: at, packed: min(length, r.file.Size()-at)}, nil
}

// at returns the span that begins at an offset of the virtual disk. It goes on as long as units follow that lie in the same way, one
// behind the other, but not beyond most bytes nor the L2 table.
func (r *Reader) at(offset, most int64) (span, error) {
	reach := r.perTable() * r.cluster()
	within := offset % reach
	most = min(most, r.size-offset, reach-within)
	table, err := r.table(offset / reach)
	if err != nil || table == 0 {
		return span{length: most}, err
	}
	entries, err := r.tables.At(table, int(r.cluster()))
	if err != nil {
		return span{}, cut(err, "an L2 table")
	}
	unit := r.unitSize()
	found, err := r.unit(entries, within/unit)
	if err != nil {
		return span{}, err
	}
	if found.kind == compressed {
		found.length = min(most, r.cluster()-within%r.cluster())
		return found, nil
	}
	into := within % unit
	length := unit - into
	for length < most {
		next, err := r.unit(entries, (within+length)/unit)
		if err != nil {
			return span{}, err
		}
		if next.kind != found.kind || found.kind == plain && next.host != found.host+into+length {
			break
		}
		length += unit
	}
	if found.kind == plain {
		found.host += into
	}
	found.length = min(length, most)
	return found, nil
}
