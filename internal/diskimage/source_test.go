// SPDX-License-Identifier: MPL-2.0

package diskimage_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/raw"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/vmdk"
)

const mebibyte = 1 << 20

// write writes a file into a folder and returns its path.
func write(t *testing.T, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// stream returns a disk of 2 MiB with a text at its beginning as a streamOptimized VMDK.
func stream(t *testing.T, text string) string {
	t.Helper()
	whole := make([]byte, 2*mebibyte)
	copy(whole, text)
	source, err := raw.Open(t.Context(), bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	written := &bytes.Buffer{}
	if err := vmdk.WriteStream(t.Context(), written, source, nil); err != nil {
		t.Fatal(err)
	}
	return written.String()
}

// archive returns an OVA with a disk.
func archive(t *testing.T, content string) string {
	t.Helper()
	packed := &bytes.Buffer{}
	w := tar.NewWriter(packed)
	for name, text := range map[string]string{
		"disk.vmdk": content,
		"vm.ovf": `<Envelope><References><File id="f" href="disk.vmdk"/></References>` +
			`<DiskSection><Disk fileRef="f"/></DiskSection></Envelope>`,
	} {
		if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.String()
}

func TestConvertReadsTheDiskOfAnOVA(t *testing.T) {
	t.Parallel()
	folder, into := t.TempDir(), t.TempDir()
	image := write(t, folder, "vm.ova", archive(t, stream(t, "hello")))
	converted, err := diskimage.Convert(t.Context(), diskimage.Source{Path: image, DiskFormat: "vmdk", ContainerFormat: "ova"}, into, nil)
	if err != nil {
		t.Fatal(err)
	}
	checkFile(t, converted, image, 2*mebibyte)
	again, err := io.ReadAll(converted.Reader())
	if err != nil {
		t.Fatal(err)
	}
	checkEmpty(t, into) // before it is closed: a killed process leaves nothing
	closed(t, converted)
	if string(again) != stream(t, "hello") {
		t.Error("another disk")
	}
}

func TestConvertSendsAnISOAsItIs(t *testing.T) {
	t.Parallel()
	text := make([]byte, 0x9000)
	copy(text[0x8001:], "CD001")
	image := write(t, t.TempDir(), "cd.iso", string(text))
	into := t.TempDir()
	converted, err := diskimage.Convert(t.Context(), diskimage.Source{Path: image, DiskFormat: "iso", ContainerFormat: "bare"}, into, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(converted.Reader()); err != nil || !bytes.Equal(got, text) {
		t.Errorf("another image: %v", err)
	}
	if converted.Length != 0x9000 || converted.SourceLength != 0x9000 || len(converted.SHA256) != 64 {
		t.Errorf("got %+v", converted)
	}
	closed(t, converted)
	if _, err := os.Stat(image); err != nil {
		t.Errorf("the source was removed: %v", err)
	}
	checkEmpty(t, into)
}

// What a file is said to be and what it is must agree, and the error says what it is.
func TestConvertRefusesOtherFormatsThanDeclared(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	at := func(offset int, text string) string {
		return strings.Repeat("\x00", offset) + text + strings.Repeat("\x00", 1024)
	}
	for name, tc := range map[string]struct {
		text, format, container, want, help string
	}{
		"qcow2 as raw":         {at(0, "QFI\xfb"), "raw", "bare", "is a qcow2 image, and the configuration says raw", `disk_format = "qcow2"`},
		"VMDK as raw":          {at(0, "KDMV"), "raw", "bare", "is a VMDK image", `disk_format = "vmdk"`},
		"a descriptor as raw":  {at(0, "# Disk DescriptorFile\n"), "raw", "bare", "is a VMDK image", `disk_format = "vmdk"`},
		"COWD as raw":          {at(0, "COWD"), "raw", "bare", "is a VMDK image", `disk_format = "vmdk"`},
		"VHD as raw":           {at(512, "conectix")[:1024], "raw", "bare", "is a VHD image", "qemu-img convert"},
		"VHDX as qcow2":        {at(0, "vhdxfile"), "qcow2", "bare", "is a VHDX image", "qemu-img convert"},
		"VDI as raw":           {at(0x40, "\x7f\x10\xda\xbe"), "raw", "bare", "is a VDI image", "qemu-img convert"},
		"gzip as qcow2":        {at(0, "\x1f\x8b\x08"), "qcow2", "bare", "is compressed (gzip)", "decompress = true"},
		"xz as raw":            {at(0, "\xfd7zXZ\x00"), "raw", "bare", "is compressed (xz)", "decompress = true"},
		"zstd as raw":          {at(0, "\x28\xb5\x2f\xfd"), "raw", "bare", "is compressed (zstd)", "decompress = true"},
		"zip as raw":           {at(0, "PK\x03\x04"), "raw", "bare", "is a zip archive", "unpack it"},
		"7z as VMDK":           {at(0, "7z\xbc\xaf\x27\x1c"), "vmdk", "bare", "is a 7z archive", "unpack it"},
		"an OVA as VMDK":       {archive(t, "x"), "vmdk", "bare", "is a tar archive", `container_format = "ova"`},
		"raw as qcow2":         {at(0, "\xeb\x63"), "qcow2", "bare", "is not a qcow2 image", "qemu-img info"},
		"raw as an ISO image":  {at(0, "\xeb\x63"), "iso", "bare", "is not an ISO image", "qemu-img info"},
		"VMDK as OVA":          {at(0, "KDMV"), "vmdk", "ova", "is a VMDK image", `disk_format = "vmdk"`},
		"an OVA of qcow2":      {archive(t, "x"), "qcow2", "ova", "disk in the format qcow2", `disk_format = "vmdk"`},
		"qcow2 in an OVA":      {archive(t, at(0, "QFI\xfb")), "vmdk", "ova", "a disk that is not read: disk.vmdk is not a VMDK", "tar -xf"},
		"files in an OVA":      {archive(t, descriptor("a")), "vmdk", "ova", "disk.vmdk is of the kind monolithicFlat", "disk.vmdk new.vmdk"},
		"another container":    {at(0, "x"), "raw", "docker", "container_format docker", `"bare" or "ova"`},
		"a format not taken":   {at(0, "vhdxfile"), "vhdx", "bare", "disk_format vhdx", "qemu-img convert"},
		"nothing":              {"", "raw", "bare", "is empty", "transfer it again"},
		"a path as the extent": {descriptor("/etc/passwd"), "vmdk", "bare", "only files in its own folder", "qemu-img convert"},
	} {
		into := t.TempDir()
		image := write(t, folder, strings.ReplaceAll(name, " ", "-"), tc.text)
		_, err := diskimage.Convert(t.Context(), diskimage.Source{Path: image, DiskFormat: tc.format, ContainerFormat: tc.container}, into, nil)
		if text := fmt.Sprint(err); !strings.HasPrefix(text, image) || !strings.Contains(text, tc.want) || !strings.Contains(text, tc.help) {
			t.Errorf("%s: got %v, want it to say %q and %q", name, err, tc.want, tc.help)
		}
		checkEmpty(t, into)
	}
}

// A hybrid ISO image, as it is written to USB sticks, may be used as a disk.
func TestAnISOImageMayBeARawDisk(t *testing.T) {
	t.Parallel()
	text := make([]byte, 0x9000)
	copy(text[0x8001:], "CD001")
	image := write(t, t.TempDir(), "hybrid.iso", string(text))
	opened, err := diskimage.Open(t.Context(), diskimage.Source{Path: image, DiskFormat: "raw", ContainerFormat: "bare"})
	if err != nil {
		t.Fatal(err)
	}
	closed(t, opened)
}

// descriptor returns that of a flat disk of 1 MiB.
func descriptor(extent string) string {
	return fmt.Sprintf("# Disk DescriptorFile\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\nRW 2048 FLAT \"%s\" 0\n", extent)
}

// An extent is a file of the folder: no link to another file, no folder, no pipe; and none at all of an image from a URL.
func TestExtentsAreFilesOfTheFolder(t *testing.T) {
	t.Parallel()
	secret := write(t, t.TempDir(), "secret", strings.Repeat("secret", mebibyte))
	folder := t.TempDir()
	write(t, folder, "file", strings.Repeat("x", mebibyte))
	if err := os.Symlink(secret, filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", filepath.Join(folder, "inside")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for extent, want := range map[string]string{
		"link": "it is not a file", "inside": "it is not a file", "folder": "it is not a file", "gone": "no such file", "file": "",
	} {
		image := write(t, folder, "disk.vmdk", descriptor(extent))
		opened, err := diskimage.Open(t.Context(), diskimage.Source{Path: image, DiskFormat: "vmdk", ContainerFormat: "bare"})
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got %v, want %q", extent, err, want)
		case err == nil:
			closed(t, opened)
		}
	}
	image := write(t, folder, "disk.vmdk", descriptor("file"))
	source := diskimage.Source{Path: image, Name: "https://images.test/disk.vmdk", DiskFormat: "vmdk", ContainerFormat: "bare", Single: true}
	_, err := diskimage.Open(t.Context(), source)
	if err == nil || !strings.HasPrefix(err.Error(), source.Name+" is of the kind monolithicFlat") {
		t.Errorf("from a URL: %v", err)
	}
	for path, want := range map[string]string{folder: "it is not a file", os.DevNull: "it is not a file", folder + "/gone": "no such file"} {
		_, err := diskimage.Open(t.Context(), diskimage.Source{Path: path, DiskFormat: "raw", ContainerFormat: "bare"})
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s as an image: %v", path, err)
		}
	}
}

func TestConvertEndsWithItsContextAndLeavesNothing(t *testing.T) {
	t.Parallel()
	image, into := filepath.Join(t.TempDir(), "image"), t.TempDir()
	content(t, image, 64*mebibyte)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := diskimage.Convert(ctx, diskimage.Source{Path: image, DiskFormat: "raw", ContainerFormat: "bare"}, into,
		func(int64, int64) { cancel() })
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), image) {
		t.Errorf("got %v", err)
	}
	checkEmpty(t, into)
}
