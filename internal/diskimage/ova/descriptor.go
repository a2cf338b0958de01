package ova

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// envelope is what is read of an OVF descriptor, by DMTF's DSP0243.
type envelope struct {
	XMLName xml.Name  `xml:"Envelope"`
	Files   []file    `xml:"References>File"`
	Disks   []diskRef `xml:"DiskSection>Disk"`
}

type file struct {
	ID          string `xml:"id,attr"`
	Href        string `xml:"href,attr"`
	Size        string `xml:"size,attr"`
	Compression string `xml:"compression,attr"`
	ChunkSize   string `xml:"chunkSize,attr"`
}

type diskRef struct {
	File   string `xml:"fileRef,attr"`
	Parent string `xml:"parentRef,attr"`
}

// diskOf returns the archive's file with the disk, which the descriptor names.
func diskOf(text []byte, members []member) (member, error) {
	var e envelope
	if err := xml.Unmarshal(text, &e); err != nil {
		return member{}, disk.Refusef(export, "has an OVF descriptor that is not read (%s)", err)
	}
	var disks []diskRef
	for _, d := range e.Disks {
		if d.File != "" { // others are empty disks
			disks = append(disks, d)
		}
	}
	switch {
	case len(disks) != 1:
		return member{}, disk.Refusef(unpack, "has %d disks, and an image is one", len(disks))
	case disks[0].Parent != "":
		return member{}, disk.Refusef(export, "has a disk that is the difference to another, which is not read")
	}
	for _, f := range e.Files {
		if f.ID == disks[0].File {
			return f.find(members)
		}
	}
	return member{}, disk.Refusef(export, "has a descriptor that refers to a file %q and does not name it", disks[0].File)
}

// find returns the file of the archive.
func (f file) find(members []member) (member, error) {
	if f.Compression != "" && f.Compression != "identity" {
		return member{}, disk.Refusef(export+" without compression", "has its disk compressed once more (%s)", f.Compression)
	}
	if f.ChunkSize != "" {
		return member{}, disk.Refusef(export+" without chunks", "has its disk in pieces of %s bytes", f.ChunkSize)
	}
	for _, m := range members {
		if m.name != f.Href {
			continue
		}
		if size := strings.TrimSpace(f.Size); size != "" && size != strconv.FormatInt(m.length, 10) {
			return member{}, disk.Refusef(export, "has a file %q of %d bytes, and its descriptor says %s", m.name, m.length, size)
		}
		return m, nil
	}
	return member{}, disk.Refusef(export, "has no file %q, which its descriptor names as the disk", f.Href)
}
