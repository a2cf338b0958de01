// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// ErrForeign means that a volume is not deleted because this provider did not make it.
var ErrForeign = errors.New("this provider did not make it")

// Delete deletes a volume that this provider has made, by its id and never by a path. One that a machine has, or that has snapshots, stays,
// and the error names them; ErrForeign where another has made it. A volume that is gone is no error.
func (v *Volumes) Delete(ctx context.Context, id string) error {
	have, err := v.locate(ctx, id)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if !Own(have.Volume) {
		return fmt.Errorf("the volume %s (%s) is not deleted: %w", have.Name, id, ErrForeign)
	}
	return v.remove(ctx, have)
}

// remove deletes a volume where it was found.
func (v *Volumes) remove(ctx context.Context, have located) error {
	_, manager, err := v.manager(ctx)
	if err != nil {
		return err
	}
	err = v.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.DeleteVStorageObject_Task(ctx, vim,
			&types.DeleteVStorageObject_Task{This: manager, Id: types.ID{Id: have.ID}, Datastore: have.store})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	switch {
	case faults.Is[*types.NotFound](err):
		return v.removeElsewhere(ctx, have)
	case faults.Is[*types.InvalidState](err), faults.Is[*types.ResourceInUse](err):
		return v.undeletable(ctx, have, err)
	}
	return faults.Explain("deleting the volume "+have.Name, err)
}

// DeleteMade deletes a volume as Delete does, but only one that a creation with one of some marks has made: any other stays, and that is no
// error.
func (v *Volumes) DeleteMade(ctx context.Context, id string, marks ...string) error {
	have, err := v.locate(ctx, id)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil
	}
	if err != nil || !slices.ContainsFunc(marks, func(mark string) bool { return bears(have.Volume, mark) }) {
		return err
	}
	return v.remove(ctx, have)
}

// bears reports whether a volume has a mark, in its record or, before it has one, in its name.
func bears(v openstack.Volume, mark string) bool {
	return v.MarkID == mark || v.MarkID == "" && v.Name == unnamedPrefix+mark
}

// Own reports whether this provider has made a volume: it bears a mark, or the name that a volume from a snapshot has before its mark.
func Own(v openstack.Volume) bool {
	id, unnamed := strings.CutPrefix(v.Name, unnamedPrefix)
	_, err := uuid.Parse(id)
	return v.MarkID != "" || unnamed && err == nil
}

// removeElsewhere deletes a volume that was not where it was found. It is gone, or Storage DRS has moved it since.
func (v *Volumes) removeElsewhere(ctx context.Context, was located) error {
	now, err := v.locate(ctx, was.ID)
	if errors.Is(err, openstack.ErrNotFound) || err == nil && now.store == was.store {
		return nil
	}
	if err != nil {
		return err
	}
	return v.remove(ctx, now)
}

// undeletable says what keeps a volume.
func (v *Volumes) undeletable(ctx context.Context, d located, refused error) error {
	holders, err := v.Holders(ctx, d.Volume, d.store)
	if err != nil {
		return errors.Join(faults.Explain("deleting the volume "+d.Name, refused), err)
	}
	var names []string
	for _, holder := range holders {
		names = append(names, holder.ServerName)
	}
	if len(names) > 0 {
		return fmt.Errorf("the volume %s is not deleted: it is attached to %s. Detach it first", d.Name, faults.Quoted(names))
	}
	snapshots, err := v.snapshotsOf(ctx, d)
	if err == nil && len(snapshots) > 0 {
		return fmt.Errorf("the volume %s is not deleted: it has snapshots. Delete them first: %s", d.Name, snapshotNames(snapshots))
	}
	return errors.Join(faults.Explain("deleting the volume "+d.Name, refused), err)
}

// Holders are the machines that have a volume, which lies on a datastore, wherever they are and whoever made them: what the vCenter's
// catalogue says. Only their managed object ids and names are told.
func (v *Volumes) Holders(ctx context.Context, volume openstack.Volume,
	store types.ManagedObjectReference) ([]openstack.Attachment, error) {
	vim, manager, err := v.manager(ctx)
	if err != nil {
		return nil, err
	}
	res, err := methods.RetrieveVStorageObjectAssociations(ctx, vim, &types.RetrieveVStorageObjectAssociations{This: manager,
		Ids: []types.RetrieveVStorageObjSpec{{Id: types.ID{Id: volume.ID}, Datastore: store}}})
	if err != nil {
		return nil, faults.Explain("asking which machines have the volume "+volume.Name, err)
	}
	var out []openstack.Attachment
	for _, one := range res.Returnval {
		for _, vm := range one.VmDiskAssociations {
			out = append(out, openstack.Attachment{VolumeID: volume.ID, MoRef: vm.VmId, ServerName: v.nameOf(ctx, vm.VmId)})
		}
	}
	return out, nil
}

// nameOf is a machine's name, or its managed object id where it cannot be read.
func (v *Volumes) nameOf(ctx context.Context, moref string) string {
	vm, err := wire.Read[mo.VirtualMachine](ctx, v.wire, ref{Type: "VirtualMachine", Value: moref}, []string{"name"})
	if err != nil || vm.Name == "" {
		return moref
	}
	return property.UnescapeName(vm.Name)
}
