// SPDX-License-Identifier: MPL-2.0

package diskimage_test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage"
)

// qemuImg runs qemu-img. Without it the test is skipped.
func qemuImg(t *testing.T, args ...string) {
	t.Helper()
	program, err := exec.LookPath("qemu-img")
	if err != nil {
		t.Skip("there is no qemu-img: make qemu installs it")
	}
	if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Fatalf("qemu-img %q: %s\n%s", args, err, out)
	}
}

// content fills a file with a disk of a size: text that compresses, noise that does not, and zeros between and behind them.
func content(t *testing.T, name string, size int64) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.Truncate(size); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, uint64(size)))
	for offset := int64(0); offset < size; offset += random.Int64N(max(3<<20, size/16)) {
		data := make([]byte, min(1+random.Int64N(300_000), size-offset))
		for i := range data {
			if data[i] = byte(random.Uint32()); len(data)%3 != 0 {
				data[i] &= 3
			}
		}
		if _, err := file.WriteAt(data, offset); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := file.WriteAt([]byte("the end"), size-7); err != nil {
		t.Fatal(err)
	}
}

// formats are what qemu-img is told for each image that is read.
var formats = []struct {
	name, format, options string
	compressed            bool
}{
	{"v2", "qcow2", "compat=0.10", false},
	{"v2 zlib", "qcow2", "compat=0.10", true},
	{"v3", "qcow2", "", false},
	{"zlib", "qcow2", "", true},
	{"zstd", "qcow2", "compression_type=zstd", true},
	{"extended", "qcow2", "extended_l2=on", false},
	{"extended zlib", "qcow2", "extended_l2=on", true},
	{"extended zstd of 2 MiB", "qcow2", "extended_l2=on,compression_type=zstd,cluster_size=2M", true},
	{"clusters of 512", "qcow2", "cluster_size=512", false},
	{"clusters of 4096 zlib", "qcow2", "cluster_size=4096", true},
	{"clusters of 2 MiB zlib", "qcow2", "cluster_size=2M", true},
	{"preallocated", "qcow2", "preallocation=metadata", false},
	{"raw", "raw", "", false},
	{"stream", "vmdk", "subformat=streamOptimized", false},
	{"sparse", "vmdk", "subformat=monolithicSparse", false},
	{"flat", "vmdk", "subformat=monolithicFlat", false},
	{"two GB sparse", "vmdk", "subformat=twoGbMaxExtentSparse", false},
	{"two GB flat", "vmdk", "subformat=twoGbMaxExtentFlat", false},
}

func TestConvertGivesTheDiskThatQEMUWrote(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{24 << 20, 10_489_344, 512, 2<<30 + 3<<20 + 512} {
		original := filepath.Join(t.TempDir(), "original")
		content(t, original, size)
		for _, f := range formats {
			if size > 1<<30 && !strings.HasPrefix(f.name, "two GB") {
				continue // only of these kinds has a disk of that size more files
			}
			t.Run(f.name+" of "+strconv.FormatInt(size, 10), func(t *testing.T) {
				t.Parallel()
				folder := t.TempDir()
				image := filepath.Join(folder, "image")
				args := []string{"convert", "-f", "raw", "-O", f.format}
				if f.options != "" {
					args = append(args, "-o", f.options)
				}
				if f.compressed {
					args = append(args, "-c")
				}
				qemuImg(t, append(args, original, image)...)
				source := diskimage.Source{Path: image, DiskFormat: f.format, ContainerFormat: "bare"}
				into := t.TempDir()
				var done []int64
				converted, err := diskimage.Convert(t.Context(), source, into, func(now, total int64) {
					if total < size {
						t.Errorf("progress of %d bytes, want %d", total, size)
					}
					done = append(done, now)
				})
				if err != nil {
					t.Fatal(err)
				}
				if len(done) == 0 || done[len(done)-1] < size || !slices.IsSorted(done) {
					t.Errorf("progress: %v", done)
				}
				checkFile(t, converted, image, size)
				written := filepath.Join(folder, "written.vmdk")
				save(t, converted, written)
				qemuImg(t, "check", "-q", "-f", "vmdk", written)
				qemuImg(t, "compare", "-q", "-f", "raw", "-F", "vmdk", original, written)
				closed(t, converted)
				checkEmpty(t, into)
			})
		}
	}
}

// checkFile compares what is known of a file with the file.
func checkFile(t *testing.T, converted *diskimage.Converted, source string, size int64) {
	t.Helper()
	data, err := io.ReadAll(converted.Reader())
	if err != nil {
		t.Fatal(err)
	}
	one, two := sha1.Sum(data), sha256.Sum256(data)
	if converted.Length != int64(len(data)) || converted.SHA1 != hex.EncodeToString(one[:]) || converted.SHA256 != hex.EncodeToString(two[:]) {
		t.Errorf("length and digests of the file of %d bytes: %+v", len(data), converted)
	}
	if want := (size + 1<<20 - 1) >> 20 << 20; converted.Capacity != want || converted.Size != size {
		t.Errorf("size %d and capacity %d, want %d and %d", converted.Size, converted.Capacity, size, want)
	}
	file, err := os.Open(source)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sum := md5.New()
	if _, err := io.Copy(sum, file); err != nil {
		t.Fatal(err)
	}
	if want := hex.EncodeToString(sum.Sum(nil)); converted.SourceMD5 != want {
		t.Errorf("MD5 %s of the source, want %s", converted.SourceMD5, want)
	}
}

// save writes a converted image into a file.
func save(t *testing.T, converted *diskimage.Converted, name string) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(file, converted.Reader()); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func closed(t *testing.T, file io.Closer) {
	t.Helper()
	if err := file.Close(); err != nil {
		t.Error(err)
	}
}

func checkEmpty(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
