// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// largest is the size of the largest disk in MB.
const largest = 62 * base.TiB / base.MiB

// CreateDiskTask makes an empty disk. Its metadata are there from the first moment. It outlives its machine unless the specification says
// otherwise (API reference, VslmCreateSpec).
func (m *managerRules) CreateDiskTask(ctx *simulator.Context, req *types.CreateDisk_Task) soap.HasFault {
	task := m.begin(ctx, "createDisk", func() (types.AnyType, types.BaseMethodFault) {
		m.mu.Lock()
		defer m.mu.Unlock()
		made, store, fault := m.prepare(ctx, wanted{
			name: req.Spec.Name, backing: req.Spec.BackingSpec, profile: req.Spec.Profile, megabytes: req.Spec.CapacityInMB,
		})
		if fault != nil {
			return nil, fault
		}
		made.keep = base.FirstSet(req.Spec.KeepAfterDeleteVm, types.NewBool(true))
		if fault := made.setMetadata(req.Spec.Metadata, nil); fault != nil {
			return nil, fault
		}
		if fault := createFile(local(store, made.path), made.id, made.megabytes); fault != nil {
			return nil, fault
		}
		return m.list(ctx, made), nil
	})
	return &methods.CreateDisk_TaskBody{Res: &types.CreateDisk_TaskResponse{Returnval: task}}
}

// wanted is what a new disk is to be.
type wanted struct {
	name      string
	backing   types.BaseVslmCreateSpecBackingSpec
	profile   []types.BaseVirtualMachineProfileSpec
	megabytes int64
}

// prepare checks what a new disk is to be. The disk has no file yet, and is in no catalogue.
func (d *Disks) prepare(ctx *simulator.Context, w wanted) (*disk, *simulator.Datastore, types.BaseMethodFault) {
	if w.name == "" {
		return nil, nil, &types.InvalidName{Name: w.name}
	}
	if w.megabytes <= 0 || w.megabytes > largest {
		return nil, nil, &types.InvalidArgument{InvalidProperty: "capacityInMB"}
	}
	spec := w.backing.GetVslmCreateSpecBackingSpec()
	policies, fault := d.policiesOf(w.profile, spec.Datastore)
	if fault != nil {
		return nil, nil, fault
	}
	made := &disk{
		id: uuid.NewString(), backingID: uuid.NewString(), name: w.name, store: spec.Datastore, megabytes: w.megabytes,
		created: time.Now(), provisioning: "thin", policies: policies, metadata: map[string]string{},
	}
	if file, ok := w.backing.(*types.VslmCreateSpecDiskFileBackingSpec); ok && file.ProvisioningType != "" {
		made.provisioning = file.ProvisioningType
	}
	known := types.BaseConfigInfoDiskFileBackingInfoProvisioningType("").Strings()
	if !slices.Contains(known, made.provisioning) {
		return nil, nil, &types.InvalidArgument{InvalidProperty: "provisioningType"}
	}
	store, fault := made.placeOn(ctx)
	if fault != nil {
		return nil, nil, fault
	}
	made.path = pathOn(store, base.FirstOf(spec.Path, folder+"/"+made.id+".vmdk"))
	return made, store, nil
}

// placeOn sees that the datastore of a disk can take it. Thin disks may promise more than there is, the others take their space at once.
func (d *disk) placeOn(ctx *simulator.Context) (store *simulator.Datastore, fault types.BaseMethodFault) {
	store = base.Get[*simulator.Datastore](ctx, d.store)
	if store == nil {
		return nil, &types.InvalidDatastore{Datastore: &d.store}
	}
	base.Apart(ctx).WithLock(store, func() {
		const normal = string(types.DatastoreSummaryMaintenanceModeStateNormal)
		switch {
		case !store.Summary.Accessible, base.FirstOf(store.Summary.MaintenanceMode, normal) != normal:
			fault = &types.InvalidDatastore{Datastore: &d.store, Name: store.Name}
		case d.needs() > store.Summary.FreeSpace:
			fault = &types.NoDiskSpace{FileFault: types.FileFault{File: pathOn(store, folder)}, Datastore: store.Name}
		}
	})
	return store, fault
}

// needs is how many bytes of free space a disk takes.
func (d *disk) needs() int64 {
	if d.provisioning == "thin" {
		return 0
	}
	return d.megabytes * base.MiB
}

// list puts a disk into the catalogue, and gives what a task has made.
func (d *Disks) list(ctx *simulator.Context, made *disk) types.VStorageObject {
	made.settleSpace(ctx, made.store, made.needs())
	d.all[made.id] = made
	return made.object()
}

// settleSpace gives back the space that a disk has taken, and takes some on a datastore.
func (d *disk) settleSpace(ctx *simulator.Context, on types.ManagedObjectReference, bytes int64) {
	for _, change := range []struct {
		store types.ManagedObjectReference
		bytes int64
	}{{d.store, d.taken}, {on, -bytes}} {
		if store := base.Get[*simulator.Datastore](ctx, change.store); store != nil && change.bytes != 0 {
			base.Apart(ctx).WithLock(store, func() {
				store.Summary.FreeSpace += change.bytes
				store.Info.GetDatastoreInfo().FreeSpace = store.Summary.FreeSpace
			})
		}
	}
	d.store, d.taken = on, bytes
}
