// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func TestSizes(t *testing.T) {
	t.Parallel()
	for mb, gib := range map[int64]int64{0: 0, 1: 1, 1024: 1, 1025: 2, 10 << 10: 10} {
		if got := gibibytes(mb); got != gib {
			t.Errorf("%d MB are %d GiB", mb, got)
		}
	}
	v := openstack.Volume{VolumeSpec: openstack.VolumeSpec{Name: "data", Size: 10}}
	if err := CheckSize(v, 9); err == nil || !strings.Contains(err.Error(), "has 10 GiB and cannot shrink to 9 GiB") {
		t.Errorf("smaller: %v", err)
	}
	v.Snapshots = []openstack.VolumeSnapshot{{ID: "s1", Note: "before"}}
	if err := CheckSize(v, 11); err == nil || !strings.Contains(err.Error(), `"s1 before"`) {
		t.Errorf("under a snapshot: %v", err)
	}
	if err := CheckSize(v, 10); err != nil {
		t.Error(err)
	}
}
