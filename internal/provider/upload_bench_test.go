// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

var benchUpload = flag.Int64("bench-upload", 0, "size in GiB of images whose upload is measured; 0: none is")

// mostOfAnUpload is how much memory, in KiB, the provider's process may have at most while it uploads an image of any size: 150 MB.
const mostOfAnUpload = 150_000_000 >> 10

// TestBenchUpload measures an image from a web server to a host, as it is and compressed so that decompressing it takes the most
// memory. The simulator and the web server have a process of their own, this one. make test skips it.
func TestBenchUpload(t *testing.T) { //nolint:paralleltest // it measures memory
	if *benchUpload == 0 {
		t.Skip("make bench measures")
	}
	fmt.Printf("\n| upload of %d GiB | provider: most MiB of memory | s | sent MiB |\n|---|---|---|---|\n", *benchUpload)
	size := *benchUpload << 30
	disk := &noise{size: size}
	fmt.Print(benchUploadOf(t, "raw", disk, fmt.Sprintf("image_checksum = %q", "sha256:"+disk.sum(t)), disk))
	packed := filepath.Join(t.TempDir(), "packed")
	sparse := &noise{size: size, every: 16}
	pack(t, sparse, packed)
	file, err := os.Open(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fmt.Print(benchUploadOf(t, "raw in xz, a dictionary of 64 MiB", file, "decompress = true", sparse))
}

// benchUploadOf makes an image of a file, compares what the host got with a disk, and returns a row.
func benchUploadOf(t *testing.T, name string, file io.ReadSeeker, arguments string, disk *noise) string {
	t.Helper()
	vc := acctest.Start(t, vcsim.Options{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, file)
	}))
	defer web.Close()
	temporary := t.TempDir()
	ws := vc.NewWorkspace(t, vc.Wire(t), fmt.Sprintf(`resource "novasphere_images_image" "it" {
	name             = "bench"
	image_source_url = "%s/image"
	disk_format      = "raw"
	container_format = "bare"
	%s
}`, web.URL, arguments), "TMPDIR="+temporary)
	start := time.Now()
	used := watched(t, ws, []string{"apply", "-auto-approve", "-no-color"})
	took := time.Since(start)
	if used.memory > mostOfAnUpload {
		t.Errorf("%s: the provider had %d KiB of memory, and %d are the most", name, used.memory, mostOfAnUpload)
	}
	if left, err := filepath.Glob(filepath.Join(temporary, "*novasphere*")); err != nil || len(left) != 0 {
		t.Errorf("%s: left behind: %v, %v", name, left, err)
	}
	sent := compareDisk(t, vc, disk)
	return fmt.Sprintf("| %s | %d | %.0f | %d |\n", name, used.memory>>10, took.Seconds(), sent>>20)
}

// compareDisk compares the disk of the image with what it was made of, and returns how many bytes the simulator keeps of it.
func compareDisk(t *testing.T, vc *acctest.VCenter, want *noise) int64 {
	t.Helper()
	for _, device := range vc.VM("novasphere/images/bench").Config.Hardware.Device {
		root, is := device.(*types.VirtualDisk)
		if !is {
			continue
		}
		path := vc.Local(root.Backing.(*types.VirtualDiskFlatVer2BackingInfo).FileName)
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		sum := sha256.New()
		if n, err := io.Copy(sum, file); err != nil || n != want.size || fmt.Sprintf("%x", sum.Sum(nil)) != want.sum(t) {
			t.Errorf("the host has %d bytes, others than those of the image: %v", n, err)
		}
		return want.size
	}
	t.Fatal("the image has no disk")
	return 0
}

// noise is a disk of bytes that do not compress. With every set only one block in so many is noise, and the rest zeros.
type noise struct {
	size, at int64
	every    int64
}

// noiseBlock is the unit in which noise is made, in bytes.
const noiseBlock = 1 << 20

// Read fills p.
func (n *noise) Read(p []byte) (int, error) {
	if n.at >= n.size {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), n.size-n.at)]
	done := 0
	for done < len(p) {
		block, within := n.at/noiseBlock, n.at%noiseBlock
		part := p[done:min(int64(len(p)), int64(done)+noiseBlock-within)]
		if clear(part); n.every == 0 || block%n.every == 0 {
			fillNoise(part, block, within)
		}
		done, n.at = done+len(part), n.at+int64(len(part))
	}
	return done, nil
}

// fillNoise writes the bytes of a block from an offset within it on. Each word is a mixture of its place alone, as SplitMix64 has it.
func fillNoise(p []byte, block, within int64) {
	for len(p) > 0 {
		var word [8]byte
		z := (uint64(block)<<20 + uint64(within)>>3 + 1) * 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		binary.LittleEndian.PutUint64(word[:], z^z>>31)
		n := copy(p, word[within&7:])
		p, within = p[n:], within+int64(n)
	}
}

// Seek moves to an offset.
func (n *noise) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += n.at
	case io.SeekEnd:
		offset += n.size
	}
	if offset < 0 {
		return 0, errors.New("before the beginning")
	}
	n.at = offset
	return offset, nil
}

// sum returns the SHA-256 of the disk.
func (n *noise) sum(t *testing.T) string {
	t.Helper()
	sum := sha256.New()
	if _, err := io.Copy(sum, &noise{size: n.size, every: n.every}); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// pack compresses a disk with the greatest dictionary that is taken, by xz.
func pack(t *testing.T, disk io.Reader, into string) {
	t.Helper()
	program, err := exec.LookPath("xz")
	if err != nil {
		t.Skip("there is no xz")
	}
	out, err := os.Create(into)
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), program, "--lzma2=preset=0,dict=64MiB", "-c")
	run.Stdin, run.Stdout = disk, out
	if err := errors.Join(run.Run(), out.Close()); err != nil {
		t.Fatal(err)
	}
}
