// SPDX-License-Identifier: MPL-2.0

// Package download gets the file of an image from a URL, or from this machine, and makes it whole: resumed where a connection broke,
// checked against a checksum, and decompressed where that is asked for.
package download

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// Request is a file that is wanted. It has a URL or a Path.
type Request struct {
	Path string // of a file of this machine

	URL                string // http or https; a user and password in it serve as Username and Password
	Username, Password string // of basic authentication; no other host gets them by a redirect
	CachePath          string // the folder in which the file is kept for the next time; "" keeps nothing

	Checksum   string // "sha256:<hex>", of the file as it is before it is decompressed; "" checks nothing
	Decompress bool   // the file must be compressed, and is wanted as it was before
	Limit      int64  // of the file and of what is decompressed, in bytes; 0 is Largest
	Progress   Progress

	patience patience // the zero value is the usual one
}

// Largest is how long a file may be unless a Request says otherwise, in bytes: 2 TiB, and no longer disk can be sent to a vCenter.
const Largest = 2 << 40

// Steps of a Request, as Progress is told.
const (
	Downloading   = "downloading"
	Decompressing = "decompressing"
)

// Progress is called with how many bytes of the file are done, as it is before it is decompressed, and how many there are: 0 where the
// server does not tell. It is called often, and never by two goroutines at once.
type Progress func(step string, done, total int64)

// File is a file of this machine, whole and checked. Nobody changes it until it is closed, unless it is the user's own.
type File struct {
	Path   string
	Name   string // how errors call it: its path, or its URL without a user and a query
	Length int64  // in bytes
	MD5    string // of the file before it was decompressed, which is Glance's checksum of a compressed image; "" if it was not

	drop func() error // removes what is temporary; nil if nothing is
}

// Close removes the file, unless it is the user's own or is kept.
func (f *File) Close() error {
	if f.drop == nil {
		return nil
	}
	return f.drop()
}

// Fetch gets a file. After an error, or when ctx ends, nothing is left of it.
func Fetch(ctx context.Context, r Request) (*File, error) {
	if r.Progress == nil {
		r.Progress = func(string, int64, int64) {}
	}
	if r.Limit == 0 {
		r.Limit = Largest
	}
	want, err := parseChecksum(r.Checksum)
	if err != nil {
		return nil, err
	}
	var file *File
	if r.Path != "" {
		file, err = local(ctx, r, want)
	} else {
		file, err = remote(ctx, r, want)
	}
	if err != nil || !r.Decompress {
		return file, err
	}
	unpacked, err := decompress(ctx, r, file)
	if err := errors.Join(err, file.Close()); err != nil {
		if unpacked != nil {
			err = errors.Join(err, unpacked.Close())
		}
		return nil, err
	}
	return unpacked, nil
}

// local returns a file of this machine, once it is checked.
func local(ctx context.Context, r Request, want checksum) (*File, error) {
	info, err := os.Stat(r.Path)
	switch {
	case err != nil:
		var of *fs.PathError
		if errors.As(err, &of) {
			err = of.Err
		}
		return nil, disk.Named(r.Path, err)
	case !info.Mode().IsRegular():
		return nil, disk.Named(r.Path, errors.New("it is not a file"))
	case info.Size() > r.Limit:
		return nil, disk.Named(r.Path, tooLong(r.Limit))
	}
	return &File{Path: r.Path, Name: r.Path, Length: info.Size()}, disk.Named(r.Path, want.checkFile(ctx, r.Path))
}

// remote downloads a file, or takes it from the cache.
func remote(ctx context.Context, r Request, want checksum) (*File, error) {
	from, err := parseSource(r)
	if err != nil {
		return nil, err
	}
	if r.CachePath != "" {
		return cache{r.CachePath}.fetch(ctx, r, from, want)
	}
	folder, err := newFolder("")
	if err != nil {
		return nil, disk.Named(from.name, err)
	}
	got, err := from.download(ctx, folder.file("image"), answer{length: -1}, want, r)
	if err != nil {
		return nil, disk.Named(from.name, errors.Join(err, folder.Close()))
	}
	return &File{Path: folder.file("image"), Name: from.name, Length: got.length, drop: folder.Close}, nil
}

// tooLong is the error of a file that has no end, or one that cannot be waited for.
func tooLong(limit int64) error {
	return disk.Refusef("give the address of an image", "is longer than %d bytes, and no image may be", limit)
}
