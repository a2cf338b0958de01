// SPDX-License-Identifier: MPL-2.0

// Package diskimage makes of an image in any format that is taken in the one file that is sent to a vCenter: a streamOptimized VMDK. It
// reads one file, or the extents beside a VMDK's descriptor, and calls no other program.
package diskimage

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/ova"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/qcow2"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/raw"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/vmdk"
)

// Source is a file with an image, and what the configuration says that it is.
type Source struct {
	Path            string
	Name            string // how errors call it, such as its URL without credentials; "" for the path
	DiskFormat      string // "qcow2", "raw", "vmdk" or "iso"
	ContainerFormat string // "bare", "ova" or "ovf"

	// Single forbids files beside it: of an image from a URL only one file is here.
	Single bool
}

// ISO reports whether the image is a CD-ROM's, which is sent as it is.
func (s Source) ISO() bool { return s.DiskFormat == "iso" }

// name returns how errors call the source.
func (s Source) name() string {
	if s.Name != "" {
		return s.Name
	}
	return s.Path
}

// image is an open disk with its file.
type image struct {
	disk.Image
	file *local
}

func (i image) Close() error {
	return errors.Join(i.Image.Close(), i.file.Close())
}

// Open opens the disk of a source, and refuses one that is not what the configuration says or cannot be read safely. All of its tables
// are read, none of its data, except that of an OVA with a manifest.
func Open(ctx context.Context, source Source) (disk.Image, error) {
	file, err := openLocal(source.Path)
	if err != nil {
		return nil, disk.Named(source.name(), err)
	}
	opened, err := source.open(ctx, file)
	if err != nil {
		return nil, disk.Named(source.name(), errors.Join(err, file.Close()))
	}
	return image{opened, file}, nil
}

// open opens the disk in a file.
func (s Source) open(ctx context.Context, file *local) (disk.Image, error) {
	if s.ContainerFormat == "ova" {
		if s.DiskFormat != "vmdk" {
			return nil, disk.Refusef(`set disk_format = "vmdk"`, "is said to be an OVA with a disk in the format %s", s.DiskFormat)
		}
		if err := agree(file, "tar"); err != nil {
			return nil, err
		}
		name, content, err := ova.Open(ctx, file)
		if err != nil {
			return nil, err
		}
		disk, err := vmdk.Open(ctx, content, nil)
		return opened(disk, inside(name, err))
	}
	if !slices.Contains([]string{"bare", "ovf"}, s.ContainerFormat) {
		return nil, disk.Refusef(`set it to "bare" or "ova"`, "has the container_format %s, which is not read", s.ContainerFormat)
	}
	if err := agree(file, s.DiskFormat); err != nil {
		return nil, err
	}
	switch s.DiskFormat {
	case "qcow2":
		return opened(qcow2.Open(ctx, file))
	case "vmdk":
		var beside vmdk.Folder
		if !s.Single {
			beside = folder{filepath.Dir(s.Path)}
		}
		return opened(vmdk.Open(ctx, file, beside))
	case "raw":
		return opened(raw.Open(ctx, file))
	}
	return nil, disk.Refusef("`qemu-img convert -O qcow2 NAME new.qcow2` makes an image that is read",
		"has the disk_format %s, which is not converted", s.DiskFormat)
}

// opened returns an opened image, or no image with an error.
func opened[I disk.Image](i I, err error) (disk.Image, error) {
	if err != nil {
		return nil, err
	}
	return i, nil
}

// inside makes the refusal of an archive's disk that of the archive.
func inside(name string, err error) error {
	var refusal *disk.Refusal
	if errors.As(err, &refusal) {
		help := strings.ReplaceAll(refusal.Help, "NAME", disk.Quoted(name))
		return disk.Refusef("unpack it with `tar -xf NAME`; "+help, "has a disk that is not read: %s %s", name, refusal.Why)
	}
	return err
}
