// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"testing"

	"github.com/vmware/govmomi/vim25/types"
)

func TestWritable(t *testing.T) {
	t.Parallel()
	host := ref{Type: "HostSystem", Value: "host-1"}
	no := types.NewBool(false)
	for name, tc := range map[string]struct {
		on   string
		info types.HostMountInfo
		want bool
	}{
		"written":       {"host-1", types.HostMountInfo{AccessMode: "readWrite", Mounted: types.NewBool(true)}, true},
		"says no more":  {"host-1", types.HostMountInfo{AccessMode: "readWrite"}, true},
		"read only":     {"host-1", types.HostMountInfo{AccessMode: "readOnly"}, false},
		"unmounted":     {"host-1", types.HostMountInfo{AccessMode: "readWrite", Mounted: no}, false},
		"inaccessible":  {"host-1", types.HostMountInfo{AccessMode: "readWrite", Accessible: no}, false},
		"of other host": {"host-2", types.HostMountInfo{AccessMode: "readWrite"}, false},
	} {
		mounts := []types.DatastoreHostMount{{Key: ref{Type: "HostSystem", Value: tc.on}, MountInfo: tc.info}}
		if got := writable(mounts, host); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
