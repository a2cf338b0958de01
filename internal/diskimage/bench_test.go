// SPDX-License-Identifier: MPL-2.0

//go:build unix

package diskimage_test

import (
	"archive/tar"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/vmdk"
)

var benchSize = flag.Int64("bench-image", 0, "size in GiB of the disk with which TestBenchConversion measures")

// TestBenchConversion compares the CPU time of a conversion with that of qemu-img, side by side, and prints rows of Markdown. The disk
// holds the tools that run this test.
func TestBenchConversion(t *testing.T) { //nolint:paralleltest // it measures time
	if *benchSize == 0 {
		t.Skip("make bench measures")
	}
	folder := t.TempDir()
	original := filepath.Join(folder, "original")
	tools(t, original, *benchSize<<30)
	fmt.Printf("\n| image of %d GiB | qemu-img: CPU, MiB | here: CPU, MiB | CPU against qemu-img | with checksums |\n", *benchSize)
	fmt.Print("|---|---|---|---|---|\n")
	for _, f := range formats {
		if f.name != "v3" && f.name != "zlib" && f.name != "zstd" && f.name != "extended" && f.name != "raw" && f.name != "stream" {
			continue
		}
		image := filepath.Join(folder, "image")
		args := []string{"convert", "-f", "raw", "-O", f.format}
		if f.options != "" {
			args = append(args, "-o", f.options)
		}
		if f.compressed {
			args = append(args, "-c")
		}
		qemuImg(t, append(args, original, image)...)
		written := filepath.Join(folder, "written")
		theirs := exec.CommandContext(t.Context(), "qemu-img", "convert", "-f", f.format, "-O", "vmdk", "-o", "subformat=streamOptimized",
			image, written)
		if err := theirs.Run(); err != nil {
			t.Fatal(err)
		}
		theirCPU := theirs.ProcessState.UserTime() + theirs.ProcessState.SystemTime()
		info, err := os.Stat(written)
		if err != nil {
			t.Fatal(err)
		}
		source := diskimage.Source{Path: image, DiskFormat: f.format, ContainerFormat: "bare"}
		ourCPU := spent(t, func() (io.Closer, error) { return streamed(t, source, written) })
		var length int64
		withSums := spent(t, func() (io.Closer, error) {
			converted, err := diskimage.Convert(t.Context(), source, folder, nil)
			if err == nil {
				length = converted.Length
			}
			return converted, err
		})
		fmt.Printf("| %s | %.1f s, %d | %.1f s, %d | %.2f | %.1f s |\n", f.name, theirCPU.Seconds(), info.Size()>>20, ourCPU.Seconds(),
			length>>20, ourCPU.Seconds()/theirCPU.Seconds(), withSums.Seconds())
		if ourCPU > theirCPU {
			t.Errorf("%s: %s of CPU, and qemu-img takes %s", f.name, ourCPU, theirCPU)
		}
	}
	fmt.Printf("\nThe greatest memory of the process: %s.\n", peak(t))
}

// tools writes the files of the Go installation into a disk, from its second MiB on.
func tools(t *testing.T, name string, size int64) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.Truncate(size); err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(io.NewOffsetWriter(file, mebibyte))
	if err := w.AddFS(os.DirFS(strings.TrimSpace(string(out)))); err != nil {
		t.Fatal(err)
	}
}

// streamed opens an image and writes its disk, without checksums.
func streamed(t *testing.T, source diskimage.Source, name string) (io.Closer, error) {
	t.Helper()
	image, err := diskimage.Open(t.Context(), source)
	if err != nil {
		return nil, err
	}
	file, err := os.Create(name)
	if err != nil {
		return image, err
	}
	return image, errors.Join(vmdk.WriteStream(t.Context(), file, image, nil), file.Close())
}

// spent returns the CPU time of an act, and closes what it returns.
func spent(t *testing.T, act func() (io.Closer, error)) time.Duration {
	t.Helper()
	before := cpu(t)
	result, err := act()
	if err != nil {
		t.Fatal(err)
	}
	after := cpu(t)
	closed(t, result)
	return after - before
}

// cpu returns the CPU time that this process has taken.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// peak returns the greatest memory that this process has had, as Linux tells it.
func peak(t *testing.T) string {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "not told here"
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	line, _, _ := strings.Cut(after, "\n")
	return strings.TrimSpace(line)
}
