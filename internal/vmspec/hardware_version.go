// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"regexp"
	"strconv"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// largest holds the most that a VM of a hardware version can have, from VMware's table of hardware features by compatibility setting. The
// first row whose version is not newer than the VM's applies.
var largest = []struct{ version, vcpus, gb int64 }{
	{22, 960, 24560}, {18, 768, 24560}, {15, 256, 6128}, {12, 128, 6128}, {11, 128, 4080}, {9, 64, 1011}, {8, 32, 1011}, {7, 8, 255},
}

// CheckHardware refuses a flavor that is larger than a hardware version allows. An unknown version has no bounds.
func CheckHardware(f openstack.Flavor, version string) error {
	n := int64(versionNumber(version))
	for _, row := range largest {
		if n < row.version {
			continue
		}
		if f.VCPUs > row.vcpus || f.RAM > row.gb<<10 {
			return openstack.AttributeErrorf("flavor_id", "the flavor %s has %d vcpus and %d MB of memory, and a machine of the hardware version "+
				"%s has at most %d and %d: choose a smaller flavor, or one with a newer vmware:hw_version",
				f.Name, f.VCPUs, f.RAM, version, row.vcpus, row.gb<<10)
		}
		return nil
	}
	return nil
}

// Older reports whether a VM of hardware version have must be upgraded to reach want. An empty want needs no upgrade.
func Older(have, want string) bool { return versionNumber(want) > versionNumber(have) }

// CheckVersion refuses a hardware version older than the present one, because it can only rise.
func CheckVersion(have, want, whose string) error {
	if want != "" && Older(want, have) {
		return wrongSpec("vmware:hw_version", "%s has hardware version %s, and it can only rise: write %s or a newer one, or leave it out", whose,
			have, have)
	}
	return nil
}

var versionForm = regexp.MustCompile(`^vmx-([0-9]{1,3})$`)

// versionNumber returns 19 for vmx-19, and 0 for text that is no hardware version.
func versionNumber(version string) int {
	match := versionForm.FindStringSubmatch(version)
	if match == nil {
		return 0
	}
	n, _ := strconv.Atoi(match[1]) // at most three digits
	return n
}
