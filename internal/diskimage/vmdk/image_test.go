// SPDX-License-Identifier: MPL-2.0

package vmdk_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/raw"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/vmdk"
)

const (
	sector   = 512
	grain    = 64 << 10
	mebibyte = 1 << 20
)

// content returns a disk with data in its first, third and last grain.
func content(size int) []byte {
	whole := make([]byte, size)
	copy(whole[100:], "the beginning")
	copy(whole[2*grain+7:], bytes.Repeat([]byte("the third grain"), 1000))
	copy(whole[size-7:], "the end")
	return whole
}

// stream returns a disk as a streamOptimized VMDK.
func stream(t testing.TB, whole []byte) []byte {
	t.Helper()
	source, err := raw.Open(t.Context(), bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	written := &bytes.Buffer{}
	if err := vmdk.WriteStream(t.Context(), written, source, nil); err != nil {
		t.Fatal(err)
	}
	return written.Bytes()
}

// Places in an image that sparse returns, in sectors.
const (
	descriptorAt = 1
	directoryAt  = 3
	tableAt      = 4
	grainAt      = 8
	grainSectors = 8
)

// sparse returns a sparse extent of 64 KiB in grains of 4 KiB, of which the second holds "s". With a kind it has a descriptor of that kind.
func sparse(kind string) []byte {
	image := make([]byte, (grainAt+grainSectors)*sector)
	copy(image, "KDMV")
	put32(image, 4, 1)
	put32(image, 8, 1|1<<2)
	put64(image, 12, 128)
	put64(image, 20, grainSectors)
	if kind != "" {
		put64(image, 28, descriptorAt)
		put64(image, 36, 2)
		copy(image[descriptorAt*sector:], descriptor(kind, `RW 128 SPARSE "disk.vmdk"`))
	}
	put32(image, 44, 512)
	put64(image, 56, directoryAt)
	copy(image[73:], "\n \r\n")
	put32(image, directoryAt*sector, tableAt)
	put32(image, tableAt*sector+4, grainAt)
	put32(image, tableAt*sector+8, 1)
	copy(image[grainAt*sector:], bytes.Repeat([]byte{'s'}, grainSectors*sector))
	return image
}

// sparseDisk returns what an image that sparse returns holds.
func sparseDisk() []byte {
	whole := make([]byte, 128*sector)
	copy(whole[grainSectors*sector:], bytes.Repeat([]byte{'s'}, grainSectors*sector))
	return whole
}

func descriptor(kind string, extents ...string) string {
	text := fmt.Sprintf("# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\ncreateType=%q\n\n", kind)
	for _, e := range extents {
		text += e + "\n"
	}
	return text
}

// files is a folder in memory.
type files map[string][]byte

type extent struct{ *bytes.Reader }

func (extent) Close() error { return nil }

func (f files) Open(name string) (vmdk.Extent, error) {
	if data, there := f[name]; there {
		return extent{bytes.NewReader(data)}, nil
	}
	return nil, fs.ErrNotExist
}

// read opens an image and returns its whole disk, by extents.
func read(t testing.TB, image []byte, folder vmdk.Folder) ([]byte, error) {
	t.Helper()
	r, err := vmdk.Open(t.Context(), bytes.NewReader(image), folder)
	if err != nil {
		return nil, err
	}
	whole := make([]byte, r.Size())
	for offset := int64(0); offset < r.Size(); {
		start, end, err := r.NextData(offset)
		if err != nil {
			return nil, err
		}
		if start < offset || end < start || end > r.Size() || end == start && start != r.Size() {
			return nil, errors.New("NextData goes back")
		}
		if _, err := r.ReadAt(whole[start:end], start); err != nil {
			return nil, err
		}
		offset = end
	}
	return whole, r.Close()
}

func put32(image []byte, at int, value uint32) { binary.LittleEndian.PutUint32(image[at:], value) }

func put64(image []byte, at int, value uint64) { binary.LittleEndian.PutUint64(image[at:], value) }
