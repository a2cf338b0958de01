// SPDX-License-Identifier: MPL-2.0

package vmdk

import (
	"bufio"
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// Kinds of VMDK that are read, by the createType of their descriptor.
const (
	StreamOptimized      = "streamOptimized"
	MonolithicSparse     = "monolithicSparse"
	MonolithicFlat       = "monolithicFlat"
	TwoGBMaxExtentSparse = "twoGbMaxExtentSparse"
	TwoGBMaxExtentFlat   = "twoGbMaxExtentFlat"
)

// descriptorStart is how a descriptor begins that is a file of its own.
const descriptorStart = "# Disk DescriptorFile"

// longestDescriptor is the longest descriptor that is read, in bytes; QEMU writes 20 sectors.
const longestDescriptor = 1 << 20

// mostExtents is how many extents a disk may have: each is a file that stays open. Of 2 GiB each they make 512 GiB.
const mostExtents = 256

// What helps against images that are not read.
const (
	single   = "`qemu-img convert -f vmdk -O vmdk -o subformat=streamOptimized NAME new.vmdk` writes an image of one file"
	exported = "export it with the vSphere Client or `ovftool`, which write streamOptimized"
)

// descriptor is the text that says what a VMDK consists of.
type descriptor struct {
	kind    string
	extents []extent
}

// extent is a line of a descriptor: a part of the disk.
type extent struct {
	sectors int64
	kind    string // "SPARSE", "FLAT", "ZERO"
	file    string // a plain name
	offset  int64  // where a flat extent begins in its file, in sectors
}

// extentLine matches: access, sectors, kind, file in quotes, offset. The last two may be missing.
var extentLine = regexp.MustCompile(`^(RW|RDONLY|NOACCESS)\s+(\d+)\s+([A-Z0-9]+)(?:\s+"([^"]*)"(?:\s+(\d+))?.*)?$`)

// parseDescriptor reads a descriptor and refuses the kinds that are not read.
func parseDescriptor(text []byte) (*descriptor, error) {
	d, parent := &descriptor{}, ""
	text, _, _ = bytes.Cut(text, []byte{0})
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, longestDescriptor)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if found := extentLine.FindStringSubmatch(line); found != nil {
			if err := d.add(found); err != nil {
				return nil, err
			}
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		switch value = strings.Trim(strings.TrimSpace(value), `"`); strings.ToLower(strings.TrimSpace(key)) {
		case "createtype":
			d.kind = value
		case "parentcid":
			parent = strings.ToLower(value)
		case "parentfilenamehint":
			return nil, disk.Refusef(single, "has a parent disk (%s), and no file but the image itself is read", shown(value))
		}
	}
	if parent != "" && parent != "ffffffff" && parent != "-1" {
		return nil, disk.Refusef(single, "is the difference to a parent disk (parentCID=%s), which is not read", shown(parent))
	}
	return d, d.check()
}

// add appends an extent. Its file must lie in the folder of the descriptor: a path would read another file of this machine.
func (d *descriptor) add(line []string) error {
	sectors, err := strconv.ParseInt(line[2], 10, 64)
	if err != nil || sectors < 1 || sectors > disk.Largest/disk.Sector {
		return disk.Refusef(disk.Again, "has an extent of %s sectors", shown(line[2]))
	}
	e := extent{sectors: sectors, kind: line[3], file: line[4]}
	if line[5] != "" {
		if e.offset, err = strconv.ParseInt(line[5], 10, 64); err != nil || e.offset > disk.Largest/disk.Sector {
			return disk.Refusef(disk.Again, "has an extent that begins at sector %s", shown(line[5]))
		}
	}
	if e.kind != "ZERO" && !plainName(e.file) {
		return disk.Refusef(single, "names %s as an extent, and only files in its own folder are read", shown(e.file))
	}
	if d.extents = append(d.extents, e); len(d.extents) > mostExtents {
		return disk.Refusef(single, "has more than %d extents", mostExtents)
	}
	return nil
}

// plainName reports whether a name is that of a file and no path, on any operating system.
func plainName(name string) bool {
	return name != "" && name != "." && name != ".." && path.Base(name) == name && !strings.ContainsAny(name, "\\/:") &&
		!strings.ContainsFunc(name, unicode.IsControl)
}

// check refuses kinds that are not read, and extents that do not fit the kind.
func (d *descriptor) check() error {
	switch d.kind {
	case StreamOptimized, MonolithicSparse, MonolithicFlat, TwoGBMaxExtentSparse, TwoGBMaxExtentFlat:
	case "vmfsSparse", "seSparse", "vmfs", "vmfsThin", "vmfsEagerZeroedThick", "vmfsPreallocated":
		return disk.Refusef(exported, "is of the kind %s, which only ESX reads", d.kind)
	case "vmfsRawDeviceMap", "vmfsPassthroughRawDeviceMap", "vmfsRaw", "fullDevice", "partitionedDevice":
		return disk.Refusef("`qemu-img convert` of the device itself writes an image", "is a pointer to a device (%s) and holds no data", d.kind)
	case "":
		return disk.Refusef(disk.Again, "has a descriptor without createType")
	default:
		return disk.Refusef(single, "is of the kind %s, which is not known", shown(d.kind))
	}
	if len(d.extents) == 0 {
		return disk.Refusef(disk.Again, "has a descriptor without extents")
	}
	flat := d.kind == MonolithicFlat || d.kind == TwoGBMaxExtentFlat
	for _, e := range d.extents {
		if e.kind != "ZERO" && (e.kind != "FLAT" || !flat) && (e.kind != "SPARSE" || flat) {
			return disk.Refusef(single, "is of the kind %s and has an extent of the kind %s", d.kind, shown(e.kind))
		}
	}
	return nil
}

// sectors returns the size of the disk.
func (d *descriptor) sectors() int64 {
	var sum int64
	for _, e := range d.extents {
		sum += e.sectors
	}
	return sum
}

// shown returns a text of the file for people: without control characters, and not too long.
func shown(text string) string {
	if len(text) > 100 {
		text = text[:100] + "..."
	}
	return fmt.Sprintf("%q", text)
}
