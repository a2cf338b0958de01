package vmspec

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// hardware is the most that a machine of a hardware version can have, by VMware's table of hardware features by compatibility setting.
// The first row whose version is not newer than the machine's holds.
var hardware = []struct{ version, vcpus, gb int64 }{
	{22, 960, 24560}, {18, 768, 24560}, {15, 256, 6128}, {12, 128, 6128}, {11, 128, 4080}, {9, 64, 1011}, {8, 32, 1011}, {7, 8, 255},
}

// CheckHardware refuses a flavor that is larger than a machine of a hardware version can be. A version that is not known has no bounds.
func CheckHardware(f openstack.Flavor, version string) error {
	n := int64(versionNumber(version))
	for _, row := range hardware {
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
