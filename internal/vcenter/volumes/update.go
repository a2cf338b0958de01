package volumes

import (
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
)

// Update renames a volume, grows it, and writes its description and metadata, whatever of that differs. Where it was made, from what and
// by whom stays. It looks first, so that an update that ended half-way is finished by the next.
func (v *Volumes) Update(ctx context.Context, id string, want openstack.VolumeSpec) (openstack.Volume, error) {
	if err := CheckRecord(want); err != nil {
		return openstack.Volume{}, err
	}
	have, err := v.locate(ctx, id)
	if err != nil {
		return openstack.Volume{}, err
	}
	if want.Size != have.Size {
		if err := v.grow(ctx, have, want.Size); err != nil {
			return have.Volume, err
		}
	}
	then := have.Volume
	then.Description, then.Metadata = want.Description, want.Metadata
	set, remove := difference(encode(have.Volume), encode(then))
	if len(set)+len(remove) > 0 {
		if err := v.writeMetadata(ctx, have, set, remove); err != nil {
			return have.Volume, err
		}
	}
	if want.Name != have.Name {
		then.Name = want.Name
		if err := v.rename(ctx, have, diskName(then)); err != nil {
			return have.Volume, err
		}
	}
	updated, err := v.locate(ctx, id)
	return updated.Volume, err
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
		keys := strings.Join(append(slices.Sorted(maps.Keys(values(set))), remove...), ", ")
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
