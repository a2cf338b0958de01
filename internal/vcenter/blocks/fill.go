// SPDX-License-Identifier: MPL-2.0

package blocks

import (
	"context"
	"errors"
	"maps"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/attachments"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// Filled is what Fill has done.
type Filled struct {
	Volumes map[int]string // ids of the blocks' volumes, by the index of the block
	Refused error          // why the root disk could not be made a volume while the VM has it; Leave does it later
}

// Fill makes the volumes of an instance's blocks, as far as they are missing, and attaches them: first the root disk, then the others in
// the order of the blocks. It may be repeated. An error is at the block.
func (b *Blocks) Fill(ctx context.Context, m Machine) (Filled, error) {
	out := Filled{Volumes: map[int]string{}}
	maps.Copy(out.Volumes, m.BlockVolumes)
	for _, i := range inOrder(m.BlockDevices) {
		block := m.BlockDevices[i]
		var err error
		if block.Boots() && block.Source == openstack.SourceImage {
			err = b.registerRoot(ctx, m, i, &out)
		} else {
			err = b.plug(ctx, m, i, out.Volumes)
		}
		if err != nil {
			return out, atBlock(i, err)
		}
	}
	return out, nil
}

// inOrder returns the indexes of the blocks with a volume of its own, that of the root disk first.
func inOrder(blocks []openstack.BlockDevice) (out []int) {
	root := openstack.BootBlock(blocks)
	if root >= 0 && blocks[root].Registered() {
		out = append(out, root)
	}
	for i, block := range blocks {
		if i != root && block.Registered() {
			out = append(out, i)
		}
	}
	return out
}

// atBlock moves an error about a volume to the block that asks for it.
func atBlock(i int, err error) error {
	if errors.Is(err, wire.ErrInterrupted) || errors.Is(err, context.Canceled) {
		return err
	}
	var field *openstack.FieldError
	if errors.As(err, &field) && err == error(field) {
		err = field.Err
	}
	return openstack.AttributeErrorf(blockdevices.Path(i), "%w", err)
}

// registerRoot makes a volume of the root disk, which is a copy of an image. A vCenter that refuses to while a machine has the disk is no
// error: Leave does it then.
func (b *Blocks) registerRoot(ctx context.Context, m Machine, i int, out *Filled) error {
	root := hardware.RootDisk(m.VM.Config.Hardware.Device)
	if root == nil || out.Volumes[i] != "" {
		return nil
	}
	made, err := b.volumes.Register(ctx, b.registration(m, i, machine.DiskFile(root)))
	if made.ID != "" {
		out.Volumes[i] = made.ID
	}
	if made.ID == "" && faults.DefiniteFault(err) {
		out.Refused, err = err, nil
	}
	return err
}

// registration returns the volume that a root disk's file becomes.
func (b *Blocks) registration(m Machine, i int, file string) volumes.RegisterRequest {
	properties := vmspec.PropertiesOf(*m.VM.Config)
	maps.Copy(properties, m.Properties)
	properties["image_id"], properties["image_name"] = m.ImageID, m.ImageName
	r := volumes.RegisterRequest{File: file, Request: request(m, i)}
	r.ImageProperties = properties
	return r
}

// request returns the volume that is made for a block.
func request(m Machine, i int) volumes.Request {
	block := m.BlockDevices[i]
	zone, _ := inventory.SplitZone(m.Zone)
	r := volumes.Request{VolumeSpec: openstack.VolumeSpec{Name: nameOf(m.Name, i), Size: block.SizeGiB, Zone: zone, Type: block.VolumeType}}
	if block.Source != openstack.SourceBlank {
		r.Source = openstack.VolumeSource{Kind: block.Source, ID: block.UUID}
	}
	r.MarkID = markOf(m.ID, i)
	return r
}

// plug makes the volume of a block, unless it is there already, and attaches it.
func (b *Blocks) plug(ctx context.Context, m Machine, i int, ids map[int]string) error {
	block := m.BlockDevices[i]
	if ids[i] == "" {
		made, err := b.volumeFor(ctx, m, i)
		if err != nil {
			return err
		}
		ids[i] = made
	}
	r := attachments.Request{VolumeID: ids[i], ServerID: m.ID, MoRef: m.VM.Self.Value, Multiattach: block.Multiattach, Root: block.Boots()}
	if found, ok := b.found.LoadAndDelete(ids[i]); ok {
		r.Found, _ = found.(*attachments.Found)
	}
	if len(m.VolumesAttached) == 0 && len(ids) == 1 { // nothing has changed the machine since it was read
		r.Seen = &m.VM
	}
	_, err := b.attachments.Attach(ctx, r)
	return err
}

// volumeFor returns the id of the volume for a block, which is made where the block does not name one that exists.
func (b *Blocks) volumeFor(ctx context.Context, m Machine, i int) (string, error) {
	var create func(context.Context, volumes.Request) (openstack.Volume, error)
	switch block := m.BlockDevices[i]; block.Source {
	case openstack.SourceVolume:
		return block.UUID, nil
	case openstack.SourceSnapshot:
		create = b.volumes.FromSnapshot
	case openstack.SourceImage:
		create = b.volumes.FromImage
	default:
		create = b.volumes.Create
	}
	made, err := create(ctx, request(m, i))
	return made.ID, err
}
