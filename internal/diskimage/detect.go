// SPDX-License-Identifier: MPL-2.0

package diskimage

import (
	"errors"
	"io"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// magic is how a format is told by its bytes.
type magic struct {
	format string // what it is, for people
	at     int64  // from the beginning, or from the end where it is negative
	bytes  string
}

// magics are the formats that are told by their bytes: those that are read, and those that are taken for others.
var magics = []magic{
	{"qcow2", 0, "QFI\xfb"},
	{"vmdk", 0, "KDMV"},
	{"vmdk", 0, "# Disk DescriptorFile"},
	{"vmdk", 0, "COWD"},
	{"vmdk", 0, "\xbe\xba\xfe\xca\x00\x00\x00\x00"},
	{"vhdx", 0, "vhdxfile"},
	{"vhd", 0, "conectix"},
	{"vhd", -512, "conectix"},
	{"vdi", 0x40, "\x7f\x10\xda\xbe"},
	{"ploop", 0, "WithoutFreeSpace"},
	{"ploop", 0, "WithouFreSpacExt"},
	{"qed", 0, "QED\x00"},
	{"luks", 0, "LUKS\xba\xbe"},
	{"gzip", 0, "\x1f\x8b\x08"},
	{"bzip2", 0, "BZh91AY&SY"},
	{"xz", 0, "\xfd7zXZ\x00"},
	{"zstd", 0, "\x28\xb5\x2f\xfd"},
	{"zip", 0, "PK\x03\x04"},
	{"7z", 0, "7z\xbc\xaf\x27\x1c"},
	{"tar", 257, "ustar"},
	{"iso", 0x8001, "CD001"},
}

// Detect returns the format that the bytes of a file are of, or "" where they are of none with a mark. An ISO image that is also a disk, as
// those for USB sticks are, is "iso"; a tar archive, which an OVA is, is "tar".
func Detect(file disk.File) (string, error) {
	for _, m := range magics {
		at := m.at
		if at < 0 {
			at += file.Size()
		}
		if at < 0 || at+int64(len(m.bytes)) > file.Size() {
			continue
		}
		found := make([]byte, len(m.bytes))
		if err := disk.ReadFull(file, found, at); errors.Is(err, io.ErrUnexpectedEOF) {
			continue
		} else if err != nil {
			return "", err
		}
		if string(found) == m.bytes {
			return m.format, nil
		}
	}
	return "", nil
}

// agree refuses a file whose bytes are of another format than the configuration says. That an ISO image is used as a raw disk is in order.
func agree(file disk.File, want string) error {
	found, err := Detect(file)
	switch {
	case err != nil:
		return err
	case found == want, want == "raw" && (found == "" || found == "iso"):
		return nil
	case found == "":
		return disk.Refusef("set disk_format and container_format to what it is; `qemu-img info NAME` tells", "is not %s", article(want))
	}
	return disk.Refusef(helpAgainst(found), "is %s, and the configuration says %s", article(found), want)
}

// helpAgainst says what to do with a file of a format.
func helpAgainst(found string) string {
	switch found {
	case "qcow2", "vmdk", "iso":
		return `set disk_format = "` + found + `"`
	case "tar":
		return `set container_format = "ova" and disk_format = "vmdk", if it is an OVA, and unpack it otherwise`
	case "gzip", "bzip2", "xz", "zstd":
		return "set decompress = true, or decompress it before"
	case "zip", "7z":
		return "unpack it, and give the image that is in it"
	case "luks":
		return "images that are encrypted as a whole are not read; `cryptsetup` opens it"
	}
	return "`qemu-img convert -O qcow2 NAME new.qcow2` makes an image that is read"
}

// names are formats as people call them, where that is not their name in OpenStack.
var names = map[string]string{
	"qcow2": "a qcow2 image", "vmdk": "a VMDK image", "vhd": "a VHD image", "vhdx": "a VHDX image", "vdi": "a VDI image", "raw": "a raw disk",
	"ploop": "a Parallels image", "qed": "a QED image", "luks": "an encrypted disk (LUKS)", "gzip": "compressed (gzip)",
	"bzip2": "compressed (bzip2)", "xz": "compressed (xz)", "zstd": "compressed (zstd)", "zip": "a zip archive", "7z": "a 7z archive",
	"tar": "a tar archive", "iso": "an ISO image",
}

func article(format string) string {
	if name, known := names[format]; known {
		return name
	}
	return format
}
