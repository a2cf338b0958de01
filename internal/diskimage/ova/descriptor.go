// SPDX-License-Identifier: MPL-2.0

package ova

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// envelope is what is read of an OVF descriptor, by DMTF's DSP0243.
type envelope struct {
	files []file
	disks []diskRef // without empty disks, which refer to no file
}

// file is References>File.
type file struct {
	id, href, size, compression, chunkSize string
}

// diskRef is DiskSection>Disk.
type diskRef struct {
	file, parent string
}

// deepest is how deep elements of a descriptor may lie in each other.
const deepest = 100

// parse reads a descriptor element by element: what it could repeat without an end would take many times its length.
func parse(text []byte) (e envelope, err error) {
	var path []string
	for decoder := xml.NewDecoder(bytes.NewReader(text)); ; {
		token, err := decoder.Token()
		if err != nil {
			return e, disk.Refusef(export, "has an OVF descriptor that is not read (%s)", cmp.Or(short(err), "it ends too early"))
		}
		switch element := token.(type) {
		case xml.StartElement:
			if path = append(path, element.Name.Local); len(path) > deepest || path[0] != "Envelope" {
				return e, disk.Refusef(export, "has an OVF descriptor that is not read (it is another document)")
			}
			e.add(strings.Join(path, ">"), element.Attr)
		case xml.EndElement:
			if path = path[:len(path)-1]; len(path) == 0 {
				return e, nil
			}
		}
		if len(e.files) > mostFiles || len(e.disks) > mostFiles {
			return e, disk.Refusef(unpack, "has a descriptor of more than %d files or disks", mostFiles)
		}
	}
}

// short returns the text of an error, or "" for that of an end.
func short(err error) string {
	if err == io.EOF {
		return ""
	}
	return fmt.Sprintf("%.200s", err)
}

// add takes an element in, if it is of a file or of a disk.
func (e *envelope) add(path string, attributes []xml.Attr) {
	of := func(name string) string {
		for _, a := range attributes {
			if a.Name.Local == name {
				return strings.Clone(a.Value)
			}
		}
		return ""
	}
	switch path {
	case "Envelope>References>File":
		e.files = append(e.files, file{of("id"), of("href"), of("size"), of("compression"), of("chunkSize")})
	case "Envelope>DiskSection>Disk":
		if d := (diskRef{of("fileRef"), of("parentRef")}); d.file != "" {
			e.disks = append(e.disks, d)
		}
	}
}

// diskOf returns the archive's file with the disk, which the descriptor names.
func diskOf(text []byte, members []member) (member, error) {
	e, err := parse(text)
	if err != nil {
		return member{}, err
	}
	switch {
	case len(e.disks) != 1:
		return member{}, disk.Refusef(unpack, "has %d disks, and an image is one", len(e.disks))
	case e.disks[0].parent != "":
		return member{}, disk.Refusef(export, "has a disk that is the difference to another, which is not read")
	}
	for _, f := range e.files {
		if f.id == e.disks[0].file {
			return f.find(members)
		}
	}
	return member{}, disk.Refusef(export, "has a descriptor that refers to a file %q and does not name it", e.disks[0].file)
}

// find returns the file of the archive.
func (f file) find(members []member) (member, error) {
	if f.compression != "" && f.compression != "identity" {
		return member{}, disk.Refusef(export+" without compression", "has its disk compressed once more (%s)", f.compression)
	}
	if f.chunkSize != "" {
		return member{}, disk.Refusef(export+" without chunks", "has its disk in pieces of %s bytes", f.chunkSize)
	}
	for _, m := range members {
		if m.name != f.href {
			continue
		}
		if size := strings.TrimSpace(f.size); size != "" && size != strconv.FormatInt(m.length, 10) {
			return member{}, disk.Refusef(export, "has a file %q of %d bytes, and its descriptor says %s", m.name, m.length, size)
		}
		return m, nil
	}
	return member{}, disk.Refusef(export, "has no file %q, which its descriptor names as the disk", f.href)
}
