package vmspec

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Disks are the disks beside the root disk: those of block_device blocks with source blank, else the flavor's, by Nova's
// rules. An error sits at "block_device[i]", with Key empty.
func Disks(_ openstack.Flavor, _ []openstack.BlockDevice) ([]openstack.Disk, error) { return nil, nil }

// ResizedDisks are the disks of an instance that has some and is to have others, in the order of their places: what stays the
// same stays, what grows grows. A swap disk that goes or shrinks stays in its place with 0 MB or its new size, and is made
// anew. Ephemeral disks never shrink or go: that is an error at flavor_id.
func ResizedDisks(_, want []openstack.Disk) ([]openstack.Disk, error) { return want, nil }

// ConfigDrive changes the devices of a machine so that its CD-ROM holds an ISO file of a datastore.
func ConfigDrive(_ []types.BaseVirtualDevice, _ string, _ types.ManagedObjectReference) []types.BaseVirtualDeviceConfigSpec {
	return nil
}
