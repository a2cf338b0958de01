// SPDX-License-Identifier: MPL-2.0

package disk_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

func TestRefusalNamesItsFile(t *testing.T) {
	t.Parallel()
	refusal := disk.Refusef("`cat NAME` helps", "is %s", "bad")
	for name, want := range map[string]string{
		"a.img":        "a.img is bad: `cat a.img` helps",
		"my image.img": "my image.img is bad: `cat 'my image.img'` helps",
		"$(it's).img":  `$(it's).img is bad: ` + "`cat '$(it'\\''s).img'` helps",
	} {
		if got := disk.Named(name, fmt.Errorf("wrapped: %w", refusal)).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, want := refusal.Error(), "the image is bad: `cat IMAGE` helps"; got != want {
		t.Errorf("without a name: %q, want %q", got, want)
	}
	if got := disk.Named("b", disk.Named("a", refusal)).Error(); got != "a is bad: `cat a` helps" {
		t.Errorf("named twice: %q", got)
	}
	if got := disk.Named("a", io.ErrClosedPipe); !errors.Is(got, io.ErrClosedPipe) || got.Error() != "a: io: read/write on closed pipe" {
		t.Errorf("another error: %v", got)
	}
	if err := disk.Named("a", nil); err != nil {
		t.Errorf("no error: %v", err)
	}
}

func TestFullDisksAreTold(t *testing.T) {
	t.Parallel()
	for _, reason := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		err := disk.Full(&os.PathError{Op: "write", Path: "/folder/a", Err: reason}, "/folder/a")
		if !errors.Is(err, reason) || !strings.HasPrefix(err.Error(), "there is no room left in /folder: make room there, or name") {
			t.Errorf("got %v", err)
		}
	}
	if err := disk.Full(io.ErrClosedPipe, "/folder/a"); err != io.ErrClosedPipe {
		t.Errorf("another error: %v", err)
	}
}

// counting counts what is read.
type counting struct {
	*bytes.Reader
	reads int
}

func (c *counting) ReadAt(p []byte, offset int64) (int, error) {
	c.reads++
	return c.Reader.ReadAt(p, offset)
}

func TestTablesKeepWhatWasUsedLast(t *testing.T) {
	t.Parallel()
	content := make([]byte, 70*8)
	for i := range content {
		content[i] = byte(i / 8)
	}
	file := &counting{Reader: bytes.NewReader(content)}
	tables := disk.NewTables(file)
	at := func(index, reads int) {
		t.Helper()
		before := file.reads
		got, err := tables.At(int64(index*8), 8)
		if err != nil || !bytes.Equal(got, content[index*8:][:8]) || file.reads != before+reads {
			t.Errorf("table %d: %v, %v in %d reads, want %d", index, got, err, file.reads-before, reads)
		}
	}
	for i := range 64 {
		at(i, 1)
	}
	at(0, 0)
	at(64, 1) // in the place of the one used longest ago
	at(0, 0)
	at(1, 1)
	if _, err := tables.At(69*8, 9); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("over the end: %v", err)
	}
	at(0, 0)
}

func TestTablesTakeBoundedMemory(t *testing.T) { //nolint:paralleltest // it measures memory
	const length = 2 << 20
	tables := disk.NewTables(bytes.NewReader(make([]byte, 64*length)))
	allocated := testing.AllocsPerRun(1, func() {
		for i := range 64 {
			if _, err := tables.At(int64(i*length), length); err != nil {
				t.Fatal(err)
			}
		}
	})
	if allocated > 20 { // eight tables of 2 MiB, which are used again
		t.Errorf("%v allocations", allocated)
	}
}
