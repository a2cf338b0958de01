// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// The format of uploads, streamOptimized, in the words of the "Virtual Disk Format 5.0" note: a header, then grains with a number and
// compressed bytes, and markers of other kinds between and behind them.
const (
	magic      = "KDMV"
	sector     = 512
	capacityAt = 12
	grainAt    = 20
	overheadAt = 64
	lastMarker = 0
)

var errStream = errors.New("not a streamOptimized disk")

// isStream reports whether a file is a sparse disk and no descriptor.
func isStream(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	_, err = streamSize(f)
	return err == nil
}

// streamSize is the capacity of the disk in a stream, in bytes.
func streamSize(r io.ReaderAt) (int64, error) {
	var header [sector]byte
	if n, err := r.ReadAt(header[:], 0); n < sector {
		return 0, errors.Join(errStream, err)
	}
	if string(header[:len(magic)]) != magic {
		return 0, errStream
	}
	return int64(binary.LittleEndian.Uint64(header[capacityAt:])) * sector, nil
}

// readStream writes the grains of a stream where they belong.
func readStream(r io.ReaderAt, w io.WriterAt) error {
	var header [sector]byte
	if _, err := r.ReadAt(header[:], 0); err != nil {
		return err
	}
	size := int64(binary.LittleEndian.Uint64(header[capacityAt:])) * sector
	grain := int64(binary.LittleEndian.Uint64(header[grainAt:])) * sector
	at := int64(binary.LittleEndian.Uint64(header[overheadAt:])) * sector
	if grain <= 0 || grain > 1<<20 || at < sector {
		return errStream
	}
	for {
		var marker [sector]byte
		if n, err := r.ReadAt(marker[:], at); n < sector {
			return errors.Join(errStream, err)
		}
		number, length := int64(binary.LittleEndian.Uint64(marker[:])), int64(binary.LittleEndian.Uint32(marker[8:]))
		if length == 0 {
			if binary.LittleEndian.Uint32(marker[12:]) == lastMarker {
				return nil
			}
			at += (1 + number) * sector // the metadata behind it
			continue
		}
		if err := writeGrain(io.NewSectionReader(r, at+12, length), w, number*sector, min(grain, size-number*sector)); err != nil {
			return err
		}
		at += (12 + length + sector - 1) / sector * sector
	}
}

// writeGrain unpacks one grain.
func writeGrain(r io.Reader, w io.WriterAt, at, length int64) error {
	z, err := zlib.NewReader(r)
	if err != nil {
		return errors.Join(errStream, err)
	}
	defer z.Close()
	if length <= 0 {
		return errStream
	}
	grain := make([]byte, length)
	n, err := io.ReadFull(z, grain)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	_, err = w.WriteAt(grain[:n], at)
	return err
}
