// SPDX-License-Identifier: MPL-2.0

package openstack

import "testing"

func TestVersionNumber(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]int64{"8.0.3": 8000003, "6.5.0": 6005000, "7.0": 7000, "8.0.3.00100": 8000003100, "9": 9,
		"8.0.3-rc1": 8000003, "": 0, "x": 0} {
		if got := VersionNumber(version); got != want {
			t.Errorf("%q is %d, not %d", version, got, want)
		}
	}
}
