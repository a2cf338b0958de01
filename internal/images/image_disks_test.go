// SPDX-License-Identifier: MPL-2.0

package images_test

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// qemuImg runs qemu-img.
func qemuImg(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "qemu-img", args...).CombinedOutput(); err != nil {
		t.Fatalf("qemu-img %q: %s\n%s", args, err, out)
	}
}

// spread writes a stream into a file with a hole before each piece of it.
type spread struct {
	file          *os.File
	written, most int64
}

const (
	spreadPiece = 8<<20 + 1<<10
	spreadHole  = 1<<20 + 5<<10
)

// errFull ends a stream that is longer than what is wanted of it.
var errFull = errors.New("enough")

// Write implements io.Writer.
func (s *spread) Write(p []byte) (done int, err error) {
	for len(p) > 0 {
		if s.written >= s.most {
			return done, errFull
		}
		part := p[:min(int64(len(p)), spreadPiece-s.written%spreadPiece, s.most-s.written)]
		if _, err := s.file.WriteAt(part, s.written+(s.written/spreadPiece+1)*spreadHole); err != nil {
			return done, err
		}
		s.written, done, p = s.written+int64(len(part)), done+len(part), p[len(part):]
	}
	return done, nil
}

// diskOfTools makes a raw disk with holes that holds the Go toolchain in a tar, or the first bytes of that. Its size is a multiple of 512
// bytes, and of no larger unit of any format.
func diskOfTools(t *testing.T, most int64) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "disk.raw"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := &spread{file: file, most: most}
	if err := tar.NewWriter(s).AddFS(os.DirFS(strings.TrimSpace(string(out)))); err != nil && !errors.Is(err, errFull) {
		t.Fatal(err)
	}
	end, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		err = file.Truncate((end+3<<20)>>16<<16 + 65*512)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file.Name()
}

// packedOVA packs a VMDK into an OVA with a manifest, and returns its file.
func packedOVA(t *testing.T, vmdk string) string {
	t.Helper()
	disk, err := os.Open(vmdk)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, disk)
	if err != nil {
		t.Fatal(err)
	}
	descriptor := fmt.Sprintf(`<?xml version="1.0"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
<References><File ovf:id="file1" ovf:href="vm-disk1.vmdk" ovf:size="%d"/></References>
<DiskSection><Info>Disks</Info><Disk ovf:diskId="disk1" ovf:fileRef="file1" ovf:capacity="1" ovf:capacityAllocationUnits="byte * 2^30"/>
</DiskSection></Envelope>`, size)
	manifest := fmt.Sprintf("SHA256(vm.ovf)= %x\nSHA256(vm-disk1.vmdk)= %x\n", sha256.Sum256([]byte(descriptor)), sum.Sum(nil))
	return packed(t, vmdk+".ova", func(file io.Writer) error {
		w := tar.NewWriter(file)
		_, err := disk.Seek(0, io.SeekStart)
		return errors.Join(err, pack(w, "vm.ovf", strings.NewReader(descriptor), int64(len(descriptor))),
			pack(w, "vm.mf", strings.NewReader(manifest), int64(len(manifest))), pack(w, "vm-disk1.vmdk", disk, size), w.Close())
	})
}

// pack writes a file into an archive.
func pack(w *tar.Writer, name string, content io.Reader, size int64) error {
	if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: size}); err != nil {
		return err
	}
	_, err := io.Copy(w, content)
	return err
}

// packed writes a file, and returns its name.
func packed(t *testing.T, name string, write func(io.Writer) error) string {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

// zstdOf compresses a file, and returns the new one.
func zstdOf(t *testing.T, name string) string {
	t.Helper()
	return compressed(t, name, "disk.raw.zst", func(w io.Writer) (io.WriteCloser, error) {
		return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest))
	})
}

// xzOf compresses a file, and returns the new one.
func xzOf(t *testing.T, name string) string {
	t.Helper()
	return compressed(t, name, "disk.raw.xz", func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) })
}

func compressed(t *testing.T, name, as string, by func(io.Writer) (io.WriteCloser, error)) string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	return packed(t, filepath.Join(t.TempDir(), as), func(into io.Writer) error {
		w, err := by(into)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, file)
		return errors.Join(err, w.Close())
	})
}
