// SPDX-License-Identifier: MPL-2.0

package ova_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/memory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/ova"
)

// entry is a file of an archive.
type entry struct {
	name, text string
	kind       byte // of tar; 0 is a file
}

const content = "the content of a disk"

// descriptor returns an OVF descriptor with these elements.
func descriptor(files, disks string) string {
	return `<?xml version="1.0"?><Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
<References>` + files + `</References><DiskSection><Info>Disks</Info>` + disks + `</DiskSection></Envelope>`
}

const (
	oneFile = `<File ovf:id="file1" ovf:href="vm-disk1.vmdk" ovf:size="21"/>`
	oneDisk = `<Disk ovf:diskId="disk1" ovf:fileRef="file1" ovf:capacity="1" ovf:capacityAllocationUnits="byte * 2^20"/>`
)

// good returns the files of an OVA, with other ones in their place or behind them.
func good(others ...entry) []entry {
	entries := []entry{{name: "vm.ovf", text: descriptor(oneFile, oneDisk)}, {name: "vm.mf"}, {name: "vm-disk1.vmdk", text: content}}
	entries[1].text = manifest(entries[0], entries[2])
next:
	for _, other := range others {
		for i := range entries {
			if entries[i].name == other.name {
				entries[i] = other
				continue next
			}
		}
		entries = append(entries, other)
	}
	return entries
}

func manifest(entries ...entry) string {
	text := ""
	for _, e := range entries {
		text += fmt.Sprintf("SHA256(%s)= %x\n", e.name, sha256.Sum256([]byte(e.text)))
	}
	return text
}

// archive packs files.
func archive(t testing.TB, entries []entry) []byte {
	t.Helper()
	packed := &bytes.Buffer{}
	w := tar.NewWriter(packed)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Typeflag: e.kind, Mode: 0o600, Size: int64(len(e.text))}
		if e.kind == 0 {
			header.Typeflag = tar.TypeReg
		} else {
			header.Linkname, header.Size, e.text = e.text, 0, ""
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func TestOpenFindsTheDisk(t *testing.T) {
	t.Parallel()
	bare := descriptor(oneFile+`<File ovf:id="file2" ovf:href="vm.nvram"/>`, oneDisk+`<Disk ovf:diskId="empty" ovf:capacity="7"/>`)
	for name, entries := range map[string][]entry{
		"with a manifest":        good(),
		"with a certificate":     good(entry{name: "vm.cert", text: "certificate"}),
		"without a manifest":     {{name: "vm.OVF", text: bare}, {name: "vm.nvram", text: "x"}, {name: "vm-disk1.vmdk", text: content}},
		"descriptor at the end":  {{name: "vm-disk1.vmdk", text: content}, {name: "vm.ovf", text: bare}},
		"a manifest of one file": good(entry{name: "vm.mf", text: manifest(entry{name: "vm-disk1.vmdk", text: content})}),
	} {
		file, got, err := ova.Open(t.Context(), bytes.NewReader(archive(t, entries)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text := make([]byte, got.Size())
		if _, err := got.ReadAt(text, 0); file != "vm-disk1.vmdk" || string(text) != content || err != nil && err != io.EOF {
			t.Errorf("%s: %s with %q, %v", name, file, text, err)
		}
	}
}

// hostile are archives that are refused.
var hostile = []struct {
	name    string
	entries []entry
	want    string
	help    string
}{
	{"no descriptor", good()[1:], "0 files *.ovf", "ovftool"},
	{"two descriptors", good(entry{name: "b.ovf"}), "2 files *.ovf", "ovftool"},
	{"a path", good(entry{name: "../../etc/cron.d/a", text: "x"}), `"../../etc/cron.d/a"`, "ovftool"},
	{"an absolute path", good(entry{name: "/etc/passwd", text: "x"}), `"/etc/passwd"`, "ovftool"},
	{"a path of Windows", good(entry{name: `..\a`, text: "x"}), "names with a path", "ovftool"},
	{"an escape sequence", good(entry{name: "\x1b[2J", text: "x"}), `"\x1b[2J"`, "ovftool"},
	{"a symbolic link", good(entry{"vm-disk1.vmdk", "/etc/passwd", tar.TypeSymlink}), `"vm-disk1.vmdk" that is no file`, "ovftool"},
	{"a link", good(entry{"vm-disk1.vmdk", "vm.ovf", tar.TypeLink}), "is no file", "ovftool"},
	{"a folder", good(entry{"folder", "", tar.TypeDir}), "is no file", "ovftool"},
	{"a device", good(entry{"null", "", tar.TypeChar}), "is no file", "ovftool"},
	{"a file twice", append(good(), entry{name: "VM-disk1.vmdk", text: "x"}), `"VM-disk1.vmdk" twice`, "ovftool"},
	{"a great descriptor", good(entry{name: "vm.ovf", text: strings.Repeat(" ", 5<<20)}), "5242880 bytes", "ovftool"},
	{"a descriptor that is no XML", good(entry{name: "vm.ovf", text: "<Envelope>"}), "is not read", "ovftool"},
	{"another document", good(entry{name: "vm.ovf", text: "<html/>"}), "is not read", "ovftool"},
	{"no disk", good(entry{name: "vm.ovf", text: descriptor(oneFile, "")}), "has 0 disks", "tar -xf"},
	{"two disks", good(entry{name: "vm.ovf", text: descriptor(oneFile, oneDisk+oneDisk)}), "has 2 disks", "tar -xf"},
	{"a difference", good(entry{name: "vm.ovf", text: descriptor(oneFile, `<Disk fileRef="file1" parentRef="a"/>`)}), "difference", "ovftool"},
	{"no such file", good(entry{name: "vm.ovf", text: descriptor("", oneDisk)}), `refers to a file "file1"`, "ovftool"},
	{"a path as the disk", good(entry{name: "vm.ovf", text: descriptor(`<File id="file1" href="/etc/passwd"/>`, oneDisk)}),
		`no file "/etc/passwd"`, "ovftool"},
	{"an address as the disk", good(entry{name: "vm.ovf", text: descriptor(`<File id="file1" href="http://10.0.0.1/a"/>`, oneDisk)}),
		`no file "http://10.0.0.1/a"`, "ovftool"},
	{"gzip", good(entry{name: "vm.ovf", text: descriptor(`<File id="file1" href="vm-disk1.vmdk" compression="gzip"/>`, oneDisk)}), "gzip",
		"without compression"},
	{"chunks", good(entry{name: "vm.ovf", text: descriptor(`<File id="file1" href="vm-disk1.vmdk" chunkSize="7"/>`, oneDisk)}), "pieces of 7",
		"without chunks"},
	{"another size", good(entry{name: "vm.ovf", text: descriptor(`<File id="file1" href="vm-disk1.vmdk" size="22"/>`, oneDisk)}),
		"of 21 bytes, and its descriptor says 22", "ovftool"},
	{"another content", good(entry{name: "vm-disk1.vmdk", text: "The content of a disk"}), "SHA256 is", "transfer it again"},
	{"a manifest of a file that is not there", good(entry{name: "vm.mf", text: manifest(entry{name: "b"})}), `no file "b"`, "ovftool"},
	{"a manifest that is none", good(entry{name: "vm.mf", text: "hello"}), `line that is not read: "hello"`, "ovftool"},
	{"a manifest that says it twice", good(entry{name: "vm.mf", text: strings.Repeat(manifest(good()[2]), 2)}), "two lines", "ovftool"},
	{"a manifest of SHA1", good(entry{name: "vm.mf", text: "SHA1(vm.ovf)= 8b33\n"}), "SHA1 is", "transfer it again"},
	{"a great manifest", good(entry{name: "vm.mf", text: strings.Repeat(" ", 2<<20)}), "2097152 bytes", "ovftool"},
}

func TestHostileArchivesAreRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range hostile {
		_, _, err := ova.Open(t.Context(), bytes.NewReader(archive(t, tc.entries)))
		refused(t, tc.name, err, tc.want, tc.help)
	}
	many := good()
	for i := range 70 {
		many = append(many, entry{name: fmt.Sprint(i)})
	}
	_, _, err := ova.Open(t.Context(), bytes.NewReader(archive(t, many)))
	refused(t, "many files", err, "more than 64 files", "tar -xf")
}

func TestArchivesThatAreCutShortAreRefused(t *testing.T) {
	t.Parallel()
	whole := archive(t, good())
	for _, length := range []int{0, 100, 600, 2000, len(whole) - 1024 - 512 + 3} {
		if _, _, err := ova.Open(t.Context(), bytes.NewReader(whole[:length])); err == nil {
			t.Errorf("%d bytes of %d are read", length, len(whole))
		}
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := ova.Open(ctx, bytes.NewReader(archive(t, good()))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// refused fails unless an error is a refusal that says why and what helps.
func refused(t *testing.T, name string, err error, want, help string) {
	t.Helper()
	err = disk.Named("cloud.ova", err)
	var refusal *disk.Refusal
	if !errors.As(err, &refusal) {
		t.Errorf("%s: got %v, want a refusal", name, err)
		return
	}
	if text := err.Error(); !strings.Contains(text, want) || !strings.Contains(text, help) || strings.Contains(text, "NAME") {
		t.Errorf("%s: got %q, want it to say %q and %q", name, text, want, help)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(archive(f, good()))
	for _, tc := range hostile {
		if packed := archive(f, tc.entries); len(packed) < 1<<16 {
			f.Add(packed)
		}
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		memory.Within(t, memory.Untrusted, func() { unpack(t, packed) })
	})
}

// unpack reads the disk of an archive to its end.
func unpack(t *testing.T, packed []byte) {
	t.Helper()
	_, found, err := ova.Open(t.Context(), bytes.NewReader(packed))
	if err != nil {
		return
	}
	if _, err := io.Copy(io.Discard, io.NewSectionReader(found, 0, found.Size())); err != nil {
		t.Errorf("a disk that was found: %v", err)
	}
	if found.Size() > int64(len(packed)) {
		t.Errorf("a disk of %d bytes in an archive of %d", found.Size(), len(packed))
	}
}
