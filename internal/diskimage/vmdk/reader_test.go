// SPDX-License-Identifier: MPL-2.0

package vmdk_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/vmdk"
)

func TestReaderGivesTheDisk(t *testing.T) {
	t.Parallel()
	part := sparse("")
	two := append(sparseDisk(), sparseDisk()...)
	flat := append(make([]byte, sector), sparseDisk()...)
	for name, tc := range map[string]struct {
		image  string
		folder files
		want   []byte
	}{
		"a stream":          {image: string(stream(t, content(3*mebibyte))), want: content(3 * mebibyte)},
		"monolithic sparse": {image: string(sparse(vmdk.MonolithicSparse)), want: sparseDisk()},
		"two extents": {
			image:  descriptor(vmdk.TwoGBMaxExtentSparse, `RW 128 SPARSE "a-s001.vmdk"`, `RW 128 SPARSE "a-s002.vmdk"`),
			folder: files{"a-s001.vmdk": part, "a-s002.vmdk": part}, want: two,
		},
		"flat, from a place, and zeros": {
			image:  descriptor(vmdk.MonolithicFlat, `RW 128 FLAT "a-flat.vmdk" 1`, `RW 128 ZERO`),
			folder: files{"a-flat.vmdk": flat}, want: append(sparseDisk(), make([]byte, 128*sector)...),
		},
		"two flat extents": {
			image:  descriptor(vmdk.TwoGBMaxExtentFlat, `RW 128 FLAT "a-f001.vmdk" 0`, `RW 128 FLAT "a-f002.vmdk" 0`),
			folder: files{"a-f001.vmdk": sparseDisk(), "a-f002.vmdk": sparseDisk()}, want: two,
		},
	} {
		got, err := read(t, []byte(tc.image), tc.folder)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !bytes.Equal(got, tc.want) {
			t.Errorf("%s: another disk", name)
		}
		r, err := vmdk.Open(t.Context(), bytes.NewReader([]byte(tc.image)), tc.folder)
		if err != nil {
			t.Fatal(err)
		}
		all := bytes.Repeat([]byte{'x'}, len(tc.want)+10)
		if n, err := r.ReadAt(all, 0); n != len(tc.want) || err != io.EOF || !bytes.Equal(all[:n], tc.want) {
			t.Errorf("%s: one read over the end: %d bytes, %v", name, n, err)
		}
	}
}
