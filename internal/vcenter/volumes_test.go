// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vslm"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
)

// volumeLab is a vCenter with a client, and its calls.
type volumeLab struct {
	*testing.T
	vc   *acctest.VCenter
	wire *acctest.Wire
	*vcenter.Client
}

func volumeLabOf(t *testing.T, o vcsim.Options) *volumeLab {
	t.Helper()
	vc := acctest.Start(t, o)
	wire := vc.Wire(t)
	return &volumeLab{t, vc, wire, clientOver(t, vc, wire)}
}

// data is a volume of some GiB.
func data(name string, gib int64) volumes.Request {
	return volumes.Request{VolumeSpec: openstack.VolumeSpec{Name: name, Size: gib, Zone: "nova", Description: "of the shop",
		Metadata: map[string]string{"role": "db"}}}
}

func (l *volumeLab) must(v openstack.Volume, err error) openstack.Volume {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
	return v
}

func (l *volumeLab) create(name string, gib int64) openstack.Volume {
	l.Helper()
	return l.must(l.Volumes.Create(l.Context(), data(name, gib)))
}

// disk is what the vCenter holds of a volume.
func (l *volumeLab) disk(id string) types.VStorageObjectConfigInfo {
	l.Helper()
	c, err := vslm.NewClient(l.Context(), l.vc.Client().Client)
	if err != nil {
		l.Fatal(err)
	}
	found, err := vslm.NewGlobalObjectManager(c).Retrieve(l.Context(), types.ID{Id: id})
	if err != nil {
		l.Fatal(err)
	}
	return found.Config
}

// all are the ids of the vCenter's first class disks.
func (l *volumeLab) all() (ids []string) {
	l.Helper()
	for _, disk := range l.vc.Disks() {
		ids = append(ids, disk.ID())
	}
	return ids
}

// store is the datastore of a disk.
func (l *volumeLab) store(id string) *object.Datastore {
	l.Helper()
	backing := l.disk(id).Backing.(*types.BaseConfigInfoDiskFileBackingInfo)
	return object.NewDatastore(l.vc.Client().Client, backing.Datastore)
}

// attach gives a volume to a machine.
func (l *volumeLab) attach(id string, server openstack.Server) {
	l.Helper()
	vm := object.NewVirtualMachine(l.vc.Client().Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: server.MoRef})
	if err := vm.AttachDisk(l.Context(), id, l.store(id), 0, nil); err != nil {
		l.Fatal(err)
	}
}

// snapshot takes one of a volume, and gives its id as the provider writes it.
func (l *volumeLab) snapshot(id, description string) string {
	l.Helper()
	task, err := vslm.NewObjectManager(l.vc.Client().Client).CreateSnapshot(l.Context(), l.store(id), id, description)
	if err != nil {
		l.Fatal(err)
	}
	info, err := task.WaitForResult(l.Context())
	if err != nil {
		l.Fatal(err)
	}
	return id + "/" + info.Result.(types.ID).Id
}

func metadataOf(config types.VStorageObjectConfigInfo) map[string]string {
	out := map[string]string{}
	for _, pair := range config.Metadata {
		out[pair.Key] = pair.Value
	}
	return out
}

// TestVolumeCreated: one task makes a volume with its record, and it outlives its machines.
func TestVolumeCreated(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	l.create("first", 1)
	l.wire.Take()
	v := l.create("data", 10)
	calls, _ := l.wire.Take()
	if acctest.Total(calls)-sum(calls, "RetrievePropertiesEx") != 1 || calls["CreateDisk_Task"] != 1 {
		t.Errorf("the calls were %v", calls)
	}
	held := l.disk(v.ID)
	kept := metadataOf(held)
	if held.Name != "data" || held.CapacityInMB != 10<<10 || !*held.KeepAfterDeleteVm || kept["novasphere.meta.role"] != "db" ||
		kept["novasphere.description"] != "of the shop" || kept["novasphere.zone"] != "nova" || kept["novasphere.mark"] == "" {
		t.Errorf("the vCenter holds %+v", held)
	}
	read := l.must(l.Volumes.Read(t.Context(), v.ID))
	if read.Name != "data" || read.Size != 10 || read.Metadata["role"] != "db" || read.Mark == nil || read.Mark.By != l.vc.User ||
		!strings.HasPrefix(read.File, "["+read.Datastore+"] fcd/") || read.MarkID != v.MarkID || v.Kept == nil || !*v.Kept {
		t.Errorf("read %+v", read)
	}
}

// TestVolumeThatCannotBe: what a vCenter would refuse is said at the attribute, before anything is sent.
func TestVolumeThatCannotBe(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	for field, change := range map[string]func(*volumes.Request){
		"size":              func(r *volumes.Request) { r.Size = 0 },
		"description":       func(r *volumes.Request) { r.Description = strings.Repeat("x", 256) },
		"availability_zone": func(r *volumes.Request) { r.Zone = "mars" },
		"volume_type":       func(r *volumes.Request) { r.Type = "platinum" },
	} {
		r := data("data", 1)
		change(&r)
		_, err := l.Volumes.Create(t.Context(), r)
		var at *openstack.FieldError
		if !errors.As(err, &at) || at.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if ids := l.all(); len(ids) != 0 {
		t.Errorf("there are the disks %v", ids)
	}
}

// TestVolumesReadTogether: a hundred volumes are read with one query, and those of others among them with one more.
func TestVolumesReadTogether(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	var ids []string
	for i := range 100 {
		ids = append(ids, l.create(fmt.Sprintf("v-%d", i), 1).ID)
	}
	foreign := l.foreign("theirs")
	for _, ask := range []struct {
		ids     []string
		queries map[string]int
	}{
		{ids, map[string]int{"VslmListVStorageObjectForSpec": 1}},
		{append(slices.Clone(ids), foreign), map[string]int{"VslmListVStorageObjectForSpec": 1, "VslmRetrieveVStorageObjects": 1}},
		{[]string{foreign}, map[string]int{"VslmRetrieveVStorageObjects": 1}},
	} {
		l.wire.Take()
		var group sync.WaitGroup
		for _, id := range ask.ids {
			group.Go(func() {
				if v, err := l.Volumes.Read(t.Context(), id); err != nil || v.ID != id || (v.Mark == nil) != (id == foreign) {
					t.Errorf("%s: %+v, %v", id, v, err)
				}
			})
		}
		group.Wait()
		if calls, _ := l.wire.Take(); acctest.Total(calls) > 2*acctest.Total(ask.queries) {
			t.Errorf("%d volumes took the calls %v", len(ask.ids), calls)
		}
	}
	if _, err := l.Volumes.Read(t.Context(), uuid.NewString()); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("a volume that nobody has made: %v", err)
	}
	listed, err := l.Volumes.List(t.Context())
	if err != nil || len(listed) != 100 || slices.ContainsFunc(listed, func(v openstack.Volume) bool { return v.ID == foreign }) {
		t.Errorf("%d are listed, %v", len(listed), err)
	}
}

// foreign makes a disk that is somebody else's.
func (l *volumeLab) foreign(name string) string {
	l.Helper()
	client := l.vc.Client().Client
	spec := types.VslmCreateSpec{Name: name, CapacityInMB: 100, Metadata: []types.KeyValue{{Key: "cns.cluster", Value: "k8s"}}}
	backing := &types.VslmCreateSpecDiskFileBackingSpec{}
	beside := l.create("beside "+name, 1).ID
	backing.Datastore = l.store(beside).Reference()
	spec.BackingSpec = backing
	if err := l.Volumes.Delete(l.Context(), beside); err != nil {
		l.Fatal(err)
	}
	res, err := methods.CreateDisk_Task(l.Context(), client,
		&types.CreateDisk_Task{This: *client.ServiceContent.VStorageObjectManager, Spec: spec})
	if err != nil {
		l.Fatal(err)
	}
	info, err := object.NewTask(client, res.Returnval).WaitForResult(l.Context())
	if err != nil {
		l.Fatal(err)
	}
	return info.Result.(types.VStorageObject).Config.Id.Id
}

// note writes a key of a disk's metadata past the provider.
func (l *volumeLab) note(id, key, value string) {
	l.Helper()
	client := l.vc.Client().Client
	res, err := methods.VCenterUpdateVStorageObjectMetadataEx_Task(l.Context(), client, &types.VCenterUpdateVStorageObjectMetadataEx_Task{
		This: *client.ServiceContent.VStorageObjectManager, Id: types.ID{Id: id}, Datastore: l.store(id).Reference(),
		Metadata: []types.KeyValue{{Key: key, Value: value}}})
	if err != nil {
		l.Fatal(err)
	}
	after(l.T, object.NewTask(client, res.Returnval), nil)
}

// otherStore is a datastore of the vCenter's other than one of a name.
func (l *volumeLab) otherStore(name string) types.ManagedObjectReference {
	l.Helper()
	all, err := find.NewFinder(l.vc.Client().Client).DatastoreList(l.Context(), "/dc1/datastore/vmfs-*")
	if err != nil {
		l.Fatal(err)
	}
	i := slices.IndexFunc(all, func(d *object.Datastore) bool { return d.Name() != name })
	return all[i].Reference()
}
