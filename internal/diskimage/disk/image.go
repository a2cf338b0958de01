// SPDX-License-Identifier: MPL-2.0

// Package disk has what every format of disk images shares: the virtual disk as something to read, refusals of images, and a small cache
// of the tables that say where data lies.
package disk

import "io"

// Sector is the unit, in bytes, in which VMDK and compressed clusters of qcow2 count.
const Sector = 512

// Largest is the greatest virtual disk of vSphere, in bytes: 62 TiB.
const Largest = 62 << 40

// Image is a virtual disk that can be read anywhere. ReadAt returns zeros where the image holds none of the disk's data, and may be called
// by several goroutines at once.
type Image interface {
	io.ReaderAt

	// Size returns the size of the virtual disk in bytes.
	Size() int64

	// NextData returns the first extent at or behind an offset that may hold anything but zeros, in bytes: it begins at start and ends
	// before end, and may be followed by another at once. Behind the last one both are the size of the disk.
	NextData(offset int64) (start, end int64, err error)

	// Close closes the files of the image, without the one that it was opened with.
	Close() error
}

// File is what an image is read from, with its length in bytes.
type File interface {
	io.ReaderAt
	Size() int64
}

// ReadFull fills p with the bytes of a file at an offset. An end before that is io.ErrUnexpectedEOF.
func ReadFull(file io.ReaderAt, p []byte, offset int64) error {
	n, err := file.ReadAt(p, offset)
	switch {
	case n == len(p):
		return nil
	case err == nil || err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return err
}

// DataFinder is a File that knows where it has holes. Its NextData is that of Image.
type DataFinder interface {
	NextData(offset int64) (start, end int64, err error)
}
