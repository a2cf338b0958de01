// SPDX-License-Identifier: MPL-2.0

package qcow2_test

import (
	"bytes"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/qcow2"
)

// Images with extended L2 tables have clusters of 16 KiB at least, in 32 subclusters.
const (
	bigCluster = 16 << 10
	subcluster = bigCluster / 32
)

// extended returns an image of three clusters. Of the first two subclusters hold data, the second is compressed, and the third is as the
// entry and its bitmap say.
func extended(t testing.TB, entry, bitmap uint64) []byte {
	t.Helper()
	raw := make([]byte, 5*bigCluster)
	copy(raw, "QFI\xfb")
	put32(raw, 4, 3)
	put32(raw, 20, 14)
	put64(raw, 24, 3*bigCluster)
	put32(raw, 36, 1)
	put64(raw, 40, bigCluster)
	put64(raw, 72, 1<<4)
	put32(raw, 100, 104)
	put64(raw, bigCluster, 2*bigCluster)
	table := raw[2*bigCluster:]
	put64(table, 0, 3*bigCluster)
	put64(table, 8, 1<<1|1<<31|1<<(32+5))
	put64(table, 16, 1<<62|4*bigCluster)
	put64(table, 32, entry)
	put64(table, 40, bitmap)
	copy(raw[3*bigCluster:], bytes.Repeat([]byte{'d'}, bigCluster))
	copy(raw[4*bigCluster:], pack(t, bytes.Repeat([]byte{'p'}, bigCluster), false))
	return raw
}

func TestExtendedTablesMapSubclusters(t *testing.T) {
	t.Parallel()
	want := make([]byte, 3*bigCluster)
	copy(want[subcluster:], bytes.Repeat([]byte{'d'}, subcluster))
	copy(want[31*subcluster:], bytes.Repeat([]byte{'d'}, subcluster))
	copy(want[bigCluster:], bytes.Repeat([]byte{'p'}, bigCluster))
	r := open(t, extended(t, 0, 1<<40))
	got := bytes.Repeat([]byte{'x'}, len(want))
	if _, err := r.ReadAt(got, 0); err != nil || !bytes.Equal(got, want) {
		t.Errorf("another disk, %v", err)
	}
	if start, end, err := r.NextData(0); start != subcluster || end != 2*subcluster || err != nil {
		t.Errorf("data from %d to %d, %v", start, end, err)
	}
	if start, _, err := r.NextData(2 * bigCluster); start != r.Size() || err != nil {
		t.Errorf("data at %d behind the last, %v", start, err)
	}
}

func TestExtendedTablesThatContradictThemselvesAreRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		entry, bitmap uint64
		want          string
	}{
		"data and zeros":      {3 * bigCluster, 1 | 1<<32, "contradicts itself about a subcluster"},
		"data without place":  {0, 1, "contradicts itself about a subcluster"},
		"an unaligned place":  {3*bigCluster + 512, 1, "no multiple of its clusters of 16384 bytes"},
		"data in the header":  {bigCluster / 2, 1, "no multiple of its clusters"},
		"data behind the end": {5 * bigCluster, 1, "behind its end"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := qcow2.Open(t.Context(), bytes.NewReader(extended(t, tc.entry, tc.bitmap)))
			refused(t, err, tc.want, "transfer it again")
		})
	}
}
