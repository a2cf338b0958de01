// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// typed returns the indexes of blocks with a volume_type whose disks lie in the VM's own folder: they are made with the VM.
func typed(blocks []openstack.BlockDevice) (out []int) {
	for i, block := range blocks {
		made := block.ToVolume() && (block.Source == openstack.SourceImage && block.Boots() || block.Source == openstack.SourceBlank &&
			!block.Registered())
		if made && block.VolumeType != "" {
			out = append(out, i)
		}
	}
	return out
}

// satisfying returns those of the datastores that satisfy the volume_type of every block with a disk in the VM's own folder.
func satisfying(ctx context.Context, at inventory.Target, stores []mo.Datastore, blocks []openstack.BlockDevice) ([]mo.Datastore, error) {
	for _, i := range typed(blocks) {
		may, err := at.Candidates(ctx, blocks[i].VolumeType)
		if err != nil {
			return nil, openstack.AttributeErrorf(blockdevices.Path(i), "volume_type: %w", err)
		}
		stores = slices.DeleteFunc(slices.Clone(stores), func(d mo.Datastore) bool {
			return !slices.ContainsFunc(may.All, func(one mo.Datastore) bool { return one.Self == d.Self })
		})
		if len(stores) == 0 {
			return nil, openstack.AttributeErrorf(blockdevices.Path(i), "volume_type: no datastore that satisfies %s may hold the instance too: "+
				"its flavor, its zone and its other disks allow other datastores", blocks[i].VolumeType)
		}
	}
	return stores, nil
}

// CheckVolumeTypes refuses volume types that no datastore of a zone satisfies, each at its block.
func (c *Servers) CheckVolumeTypes(ctx context.Context, zone, node, policy string, blocks []openstack.BlockDevice) error {
	for i, block := range blocks {
		if block.VolumeType == "" || !block.ToVolume() || block.Source == openstack.SourceVolume {
			continue
		}
		if err := c.inventory.CheckPolicy(ctx, zone, block.VolumeType); err != nil {
			return openstack.AttributeErrorf(blockdevices.Path(i), "volume_type: %w", err)
		}
	}
	if len(typed(blocks)) == 0 {
		return nil
	}
	at, err := c.inventory.PlannedTarget(ctx, zone, node)
	if err != nil {
		return err
	}
	may, err := at.Candidates(ctx, policy)
	if err == nil {
		_, err = satisfying(ctx, at, may.All, blocks)
	}
	return err
}

// addPolicies looks up the storage policies of the disks that are made with the VM.
func (c *Servers) addPolicies(ctx context.Context, want *Request) (err error) {
	for i := range want.Disks {
		if policy := want.Disks[i].Policy; policy != "" {
			if want.Disks[i].PolicyID, err = c.inventory.Policies.Id(ctx, policy); err != nil {
				return openstack.AttributeErrorf("block_device", "volume_type: %w", err)
			}
		}
	}
	at := openstack.BootBlock(want.BlockDevices)
	if slices.Contains(typed(want.BlockDevices), at) {
		want.rootPolicy, err = c.inventory.Policies.Id(ctx, want.BlockDevices[at].VolumeType)
	}
	return err
}

// withRootPolicy gives the root disk of a clone its own storage policy, by the change of the disk and by its locator.
func (m cloned) withRootPolicy(spec *types.VirtualMachineCloneSpec) {
	root := hardware.RootDisk(m.source.Config.Hardware.Device)
	if m.rootPolicy == "" || root == nil {
		return
	}
	profile := []types.BaseVirtualMachineProfileSpec{&types.VirtualMachineDefinedProfileSpec{ProfileId: m.rootPolicy}}
	edit := slices.IndexFunc(spec.Config.DeviceChange, func(c types.BaseVirtualDeviceConfigSpec) bool {
		return c.GetVirtualDeviceConfigSpec().Device.GetVirtualDevice().Key == root.Key
	})
	if edit < 0 {
		spec.Config.DeviceChange = append(spec.Config.DeviceChange, hardware.Edit(root))
		edit = len(spec.Config.DeviceChange) - 1
	}
	spec.Config.DeviceChange[edit].GetVirtualDeviceConfigSpec().Profile = profile
	for i := range spec.Location.Disk {
		if spec.Location.Disk[i].DiskId == root.Key {
			spec.Location.Disk[i].Profile = profile
			return
		}
	}
	spec.Location.Disk = append(spec.Location.Disk, types.VirtualMachineRelocateSpecDiskLocator{DiskId: root.Key,
		Datastore: *spec.Location.Datastore, DiskMoveType: consolidate, Profile: profile})
}
