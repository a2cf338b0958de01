// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// Change is what a volume is to become.
type Change struct {
	openstack.VolumeSpec      // where it was made and from what stays; an empty type leaves the volume the one it has
	Retype               bool // the disk has another type than its record says
	MayMove              bool // a type that the volume's datastore does not satisfy moves it
}

// Update grows a volume, gives it another type and another name, and writes its description and metadata, whatever of that differs. It
// looks first, so that an update that ended half-way is finished by the next. A volume that another has made gets the flag that every
// volume has.
func (v *Volumes) Update(ctx context.Context, id string, want Change) (openstack.Volume, error) {
	if err := metadata.Check(want.VolumeSpec); err != nil {
		return openstack.Volume{}, err
	}
	have, err := v.locate(ctx, id)
	if err != nil {
		return openstack.Volume{}, err
	}
	if kept, err := v.keep(ctx, have); err != nil {
		return have.Volume, err
	} else if have.Kept = kept.Kept; want.Size != have.Size {
		if err := v.grow(ctx, have, want.Size); err != nil {
			return have.Volume, err
		}
		have.Size, have.SizeMB = want.Size, want.Size<<10
	}
	if want.Type != "" && (want.Retype || want.Type != have.Type) {
		if have, err = v.retype(ctx, have, want); err != nil {
			return have.Volume, err
		}
	}
	return v.describe(ctx, have, want.VolumeSpec)
}

// describe writes a volume's record and name, whatever of that differs, and returns the volume as it is then.
func (v *Volumes) describe(ctx context.Context, have located, want openstack.VolumeSpec) (openstack.Volume, error) {
	then := have.Volume
	then.Description, then.Metadata, then.Type = want.Description, want.Metadata, cmp.Or(want.Type, have.Type)
	if set, remove := metadata.Difference(metadata.Encode(have.Volume), metadata.Encode(then)); len(set)+len(remove) > 0 {
		if err := v.writeMetadata(ctx, have, set, remove); err != nil {
			return have.Volume, err
		}
	}
	if want.Name == have.Name {
		return then, nil
	}
	was := then
	then.Name = want.Name
	if err := v.rename(ctx, have, diskName(then)); err != nil {
		return was, err
	}
	return then, nil
}

// writeMetadata writes keys of a disk's metadata and deletes others, all at once. Doing it twice does no harm.
func (v *Volumes) writeMetadata(ctx context.Context, d located, set []types.KeyValue, remove []string) error {
	_, manager, err := v.manager(ctx)
	if err != nil {
		return err
	}
	err = v.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.VCenterUpdateVStorageObjectMetadataEx_Task(ctx, vim, &types.VCenterUpdateVStorageObjectMetadataEx_Task{
			This: manager, Id: types.ID{Id: d.ID}, Datastore: d.store, Metadata: set, DeleteKeys: remove})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if faults.Is[*types.InvalidArgument](err) { // the limits of metadata are documented nowhere
		keys := strings.Join(append(slices.Sorted(maps.Keys(metadata.Values(set))), remove...), ", ")
		return faults.Explain("writing "+keys+" of the volume "+d.Name, err)
	}
	return faults.Explain("writing the metadata of the volume "+d.Name, err)
}

// rename gives a disk another name. Several may have the same.
func (v *Volumes) rename(ctx context.Context, d located, name string) error {
	vim, manager, err := v.manager(ctx)
	if err != nil {
		return err
	}
	defer v.Changed()
	return faults.Explain("renaming the volume "+d.Name+" to "+name, retry.Once(func() error {
		_, err := methods.RenameVStorageObject(ctx, vim, &types.RenameVStorageObject{This: manager, Id: types.ID{Id: d.ID},
			Datastore: d.store, Name: name})
		return err
	}))
}
