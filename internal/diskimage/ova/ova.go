// SPDX-License-Identifier: MPL-2.0

// Package ova finds the disk in an OVA: a tar archive with an OVF descriptor, one disk and a manifest. Nothing is unpacked. An archive with
// paths, links or several disks is refused, like one whose files are not as the descriptor and the manifest say.
package ova

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"strings"
	"unicode"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// What an archive may have. The descriptor and the manifest are read whole.
const (
	mostFiles         = 64
	longestDescriptor = 1 << 20
	longestManifest   = 1 << 20
)

// What helps against archives that are not read.
const (
	unpack = "unpack it with `tar -xf NAME` and give each disk as an image of its own"
	export = "export it again, with `ovftool` or the vSphere Client"
)

// member is a file in the archive, where it lies.
type member struct {
	name       string
	at, length int64
}

// Open returns the disk in an archive and its name. The archive is read once where it has a manifest.
func Open(ctx context.Context, file disk.File) (name string, content disk.File, err error) {
	members, err := list(ctx, file)
	if err != nil {
		return "", nil, err
	}
	descriptor, err := only(members, ".ovf")
	if err != nil {
		return "", nil, err
	}
	text, err := read(file, descriptor, longestDescriptor)
	if err != nil {
		return "", nil, err
	}
	found, err := diskOf(text, members)
	if err != nil {
		return "", nil, err
	}
	if err := checkManifest(ctx, file, members, descriptor); err != nil {
		return "", nil, err
	}
	return found.name, io.NewSectionReader(file, found.at, found.length), nil
}

// list returns the files of an archive.
func list(ctx context.Context, file disk.File) ([]member, error) {
	section := io.NewSectionReader(file, 0, file.Size())
	archive := tar.NewReader(section)
	var members []member
	for {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		entry, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return members, nil
		case err != nil && len(members) == 0:
			return nil, disk.Refusef("`file NAME` tells what it is", "is not an OVA, which is a tar archive (%s)", err)
		case err != nil:
			return nil, disk.Refusef(disk.Again, "cannot be read to its end as a tar archive: it was cut short or damaged (%s)", err)
		}
		at, err := section.Seek(0, io.SeekCurrent) // a tar.Reader reads blocks of 512 bytes and no further
		if err != nil {
			return nil, err
		}
		if err := check(entry, members, file.Size()-at); err != nil {
			return nil, err
		}
		members = append(members, member{name: entry.Name, at: at, length: entry.Size})
	}
}

// check refuses an entry that is no plain file with a name of its own.
func check(entry *tar.Header, before []member, left int64) error {
	if len(before) == mostFiles {
		return disk.Refusef(unpack, "has more than %d files", mostFiles)
	}
	if entry.Typeflag != tar.TypeReg {
		return disk.Refusef(export, "has an entry %q that is no file (type %q)", entry.Name, entry.Typeflag)
	}
	if entry.Name == "" || entry.Name == "." || entry.Name == ".." || strings.ContainsAny(entry.Name, "/\\:") ||
		strings.ContainsFunc(entry.Name, unicode.IsControl) {
		return disk.Refusef(export, "has a file %q, and names with a path are not read", entry.Name)
	}
	for key := range entry.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return disk.Refusef("pack it again without `--sparse`", "has a file %q with holes, in GNU tar's own way", entry.Name)
		}
	}
	if entry.Size > left {
		return disk.Refusef("transfer it again", "ends within %q, which has %d bytes: it was cut short", entry.Name, entry.Size)
	}
	for _, other := range before {
		if strings.EqualFold(other.name, entry.Name) {
			return disk.Refusef(export, "has %q twice", entry.Name)
		}
	}
	return nil
}

// only returns the one file with an ending.
func only(members []member, ending string) (member, error) {
	var found []member
	for _, m := range members {
		if strings.HasSuffix(strings.ToLower(m.name), ending) {
			found = append(found, m)
		}
	}
	if len(found) != 1 {
		return member{}, disk.Refusef(export, "has %d files *%s, and an OVA has one", len(found), ending)
	}
	return found[0], nil
}

// read returns a small file.
func read(file disk.File, m member, most int64) ([]byte, error) {
	if m.length > most {
		return nil, disk.Refusef(export, "has a file %q of %d bytes, and %d are read at most", m.name, m.length, most)
	}
	text := make([]byte, m.length)
	return text, disk.ReadFull(file, text, m.at)
}
