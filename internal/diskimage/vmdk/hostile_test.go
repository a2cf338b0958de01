// SPDX-License-Identifier: MPL-2.0

package vmdk_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/memory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/vmdk"
)

func at32(at int, value uint32) func([]byte) []byte {
	return func(image []byte) []byte { put32(image, at, value); return image }
}

func at64(at int, value uint64) func([]byte) []byte {
	return func(image []byte) []byte { put64(image, at, value); return image }
}

// hostile are changes of a good sparse image, each with what the refusal says and which help it gives.
var hostile = []struct {
	name   string
	change func(image []byte) []byte
	want   string
	help   string
}{
	{"another format", func(image []byte) []byte { copy(image, "QFI\xfb"); return image }, "is not a VMDK image", "qemu-img info"},
	{"COWD", func(image []byte) []byte { copy(image, "COWD"); return image }, "(COWD)", "ovftool"},
	{"seSparse", at32(0, 0xcafebabe), "seSparse", "ovftool"},
	{"nothing", func([]byte) []byte { return nil }, "ends within its header", "transfer it again"},
	{"version 4", at32(4, 4), "version 4", "qemu-img convert"},
	{"a transfer as text", func(image []byte) []byte { copy(image[73:], "\n \n\n"); return image }, "transfer as text", "transfer it again"},
	{"no size", at64(12, 0), "disk of 0 sectors", "transfer"},
	{"a size beyond all", at64(12, 1<<63), "disk of 9223372036854775808 sectors", "transfer"},
	{"a size that the descriptor has not", at64(12, 256), "descriptor of 128 sectors in 1 extents, and a header of 256", "transfer"},
	{"grains of 0", at64(20, 0), "grains of 0", "transfer"},
	{"grains of 3 sectors", at64(20, 24), "grains of 24", "transfer"},
	{"grains of 2^63", at64(20, 1<<63), "grains of 9223372036854775808", "transfer"},
	{"tables of nothing", at32(44, 0), "tables of 0", "transfer"},
	{"tables of 4G", at32(44, 1<<32-1), "tables of 4294967295", "transfer"},
	{"an unknown compression", func(image []byte) []byte { put32(image, 8, 3|1<<16); image[77] = 9; return image },
		"not known (9)", "qemu-img"},
	{"compressed without markers", func(image []byte) []byte { put32(image, 8, 3|1<<16); image[77] = 1; return image },
		"no markers", "transfer"},
	{"compressed and monolithicSparse", func(image []byte) []byte { put32(image, 8, 3|3<<16); image[77] = 1; return image },
		"its header says otherwise", "transfer"},
	{"a descriptor of 2^60 sectors", at64(36, 1<<60), "descriptor where none can be", "transfer"},
	{"a descriptor behind the end", at64(28, 1<<60), "descriptor where none can be", "transfer"},
	{"a descriptor over the end", at64(36, 100), "within its descriptor", "transfer"},
	{"no descriptor", at64(28, 0), "an extent of a disk of several files", "name the file with the descriptor"},
	{"no directory", at64(56, 0), "its grain directory", "transfer"},
	{"a directory behind the end", at64(56, 1<<62), "its grain directory", "transfer"},
	{"a footer that is none", at64(56, 1<<64-1), "does not end with its footer", "transfer"},
	{"a table behind the end", at32(directoryAt*sector, 1<<31), "within a grain table", "transfer"},
	{"a grain behind the end", at32(tableAt*sector, 1<<31), "a grain at sector 2147483648, behind its end", "transfer"},
	{"one grain everywhere", func(image []byte) []byte {
		for i := range 16 {
			put32(image, tableAt*sector+4*i, grainAt)
		}
		return image
	}, "more data than the file holds", "qemu-img convert"},
}

func TestHostileSparseImagesAreRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range hostile {
		_, err := read(t, tc.change(sparse(vmdk.MonolithicSparse)), nil)
		refused(t, tc.name, err, tc.want, tc.help)
	}
}

// descriptors are those that are refused.
var descriptors = []struct{ name, text, want, help string }{
	{"a parent", strings.Replace(descriptor("monolithicSparse", `RW 128 SPARSE "a"`), "ffffffff", "12345678", 1),
		"parentCID=", "qemu-img convert"},
	{"a parent's file", descriptor("monolithicSparse", `parentFileNameHint="/etc/passwd"`), `"/etc/passwd"`, "qemu-img convert"},
	{"ESX's own", descriptor("vmfsSparse", `RW 128 VMFSSPARSE "a"`), "only ESX reads", "ovftool"},
	{"seSparse", descriptor("seSparse", `RW 128 SESPARSE "a"`), "only ESX reads", "ovftool"},
	{"a raw device", descriptor("vmfsRawDeviceMap", `RW 128 VMFSRDM "a"`), "pointer to a device", "qemu-img convert"},
	{"a device of a host", descriptor("fullDevice", `RW 128 FLAT "a" 0`), "pointer to a device", "qemu-img convert"},
	{"an unknown kind", descriptor("custom", `RW 128 FLAT "a" 0`), `"custom", which is not known`, "qemu-img convert"},
	{"no kind", "# Disk DescriptorFile\nRW 128 FLAT \"a\" 0\n", "without createType", "transfer"},
	{"no extents", descriptor("monolithicFlat"), "without extents", "transfer"},
	{"a path", descriptor("monolithicFlat", `RW 128 FLAT "/etc/passwd" 0`), `"/etc/passwd" as an extent`, "qemu-img convert"},
	{"a path upwards", descriptor("monolithicFlat", `RW 128 FLAT "../a" 0`), `"../a" as an extent`, "qemu-img convert"},
	{"a path of Windows", descriptor("monolithicFlat", `RW 128 FLAT "..\a" 0`), `as an extent`, "qemu-img convert"},
	{"the folder above", descriptor("monolithicFlat", `RW 128 FLAT ".." 0`), `".." as an extent`, "qemu-img convert"},
	{"a stream of Windows", descriptor("monolithicFlat", `RW 128 FLAT "a:b" 0`), `"a:b" as an extent`, "qemu-img convert"},
	{"no name", descriptor("monolithicFlat", `RW 128 FLAT`), `"" as an extent`, "qemu-img convert"},
	{"a file that is not there", descriptor("monolithicFlat", `RW 128 FLAT "b" 0`), "cannot be read", "all files of the image"},
	{"a file that is too short", descriptor("monolithicFlat", `RW 129 FLAT "a" 0`),
		"a has 65536 bytes, and the descriptor says 66048", "transfer"},
	{"a place behind the end", descriptor("monolithicFlat", `RW 128 FLAT "a" 9999`), "cut short", "transfer"},
	{"a place beyond all", descriptor("monolithicFlat", `RW 128 FLAT "a" 99999999999999999999`), "begins at sector", "transfer"},
	{"an extent of nothing", descriptor("monolithicFlat", `RW 0 FLAT "a" 0`), "extent of \"0\" sectors", "transfer"},
	{"an extent beyond all", descriptor("monolithicFlat", `RW 9223372036854775807 FLAT "a" 0`), "extent of", "transfer"},
	{"a flat one among sparse", descriptor("twoGbMaxExtentSparse", `RW 128 FLAT "a" 0`), "extent of the kind", "qemu-img convert"},
	{"a sparse one of another size", descriptor("twoGbMaxExtentSparse", `RW 64 SPARSE "s"`), "s has 128 sectors", "transfer"},
	{"a sparse one that is none", descriptor("twoGbMaxExtentSparse", `RW 64 SPARSE "a"`), "a is not a VMDK", "qemu-img info"},
	{"too many", descriptor("monolithicFlat", strings.Repeat("RW 128 ZERO\n", 300)), "more than 256 extents", "qemu-img convert"},
	{"too long", descriptor("monolithicFlat") + strings.Repeat(" ", 2<<20), "begins as a descriptor", "transfer"},
}

func TestHostileDescriptorsAreRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range descriptors {
		_, err := read(t, []byte(tc.text), files{"a": sparseDisk(), "s": sparse("")})
		refused(t, tc.name, err, tc.want, tc.help)
	}
	_, err := read(t, []byte(descriptor("monolithicFlat", `RW 128 FLAT "a" 0`)), nil)
	refused(t, "several files from a URL", err, "only images of one file", "subformat=streamOptimized")
}

// refused fails unless an error is a refusal that says why and what helps.
func refused(t *testing.T, name string, err error, want, help string) {
	t.Helper()
	err = disk.Named("cloud.vmdk", err)
	var refusal *disk.Refusal
	if !errors.As(err, &refusal) {
		t.Errorf("%s: got %v, want a refusal", name, err)
		return
	}
	if text := err.Error(); !strings.Contains(text, want) || !strings.Contains(text, help) || strings.Contains(text, "NAME") {
		t.Errorf("%s: got %q, want it to say %q and %q", name, text, want, help)
	}
}

// Wherever a stream is cut, the reader says so, and one byte more is noticed as well.
func TestStreamsThatAreCutShortAreRefused(t *testing.T) {
	t.Parallel()
	whole := stream(t, content(3*mebibyte))
	for length := 0; length < len(whole); length += 509 {
		if _, err := read(t, whole[:length], nil); err == nil {
			t.Fatalf("%d bytes of %d are read", length, len(whole))
		}
	}
	_, err := read(t, append(bytes.Clone(whole), 'x'), nil)
	refused(t, "a byte more", err, "something was added to it", "transfer")
}

func TestMarkersAndTablesMustAgree(t *testing.T) {
	t.Parallel()
	const first = 128 * sector // where the first grain lies
	for name, tc := range map[string]struct {
		at    int
		value uint32
		want  string
	}{
		"another grain":   {first, 128, "another lies there"},
		"no length":       {first + 8, 0, "compressed grain of 0 bytes"},
		"a length of 4 G": {first + 8, 1<<32 - 1, "compressed grain of 4294967295 bytes"},
		"noise":           {first + 12, 1<<32 - 1, "does not inflate"},
	} {
		image := stream(t, content(3*mebibyte))
		put32(image, tc.at, tc.value)
		_, err := read(t, image, nil)
		refused(t, name, err, tc.want, "transfer it again")
	}
}

func TestMemoryDoesNotFollowTheHeader(t *testing.T) { //nolint:paralleltest // it measures memory
	var before, after runtime.MemStats
	image := sparse("")
	runtime.ReadMemStats(&before)
	for _, entries := range []uint32{1, 512, 4096} {
		put32(image, 44, entries)
		put64(image, 12, 62<<40/512)
		text := descriptor(vmdk.TwoGBMaxExtentSparse, `RW 133143986176 SPARSE "s"`)
		_, err := read(t, []byte(text), files{"s": image})
		refused(t, "62 TiB", err, "its grain directory", "transfer")
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 {
		t.Errorf("%d bytes were allocated", took)
	}
}

// A directory may mark a table of zeros as a table marks a grain of zeros, and the reader then agrees with the check.
func TestATableOfZerosIsZeros(t *testing.T) {
	t.Parallel()
	image := at32(directoryAt*sector, 1)(sparse(vmdk.MonolithicSparse))
	r, err := vmdk.Open(t.Context(), bytes.NewReader(image), nil)
	if err != nil {
		t.Fatal(err)
	}
	if start, _, err := r.NextData(0); err != nil || start != r.Size() {
		t.Errorf("data at %d, %v", start, err)
	}
}

// A read fills all of its buffer, which may have held another grain before.
func TestTheRestOfAShortGrainIsZeros(t *testing.T) {
	t.Parallel()
	image := sparse(vmdk.MonolithicSparse)
	r, err := vmdk.Open(t.Context(), bytes.NewReader(image[:len(image)-sector]), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := bytes.Repeat([]byte{'x'}, 128*sector)
	want := sparseDisk()
	clear(want[(2*grainSectors-1)*sector:])
	if n, err := r.ReadAt(got, 0); n != len(got) || err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v, %q behind the grain", n, err, got[(2*grainSectors-1)*sector])
	}
}

// An image of as many extents as there may be, each with as many tables as are kept: one of them is in memory at a time.
func TestExtentsShareTheirMemory(t *testing.T) { //nolint:paralleltest // it measures memory
	const tables, entries = 64, 4096
	image := make([]byte, 4<<20)
	copy(image, sparse("")[:512])
	put64(image, 12, tables*entries*grainSectors)
	put32(image, 44, entries)
	for i := range tables {
		at := grainAt + i*entries*4/sector
		put32(image, directoryAt*sector+4*i, uint32(at))
		put32(image, at*sector, uint32(len(image)/sector-grainSectors))
	}
	line := fmt.Sprintf("RW %d SPARSE \"s\"", tables*entries*grainSectors)
	memory.Holds(t, 16<<20, func() any {
		r, err := vmdk.Open(t.Context(), bytes.NewReader([]byte(descriptor(vmdk.TwoGBMaxExtentSparse, slices.Repeat([]string{line}, 256)...))),
			files{"s": image})
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for offset := int64(0); offset < r.Size(); {
			start, end, err := r.NextData(offset)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.ReadAt(make([]byte, 512), start); start < r.Size() && err != nil {
				t.Fatal(err)
			}
			found, offset = found+1, end
		}
		if found != 256*tables+1 {
			t.Errorf("%d extents of data, want %d", found, 256*tables)
		}
		return r
	})
}

func FuzzReader(f *testing.F) {
	f.Add(stream(f, content(mebibyte)), sparse(""))
	f.Add(sparse(vmdk.MonolithicSparse), []byte{})
	for _, tc := range hostile {
		f.Add(tc.change(sparse(vmdk.MonolithicSparse)), []byte{})
	}
	for _, tc := range descriptors {
		if len(tc.text) < 1<<16 {
			f.Add([]byte(tc.text), sparse(""))
		}
	}
	f.Add([]byte(descriptor(vmdk.TwoGBMaxExtentSparse, `RW 128 SPARSE "s"`, `RW 10 ZERO`, `RW 128 SPARSE "s"`)), sparse(""))
	f.Fuzz(func(t *testing.T, image, extent []byte) {
		memory.Within(t, memory.Untrusted, func() { walk(t, image, extent) })
	})
}

// walk reads an image as a conversion does, up to 100 extents of it.
func walk(t *testing.T, image, extent []byte) {
	t.Helper()
	r, err := vmdk.Open(t.Context(), bytes.NewReader(image), files{"s": extent, "a": extent})
	if err != nil {
		return
	}
	part, again := make([]byte, 3000), make([]byte, 3000)
	for offset, steps := int64(0), 0; offset < r.Size() && steps < 100; steps++ {
		start, end, err := r.NextData(offset)
		if err != nil {
			t.Fatalf("an image that was checked: %v", err)
		}
		if start < offset || end < start || end > r.Size() || end == start && start != r.Size() {
			t.Fatalf("behind %d: extent from %d to %d of %d", offset, start, end, r.Size())
		}
		for i := range part {
			part[i], again[i] = 0x55, 0xaa
		}
		n, err := r.ReadAt(part, start)
		if err == nil && n != len(part) {
			t.Fatalf("a read of %d bytes without an error", n)
		}
		if m, _ := r.ReadAt(again, start); m != n || !bytes.Equal(part[:n], again[:n]) {
			t.Fatalf("two reads of %d and %d bytes differ", n, m)
		}
		offset = end
	}
}
