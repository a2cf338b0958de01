// SPDX-License-Identifier: MPL-2.0

package vmdk

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// markerLength is the length of what lies in front of a compressed grain: the sector of the disk in 8 bytes, its length in 4.
const markerLength = 12

// marker returns the length of a compressed grain, after it has compared its marker with the table that led to it.
func (s *sparse) marker(grain, sector int64) (int64, error) {
	var raw [markerLength]byte
	if err := disk.ReadFull(s.file, raw[:], sector*disk.Sector); err != nil {
		return 0, cut(err, "a grain")
	}
	of, length := binary.LittleEndian.Uint64(raw[:]), int64(binary.LittleEndian.Uint32(raw[8:]))
	switch {
	case of != uint64(grain)*s.GrainSize:
		return 0, disk.Refusef(disk.Again, "has a table that says grain %d lies at sector %d, and another lies there", grain, sector)
	case length == 0 || length > 2*s.grain():
		return 0, disk.Refusef(disk.Again, "has a compressed grain of %d bytes", length)
	case length > s.file.Size()-sector*disk.Sector-markerLength:
		return 0, disk.Refusef(disk.Again, "ends within a grain: it was cut short")
	}
	return length, nil
}

// check reads all tables and markers once, and refuses what a read would meet. An extent that maps more than its file holds grows without
// bounds when it is read; so what this reads is at most as much as the file.
func (s *sparse) check(ctx context.Context) error {
	var tables, held int64
	for i := range s.header.tables() {
		if i%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		table, err := s.table(i)
		if err != nil {
			return err
		}
		if table == 0 {
			continue
		}
		grains, err := s.checkTable(ctx, i, table)
		if err != nil {
			return err
		}
		tables, held = tables+1, held+grains
		if tables*int64(s.EntriesPerTable)*4 > s.file.Size() || held > s.file.Size() {
			return disk.Refusef(single, "maps more data than the file holds")
		}
	}
	return nil
}

// checkTable checks the entries of a grain table and returns how many bytes of the file its grains take at the least.
func (s *sparse) checkTable(ctx context.Context, index, table int64) (held int64, err error) {
	entries, err := s.entries(table)
	if err != nil {
		return 0, err
	}
	per := int64(s.EntriesPerTable)
	for i := range min(per, (s.size()+s.grain()-1)/s.grain()-index*per) {
		sector := s.entry(entries, i)
		switch {
		case sector == 0:
			continue
		case sector*disk.Sector >= s.file.Size():
			return 0, disk.Refusef(disk.Again, "has a grain at sector %d, behind its end: it was cut short", sector)
		case !s.compressed():
			held += min(s.grain(), s.file.Size()-sector*disk.Sector)
			continue
		case i%1024 == 0 && ctx.Err() != nil:
			return 0, ctx.Err()
		}
		length, err := s.marker(index*per+i, sector)
		if err != nil {
			return 0, err
		}
		held += length
	}
	return held, nil
}

// cut returns the error of a read that met the end of the file too early.
func cut(err error, what string) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return disk.Refusef(disk.Again, "ends within %s: it was cut short", what)
	}
	return err
}
