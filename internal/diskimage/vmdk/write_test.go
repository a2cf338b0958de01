// SPDX-License-Identifier: MPL-2.0

package vmdk_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/raw"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/vmdk"
)

// A disk that is no multiple of a grain keeps its end, and its size becomes whole MiB.
func TestWriteStreamKeepsTheEnd(t *testing.T) {
	t.Parallel()
	for _, size := range []int{2*grain + 20_000, mebibyte, 10_489_344, 40 * mebibyte} {
		got, err := read(t, stream(t, content(size)), nil)
		if err != nil {
			t.Fatal(err)
		}
		want := append(content(size), make([]byte, int(vmdk.Capacity(int64(size)))-size)...)
		if len(got)%mebibyte != 0 || !bytes.Equal(got, want) {
			t.Errorf("%d bytes come back as %d, and differ: %v", size, len(got), !bytes.Equal(got, want))
		}
	}
}

// What ESX demands of the header, and that every marker leads to the next one up to the end.
func TestWriteStreamWritesWhatESXReads(t *testing.T) {
	t.Parallel()
	const size = 40 * mebibyte
	image := stream(t, content(size))
	for name, field := range map[string]struct {
		got, want uint64
	}{
		"version": {uint64(get32(image, 4)), 3}, "flags": {uint64(get32(image, 8)), 0x30001}, "capacity": {get64(image, 12), size / sector},
		"grain": {get64(image, 20), 128}, "descriptor": {get64(image, 28), 1}, "entries": {uint64(get32(image, 44)), 512},
		"redundant directory": {get64(image, 48), 0}, "directory": {get64(image, 56), 1<<64 - 1}, "overhead": {get64(image, 64), 128},
		"compression": {uint64(image[77]), 1},
	} {
		if field.got != field.want {
			t.Errorf("%s %#x, want %#x", name, field.got, field.want)
		}
	}
	var kinds []string
	var grains, last int64
	for at := int64(128); at*sector < int64(len(image)); {
		place := image[at*sector:]
		if length := int64(get32(place, 8)); length != 0 {
			if lba := int64(get64(place, 0)); lba < last || lba%128 != 0 {
				t.Fatalf("a grain of sector %d behind one of %d", lba, last)
			} else {
				last = lba
			}
			grains++
			at += (length + 12 + sector - 1) / sector
			continue
		}
		kinds = append(kinds, []string{"end", "table", "directory", "footer"}[get32(place, 12)])
		at += 1 + int64(get64(place, 0))
	}
	if got, want := strings.Join(kinds, " "), "table table directory footer end"; got != want || grains != 3 {
		t.Errorf("%d grains and the markers %q, want 3 and %q", grains, got, want)
	}
}

func get32(image []byte, at int) uint32 { return binary.LittleEndian.Uint32(image[at:]) }

func get64(image []byte, at int) uint64 { return binary.LittleEndian.Uint64(image[at:]) }

// empty is a disk of zeros.
type empty struct {
	size int64
	fail error
}

func (e empty) Size() int64                           { return e.size }
func (e empty) Close() error                          { return nil }
func (e empty) ReadAt(p []byte, _ int64) (int, error) { p[0] = 1; return len(p), e.fail }
func (e empty) NextData(at int64) (int64, int64, error) {
	if e.fail == nil {
		at = e.size
	}
	return at, e.size, nil
}

func TestWriteStreamOfADiskOfZerosCostsNothing(t *testing.T) {
	t.Parallel()
	written := &bytes.Buffer{}
	if err := vmdk.WriteStream(t.Context(), written, empty{size: 2<<40 - mebibyte}, nil); err != nil {
		t.Fatal(err)
	}
	if written.Len() > mebibyte {
		t.Errorf("%d bytes", written.Len())
	}
	refused(t, "2 TiB", vmdk.WriteStream(t.Context(), io.Discard, empty{size: 2<<40 - 1}, nil), "below 2 TiB", "resize --shrink")
}

// full is a file system without room.
type full struct{}

var errFull = errors.New("no space left on device")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteStreamEndsWithTheFirstError(t *testing.T) {
	t.Parallel()
	whole := make([]byte, 64*mebibyte)
	for i := range whole {
		whole[i] = byte(i * i >> 7)
	}
	source, err := raw.Open(t.Context(), bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	if err := vmdk.WriteStream(t.Context(), full{}, source, nil); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
	broken := errors.New("broken")
	if err := vmdk.WriteStream(t.Context(), io.Discard, empty{64 * mebibyte, broken}, nil); !errors.Is(err, broken) {
		t.Errorf("a source that breaks: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := vmdk.WriteStream(ctx, io.Discard, source, func(int64) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ends: %v", err)
	}
}

var _ disk.Image = empty{}
