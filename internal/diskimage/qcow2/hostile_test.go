// SPDX-License-Identifier: MPL-2.0

package qcow2_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/memory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/qcow2"
)

// hostile are changes of a good image, each with what the refusal says and which help it gives.
var hostile = []struct {
	name   string
	change func(raw []byte) []byte
	want   string
	help   string
}{
	{"another format", at32(0, 0x4b444d56), "is not a qcow2 image", "qemu-img info"},
	{"nothing", func([]byte) []byte { return nil }, "is not a qcow2 image", "qemu-img info"},
	{"a header cut short", func(raw []byte) []byte { return raw[:70] }, "within its header", "transfer it again"},
	{"a header of version 3 cut short", func(raw []byte) []byte { return raw[:103] }, "within its header", "transfer it again"},
	{"version 1", at32(4, 1), "version 1", "qemu-img convert"},
	{"version 4", at32(4, 4), "version 4", "qemu-img convert"},
	{"a backing file", func(raw []byte) []byte {
		put64(raw, 8, 200)
		put32(raw, 16, uint32(copy(raw[200:], "/etc/passwd")))
		return raw
	}, "backing file (/etc/passwd)", "qemu-img convert"},
	{"a backing file without a name", at64(8, 200), "backing file,", "qemu-img convert"},
	{"a backing file with a length only", at32(16, 0xffffffff), "backing file,", "qemu-img convert"},
	{"a backing file behind the end", func(raw []byte) []byte {
		put64(raw, 8, 1<<63)
		put32(raw, 16, 8)
		return raw
	}, "backing file,", "qemu-img convert"},
	{"an external data file", at64(72, 1<<2), "data in another file", "qemu-img convert"},
	{"encryption", at32(32, 2), "is encrypted", "--object secret"},
	{"the corrupt bit", at64(72, 1<<1), "marked as corrupt", "qemu-img check -r all"},
	{"an unknown feature", at64(72, 1<<40), "not known (bits 0x10000000000)", "qemu-img convert"},
	{"a short header length", at32(100, 16), "header of 16 bytes", "transfer"},
	{"a compression type without its bit", func(raw []byte) []byte { raw[104] = 1; return raw }, "about its compression", "transfer"},
	{"a compression bit without its type", at64(72, 1<<3), "about its compression", "transfer"},
	{"an unknown compression", func(raw []byte) []byte { put64(raw, 72, 1<<3); raw[104] = 7; return raw }, "type 7", "qemu-img convert"},
	{"clusters of 2^8", at32(20, 8), "clusters of 2^8", "transfer"},
	{"clusters of 2^22", at32(20, 22), "clusters of 2^22", "transfer"},
	{"clusters of 2^40", at32(20, 40), "clusters of 2^40", "transfer"},
	{"clusters of 2^63", at32(20, 63), "clusters of 2^63", "transfer"},
	{"extended L2 in clusters of 2^9", at64(72, 1<<4), "clusters of 2^9", "transfer"},
	{"no size", at64(24, 0), "no bytes", "qemu-img info"},
	{"a size beyond vSphere's", at64(24, 62<<40+1), "62 TiB", "transfer"},
	{"a negative size", at64(24, 1<<63), "62 TiB", "transfer"},
	{"a size that the L1 table does not reach", at64(24, 62<<40), "L1 table of 1 entries", "transfer"},
	{"an L1 table that the file has not", func(raw []byte) []byte {
		put64(raw, 24, 62<<40)
		put32(raw, 36, 0xffffffff)
		return raw
	}, "within its L1 table", "transfer"},
	{"an L1 table in the header", at64(40, 0), "L1 table where none can be", "transfer"},
	{"an unaligned L1 table", at64(40, tableAt+8), "L1 table where none can be", "transfer"},
	{"an L1 table behind the end", at64(40, 1<<62), "within its L1 table", "transfer"},
	{"an L2 table behind the end", at64(tableAt, fileSize), "an L2 table at byte 3072, behind its end", "transfer"},
	{"data behind the end", at64(entriesAt, 1<<50), "data at byte 1125899906842624, behind its end", "transfer"},
	{"a zero flag in version 2", at32(4, 2), "version 2 cannot", "transfer"},
	{"compressed data in the header", at64(entriesAt, 1<<62|100), "compressed data in its header", "transfer"},
	{"compressed data behind the end", at64(entriesAt, 1<<62|fileSize), "behind its end", "transfer"},
	{"a file cut short", func(raw []byte) []byte { return raw[:dataAt] }, "behind its end", "transfer"},
	{"an L2 table cut short", func(raw []byte) []byte { return raw[:entriesAt+8*dataIndex] }, "within an L2 table", "transfer"},
	{"one cluster mapped everywhere", func(raw []byte) []byte {
		for i := range 40 {
			put64(raw, entriesAt+8*i, dataAt)
		}
		return raw
	}, "more data than the file holds", "qemu-img check -r all"},
	{"one L2 table used everywhere", func(raw []byte) []byte {
		put64(raw, 24, 100*64*clusterSize)
		put32(raw, 36, 100)
		for i := range 100 {
			raw = append(raw, make([]byte, 8)...)
			put64(raw, fileSize+8*i, entriesAt)
		}
		put64(raw, 40, fileSize)
		return raw
	}, "more data than the file holds", "qemu-img check -r all"},
}

func at32(at int, value uint32) func([]byte) []byte {
	return func(raw []byte) []byte { put32(raw, at, value); return raw }
}

func at64(at int, value uint64) func([]byte) []byte {
	return func(raw []byte) []byte { put64(raw, at, value); return raw }
}

func TestHostileImagesAreRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range hostile {
		t.Run(tc.name, func(t *testing.T) {
			_, err := qcow2.Open(t.Context(), bytes.NewReader(tc.change(image(t, false))))
			refused(t, err, tc.want, tc.help)
		})
	}
}

// refused fails unless an error is a refusal that says why and what helps, for the file that it is of.
func refused(t *testing.T, err error, want, help string) {
	t.Helper()
	err = disk.Named("cloud image.qcow2", err)
	var refusal *disk.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v, want a refusal", err)
	}
	if text := err.Error(); !strings.HasPrefix(text, "cloud image.qcow2 ") || !strings.Contains(text, want) || !strings.Contains(text, help) ||
		strings.Contains(text, "NAME") {
		t.Errorf("got %q, want it to say %q and %q", text, want, help)
	}
}

func TestAClusterThatInflatesToLessIsRefused(t *testing.T) {
	t.Parallel()
	for _, zstandard := range []bool{false, true} {
		for name, packed := range map[string][]byte{
			"less": pack(t, cluster('p')[1:], zstandard), "noise": {0xff, 0xff, 0xff, 0xff},
			"a window of a GiB": {0x28, 0xb5, 0x2f, 0xfd, 0, 0xa0, 1, 0, 0, 'x'},
		} {
			raw := image(t, zstandard)
			clear(raw[packedAt:])
			copy(raw[packedAt:], packed)
			r := open(t, raw)
			_, err := r.ReadAt(make([]byte, diskSize), 0)
			if err == nil {
				t.Errorf("%s: read", name)
				continue
			}
			refused(t, err, "does not inflate to 512 bytes", "transfer it again")
		}
	}
}

// lies is a file of a length that reads as zeros behind its beginning, as a sparse one does.
type lies struct {
	start  []byte
	length int64
}

func (l lies) Size() int64 { return l.length }

func (l lies) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= l.length {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), l.length-offset)]
	clear(p)
	if offset < int64(len(l.start)) {
		copy(p, l.start[offset:])
	}
	return len(p), nil
}

// The greatest header in a sparse file of a TiB: nothing of its size is allocated.
func TestMemoryDoesNotFollowTheHeader(t *testing.T) { //nolint:paralleltest // it measures memory
	raw := image(t, false)
	put64(raw, 24, 62<<40)
	put32(raw, 36, 0xffffffff)
	put64(raw, 40, 1<<30)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := qcow2.Open(ctx, lies{raw, 1 << 40}); !errors.Is(err, context.Canceled) {
		t.Errorf("a check that is cancelled: %v", err)
	}
	put64(raw, 24, 1<<40)
	put32(raw, 20, 16)
	put64(raw, 40, 1<<30)
	r, err := qcow2.Open(t.Context(), lies{raw[:112], 1 << 40})
	if err != nil {
		t.Fatal(err)
	}
	if start, _, err := r.NextData(0); err != nil || start != 1<<40 {
		t.Errorf("data at %d, %v", start, err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 {
		t.Errorf("%d bytes were allocated", took)
	}
}

func FuzzReader(f *testing.F) {
	f.Add(image(f, false))
	f.Add(image(f, true))
	f.Add(extended(f, 3*bigCluster, 1<<7))
	for _, tc := range hostile {
		f.Add(tc.change(image(f, false)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		memory.Within(t, memory.Untrusted, func() { walk(t, raw) })
	})
}

// walk reads an image as a conversion does, up to 100 extents of it.
func walk(t *testing.T, raw []byte) {
	t.Helper()
	r, err := qcow2.Open(t.Context(), bytes.NewReader(raw))
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
