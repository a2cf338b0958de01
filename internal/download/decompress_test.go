// SPDX-License-Identifier: MPL-2.0

package download

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	upstream "github.com/ulikunitz/xz"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/memory"
)

// packed returns data as a writer compresses it.
func packed[W io.WriteCloser](t testing.TB, data []byte, open func(io.Writer) (W, error)) []byte {
	t.Helper()
	out := &bytes.Buffer{}
	w, err := open(out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	return packed(t, data, func(w io.Writer) (*gzip.Writer, error) { return gzip.NewWriter(w), nil })
}

func zstded(t testing.TB, data []byte, options ...zstd.EOption) []byte {
	t.Helper()
	return packed(t, data, func(w io.Writer) (*zstd.Encoder, error) { return zstd.NewWriter(w, options...) })
}

func xzed(t testing.TB, data []byte, config upstream.WriterConfig) []byte {
	t.Helper()
	return packed(t, data, func(w io.Writer) (*upstream.Writer, error) { return config.NewWriter(w) })
}

// bzipped is hello, for which Go has no writer.
const (
	bzipped = "BZh91AY&SYSZ\x8a\xc5\x00\x00\x02\x99\x80@\x04\x10\x00\x12d\xc0\x10 \x00" +
		"1\x00\xd3M\x04\x00\x1e\xa3oFQ\xa2\x07\x8b\xb9\x22\x9c(H)\xadEb\x80"
	hello = "hello, bzip2"
)

// holey is an image with text, holes and an end that is one.
func holey() []byte {
	data := make([]byte, 5<<18+100)
	copy(data[100:], "the beginning")
	copy(data[1<<20:], noise(1<<17))
	copy(data[5*block-1:], "x")
	return data
}

func TestFetchDecompressesByTheFirstBytes(t *testing.T) { //nolint:paralleltest // it sets the environment
	temporary(t)
	data := holey()
	for name, file := range map[string][]byte{
		"gzip": gzipped(t, data), "two of gzip": append(gzipped(t, data[:1<<20]), gzipped(t, data[1<<20:])...),
		"zstd": zstded(t, data), "two of zstd": append(zstded(t, data[:1<<20]), zstded(t, data[1<<20:])...),
		"xz":             xzed(t, data, upstream.WriterConfig{}),
		"blocks of xz":   xzed(t, data, upstream.WriterConfig{BlockSize: 300_000, CheckSum: upstream.SHA256}),
		"xz without sum": xzed(t, data, upstream.WriterConfig{NoCheckSum: true}),
		"two of xz": slicesOf(xzed(t, data[:1<<20], upstream.WriterConfig{}), make([]byte, 8),
			xzed(t, data[1<<20:], upstream.WriterConfig{CheckSum: upstream.CRC32}), make([]byte, 4)),
	} {
		path := filepath.Join(t.TempDir(), "a.img")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		var last, of int64
		got := fetched(t, Request{Path: path, Decompress: true, Progress: func(step string, done, total int64) {
			if step == Decompressing {
				last, of = done, total
			}
		}}, data)
		if sum := md5.Sum(file); got.MD5 != hex.EncodeToString(sum[:]) || got.Name != path {
			t.Errorf("%s: %+v", name, got)
		}
		if last != int64(len(file)) || of != last {
			t.Errorf("%s: progress up to %d of %d, want %d", name, last, of, len(file))
		}
		var info syscall.Stat_t
		if err := syscall.Stat(got.Path, &info); err != nil || info.Blocks*512 > 1<<20 {
			t.Errorf("%s: it takes %d bytes, %v", name, info.Blocks*512, err)
		}
		closed(t, got)
		web := serve(t, file, answers{whole("")})
		closed(t, fetched(t, Request{URL: web.URL, Decompress: true, Checksum: "sha256:" + sha(file)}, data))
	}
}

func slicesOf(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// What the programs write whom everybody uses.
func TestFetchDecompressesWhatProgramsWrite(t *testing.T) { //nolint:paralleltest // it sets the environment
	temporary(t)
	data := holey()
	for _, command := range []string{
		"gzip -9 -c", "bzip2 -c", "xz -c", "xz -0 -c", "xz -9e -c", "xz -T2 --block-size=500000 -c", "xz --check=none -c", "xz --check=crc32 -c",
		"xz --check=sha256 -c", "zstd -c", "zstd -19 -c", "zstd --ultra -20 -c", "zstd --no-check -c", "zstd -T2 -c",
	} {
		t.Run(command, func(t *testing.T) {
			file := program(t, command, data)
			path := filepath.Join(t.TempDir(), "a")
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			closed(t, fetched(t, Request{Path: path, Decompress: true}, data))
			for _, end := range []int{len(file) - 1, len(file) / 2} {
				if err := os.WriteFile(path, file[:end], 0o600); err != nil {
					t.Fatal(err)
				}
				refused(t, Request{Path: path, Decompress: true}, "cannot be decompressed as", "ends too early", "transfer it again", " -d ")
			}
		})
	}
}

// program gives a program its input and returns what it writes.
func program(t *testing.T, command string, input []byte) []byte {
	t.Helper()
	words := strings.Fields(command)
	if _, err := exec.LookPath(words[0]); err != nil {
		t.Skip("there is no " + words[0])
	}
	run := exec.CommandContext(t.Context(), words[0], words[1:]...)
	run.Stdin = bytes.NewReader(input)
	out, err := run.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// written decompresses bytes in memory, up to a limit.
func written(file []byte, limit int64) ([]byte, error) {
	out := &kept{}
	err := writeTo(out, file, limit)
	return out.data, err
}

// kept is an output in memory.
type kept struct{ data []byte }

func (k *kept) Write(p []byte) (int, error) {
	k.data = append(k.data, p...)
	return len(p), nil
}

func (k *kept) ReadAt(p []byte, offset int64) (int, error) {
	return bytes.NewReader(k.data).ReadAt(p, offset)
}

func writeTo(to output, file []byte, limit int64) error {
	from := &counting{ctx: context.Background(), from: bytes.NewReader(file), sum: md5.New(), progress: func(string, int64, int64) {}}
	buffered := bufio.NewReader(from)
	how, err := compressionOf(buffered)
	if err != nil {
		return err
	}
	return how.copy(buffered, to, limit)
}

// A file that grows without bounds is given up at the limit, and takes little memory until there.
func TestBombsEndAtTheLimit(t *testing.T) { //nolint:paralleltest // it measures memory
	temporary(t)
	zeros := make([]byte, 64<<20)
	for name, file := range map[string][]byte{
		"gzip": gzipped(t, zeros), "zstd": zstded(t, zeros), "xz": xzed(t, zeros, upstream.WriterConfig{}),
	} {
		path := filepath.Join(t.TempDir(), "bomb")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		memory.Within(t, 32<<20, func() {
			refused(t, Request{Path: path, Decompress: true, Limit: 64<<20 - 1}, "is longer than 67108863 bytes once it is decompressed", "-d ")
			closed(t, fetchedSize(t, Request{Path: path, Decompress: true, Limit: 64 << 20}, 64<<20))
		})
		if t.Failed() {
			t.Errorf("%s: see above", name)
		}
	}
}

// fetchedSize fetches a file whose length alone is compared.
func fetchedSize(t *testing.T, r Request, length int64) *File {
	t.Helper()
	r.patience = hurry
	file, err := Fetch(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file.Path); err != nil || info.Size() != length || file.Length != length {
		t.Errorf("length %d and %d, want %d, %v", info.Size(), file.Length, length, err)
	}
	return file
}

// An interrupt leaves nothing.
func TestDecompressionThatEndsLeavesNothing(t *testing.T) { //nolint:paralleltest // it sets the environment
	temporary(t)
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, gzipped(t, noise(8<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	refusedWithin(ctx, t, Request{Path: path, Decompress: true, Progress: func(_ string, done, _ int64) {
		if done > 1<<20 {
			cancel()
		}
	}}, "context canceled")
}
