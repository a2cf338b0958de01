// SPDX-License-Identifier: MPL-2.0

package image

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// CheckDisks refuses an image without a disk, such as that of a CD-ROM, and one with a disk that is a volume: each copy of the disk's file
// would have the volume's id, and a vCenter may take it for that volume (govmomi #2352). The disks of a library item that is not deployed
// are not known.
func (t Template) CheckDisks() error {
	if t.ISO() {
		return fmt.Errorf("the image %s is an ISO image, of which no volume can be made: it has no disk. Make an instance of it, whose drive "+
			"holds it, or use an image of a disk", t.Name)
	}
	if t.Config == nil {
		return nil
	}
	for _, device := range t.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok && disk.VDiskId != nil {
			return fmt.Errorf("the image %s has the volume %s as a disk, whose copies a vCenter may take for that volume: make the image anew, "+
				"from disks that are no volumes", t.Name, disk.VDiskId.Id)
		}
	}
	if hardware.RootDisk(t.Config.Hardware.Device) == nil {
		return fmt.Errorf("the image %s has no disk", t.Name)
	}
	return nil
}

// VolumeProperties are what a volume of the image must tell of it, so that an instance starts from the volume as from the image: Glance's
// properties that shape an instance, those that say what the template is made of, and which image it was.
func (t Template) VolumeProperties() map[string]string {
	out := vmspec.Meaningful(t.Properties)
	if t.Config != nil {
		made := vmspec.PropertiesOf(*t.Config)
		maps.Copy(made, out)
		out = made
	}
	out["image_id"], out["image_name"] = t.ID, t.Name
	if t.MinRAM > 0 {
		out["min_ram"] = strconv.FormatInt(t.MinRAM, 10) // as Cinder has it
	}
	return out
}
