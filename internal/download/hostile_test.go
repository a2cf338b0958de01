// SPDX-License-Identifier: MPL-2.0

package download

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	upstream "github.com/ulikunitz/xz"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/memory"
)

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
		for at := 0; at < len(file); at++ {
			if at > 60 && at < len(file)-60 && at%29 != 0 {
				continue // most of them are data
			}
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

// The greatest dictionary takes no more memory than any, whatever the number of blocks.
func TestDictionariesTakeBoundedMemory(t *testing.T) { //nolint:paralleltest // it measures memory
	data := noise(40_000)
	file := xzed(t, data, upstream.WriterConfig{BlockSize: 1000, DictCap: 4096})
	for at := 12; at < len(file) && file[at] != 0; { // each block has its length in the file in the index only: look for their headers
		header := file[at : at+int(file[at])*4+4]
		end := len(header) - 4
		if i := bytes.Index(header, []byte{0x21, 1}); i > 0 {
			header[i+2] = 40 // 4 GiB
			binary.LittleEndian.PutUint32(header[end:], crc32.ChecksumIEEE(header[:end]))
		}
		next := bytes.Index(file[at+1:], header[:2])
		if next < 0 {
			break
		}
		at += 1 + next
	}
	counted := &discarding{}
	memory.Within(t, 12<<20, func() {
		if err := writeTo(counted, file, 1<<20); err != nil {
			t.Error(err)
		}
	})
	if counted.length != int64(len(data)) {
		t.Errorf("%d bytes, want %d", counted.length, len(data))
	}
}

// What lies further back than what is in memory is read from the file.
func TestDictionariesReachIntoTheFile(t *testing.T) { //nolint:paralleltest // it sets the environment
	temporary(t)
	unlike := noise(300_000)
	data := slices.Concat(unlike, make([]byte, 5<<20), bytes.Repeat([]byte("some text "), 400_000), unlike, make([]byte, 1<<20))
	for _, command := range []string{"xz -9 -c", "xz --lzma2=lc=0,lp=2,pb=0,dict=64MiB -c", "xz --lzma2=lc=4,lp=0,pb=4,dict=64MiB -c"} {
		file := program(t, command, data)
		if len(file) > 400_000 {
			t.Fatalf("%s: %d bytes, so it does not reach back", command, len(file))
		}
		path := filepath.Join(t.TempDir(), "a")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		closed(t, fetched(t, Request{Path: path, Decompress: true}, data))
	}
}

func TestCompressionsThatAreNotRead(t *testing.T) { //nolint:paralleltest // it measures memory
	window := program(t, "zstd --ultra -22 --long=27 -c", make([]byte, 1<<20))
	filters := program(t, "xz --x86 --lzma2 -c", noise(1000))
	memory.Within(t, 16<<20, func() {
		_, err := written(window, 1<<30)
		if err == nil || !strings.Contains(err.Error(), "more than 32 MiB of memory") || !strings.Contains(err.Error(), "`zstd -d --long=31") {
			t.Errorf("a window: %v", err)
		}
		if _, err := written(filters, 1<<20); err == nil || !strings.Contains(err.Error(), "filters besides LZMA2") {
			t.Errorf("another filter: %v", err)
		}
	})
}

func FuzzDecompress(f *testing.F) {
	data := append(noise(600), bytes.Repeat([]byte("text "), 300)...)
	f.Add(gzipped(f, data))
	f.Add(zstded(f, data))
	f.Add(zstded(f, data, zstd.WithWindowSize(zstd.MinWindowSize)))
	f.Add([]byte(bzipped))
	f.Add(xzed(f, data, upstream.WriterConfig{BlockSize: 300, DictCap: 4096}))
	f.Add(xzed(f, data, upstream.WriterConfig{CheckSum: upstream.SHA256, DictCap: 1 << 20}))
	f.Fuzz(func(t *testing.T, file []byte) {
		memory.Within(t, memory.Untrusted, func() {
			counted := &discarding{}
			if err := writeTo(counted, file, 1<<20); err == nil && counted.length > 1<<20 {
				t.Errorf("%d bytes", counted.length)
			}
		})
	})
}

// discarding counts what is written.
type discarding struct{ length int64 }

func (d *discarding) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}

func (d *discarding) Write(p []byte) (int, error) {
	n, err := io.Discard.Write(p)
	d.length += int64(n)
	return n, err
}
