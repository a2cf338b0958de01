// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
)

// checkSnapshots refuses a flavor with which a disk grows of an instance whose VM has snapshots: vSphere grows no disk under one, and would
// say so once the guest is shut down.
func checkSnapshots(in inputs, to openstack.Flavor, want []openstack.Disk) error {
	names := in.private.Snapshots
	if len(names) == 0 || !grows(in, to, want) {
		return nil
	}
	return openstack.AttributeErrorf(in.config.FlavorField(), "with the flavor %s a disk of %s would grow, which no disk under a "+
		"snapshot can: delete its snapshots first, for example with the action novasphere_compute_instance_snapshot: %s", to.Name,
		in.state.Name.ValueString(), strings.Join(names, ", "))
}

// grows reports whether a disk grows with a flavor, whose other disks are given: the root disk, unless a volume is, or another.
func grows(in inputs, to openstack.Flavor, want []openstack.Disk) bool {
	if !in.private.BootVolume && !lostRoot(in) && to.Disk > in.state.Disk.ValueInt64() {
		return true
	}
	resized, err := blockdevices.ResizedDisks(in.private.Disks, want)
	for i, had := range in.private.Disks {
		if err == nil && i < len(resized) && resized[i].MB > had.MB {
			return true
		}
	}
	return false
}
