// SPDX-License-Identifier: MPL-2.0

package qcow2_test

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/qcow2"
)

func open(t *testing.T, raw []byte) *qcow2.Reader {
	t.Helper()
	r, err := qcow2.Open(t.Context(), bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReadAtGivesTheDisk(t *testing.T) {
	t.Parallel()
	want := wholeDisk()
	dirty := image(t, false)
	dirty[79] |= 1
	for name, raw := range map[string][]byte{"zlib": image(t, false), "zstd": image(t, true), "dirty": dirty} {
		r := open(t, raw)
		for _, step := range []int{1, 7, clusterSize, 3000, diskSize} {
			got := make([]byte, 0, diskSize)
			for offset := 0; offset < diskSize; offset += step {
				part := bytes.Repeat([]byte{'x'}, min(step, diskSize-offset))
				if n, err := r.ReadAt(part, int64(offset)); n != len(part) || err != nil {
					t.Fatalf("%s: %d bytes at %d: %d, %v", name, len(part), offset, n, err)
				}
				got = append(got, part...)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s: another disk by steps of %d", name, step)
			}
		}
		if n, err := r.ReadAt(make([]byte, 200), diskSize-100); n != 100 || err != io.EOF {
			t.Errorf("%s: a read over the end: %d, %v", name, n, err)
		}
	}
}

func TestNextDataSkipsZeros(t *testing.T) {
	t.Parallel()
	r := open(t, image(t, false))
	var got []int64
	for offset := int64(0); offset < r.Size(); {
		start, end, err := r.NextData(offset)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, start, end)
		offset = end
	}
	want := []int64{dataIndex * clusterSize, (dataIndex + 1) * clusterSize, packedIndex * clusterSize, (packedIndex + 1) * clusterSize,
		diskSize, diskSize}
	if !slices.Equal(got, want) {
		t.Errorf("extents %v, want %v", got, want)
	}
}

// QEMU need not write the last cluster of the file to its end.
func TestALastClusterMayBeShort(t *testing.T) {
	t.Parallel()
	raw := image(t, false)
	put64(raw, entriesAt+8*packedIndex, 0)
	got := make([]byte, clusterSize)
	if _, err := open(t, raw[:dataAt+100]).ReadAt(got, dataIndex*clusterSize); err != nil {
		t.Fatal(err)
	}
	if want := append(cluster('d')[:100], make([]byte, clusterSize-100)...); !bytes.Equal(got, want) {
		t.Errorf("the cluster reads as %q", got)
	}
}
