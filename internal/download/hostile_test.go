package download

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	upstream "github.com/ulikunitz/xz"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/memory"
)

// decompressing is what a decompressor may take in all: its window, and as much again as everything else.
const decompressing = memory.Untrusted + largestWindow

func TestBzip2(t *testing.T) {
	t.Parallel()
	for _, times := range []int{1, 2} {
		if got, err := written([]byte(strings.Repeat(bzipped, times)), 100); err != nil || string(got) != strings.Repeat(hello, times) {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// Each change of a byte is noticed, or changes nothing that is read.
func TestDamageIsNoticed(t *testing.T) {
	t.Parallel()
	data := append(noise(600), bytes.Repeat([]byte("text "), 300)...)
	for name, file := range map[string][]byte{
		"xz": slicesOf(xzed(t, data[:900], upstream.WriterConfig{BlockSize: 300, CheckSum: upstream.SHA256, DictCap: 4096}),
			xzed(t, data[900:], upstream.WriterConfig{DictCap: 4096})),
		"xz CRC32": xzed(t, data, upstream.WriterConfig{CheckSum: upstream.CRC32, DictCap: 4096}),
		"zstd":     zstded(t, data),
		"bzip2":    []byte(bzipped),
	} {
		want := data
		if name == "bzip2" {
			want = []byte(hello)
		}
		for at := range file {
			for _, bit := range []byte{1, 0x80} {
				file[at] ^= bit
				got, err := written(file, 1<<20)
				file[at] ^= bit
				if err == nil && !bytes.Equal(got, want) {
					t.Errorf("%s: byte %d changed, and %d other bytes came", name, at, len(got))
				}
			}
			if got, err := written(file[:at], 1<<20); err == nil && !bytes.HasPrefix(want, got) {
				t.Errorf("%s: cut at %d, and %d other bytes came", name, at, len(got))
			}
		}
		if got, err := written(file, 1<<20); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s, as it is: %d bytes, %v", name, len(got), err)
		}
		if _, err := written(append(file[:len(file):len(file)], "garbage"...), 1<<20); err == nil {
			t.Errorf("%s: garbage at the end was accepted", name)
		}
	}
}

// A dictionary bigger than the bound is refused, and one that big is made once, whatever the number of blocks.
func TestDictionariesAreBounded(t *testing.T) { //nolint:paralleltest // it measures memory
	data := noise(12_000)
	blocks := xzed(t, data, upstream.WriterConfig{BlockSize: 1000, DictCap: largestWindow, BufSize: 4096})
	memory.Within(t, decompressing, func() {
		if got, err := written(blocks, 1<<20); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	})
	big := program(t, "xz --lzma2=dict=65MiB -c", data)
	window := program(t, "zstd --ultra -22 --long=27 -c", make([]byte, 1<<20))
	memory.Within(t, 16<<20, func() {
		for help, file := range map[string][]byte{"`xz -d IMAGE`": big, "`zstd -d IMAGE`": window} {
			_, err := written(file, 1<<30)
			if err == nil || !strings.Contains(err.Error(), "more than 64 MiB of memory") || !strings.Contains(err.Error(), help) {
				t.Errorf("got %v, want %s", err, help)
			}
		}
	})
	filters := program(t, "xz --x86 --lzma2 -c", data)
	if _, err := written(filters, 1<<20); err == nil || !strings.Contains(err.Error(), "filters besides LZMA2") {
		t.Errorf("another filter: %v", err)
	}
}

func FuzzDecompress(f *testing.F) {
	data := append(noise(600), bytes.Repeat([]byte("text "), 300)...)
	f.Add(gzipped(f, data))
	f.Add(zstded(f, data))
	f.Add(zstded(f, data, zstd.WithWindowSize(zstd.MinWindowSize)))
	f.Add([]byte(bzipped))
	f.Add(xzed(f, data, upstream.WriterConfig{BlockSize: 300, DictCap: 4096}))
	f.Add(xzed(f, data, upstream.WriterConfig{CheckSum: upstream.SHA256, DictCap: largestWindow, BufSize: 4096}))
	f.Fuzz(func(t *testing.T, file []byte) {
		memory.Within(t, decompressing, func() {
			counted := &discarding{}
			if err := writeTo(counted, file, 1<<20); err == nil && counted.length > 1<<20 {
				t.Errorf("%d bytes", counted.length)
			}
		})
	})
}

// discarding counts what is written.
type discarding struct{ length int64 }

func (d *discarding) Write(p []byte) (int, error) {
	n, err := io.Discard.Write(p)
	d.length += int64(n)
	return n, err
}
