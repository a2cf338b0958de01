// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vslm"
)

// diskLab is a vCenter with a client for first class disks.
type diskLab struct {
	*lab
	*vslm.ObjectManager
	store, other *object.Datastore
}

func diskLabOf(t *testing.T, o Options) *diskLab {
	t.Helper()
	l := &diskLab{lab: newLab(t, o)}
	l.ObjectManager = vslm.NewObjectManager(l.c.Client)
	var err error
	l.store, err = l.find.Datastore(l.ctx, "vmfs-1")
	l.ok(err)
	l.other, err = l.find.Datastore(l.ctx, "vmfs-2")
	l.ok(err)
	return l
}

// spec is of a thin disk on the first datastore.
func (l *diskLab) spec(name string, megabytes int64) types.VslmCreateSpec {
	backing := &types.VslmCreateSpecDiskFileBackingSpec{}
	backing.Datastore = l.store.Reference()
	return types.VslmCreateSpec{Name: name, CapacityInMB: megabytes, BackingSpec: backing}
}

// made is the disk that a task makes.
func (l *diskLab) made(task *object.Task, err error) (types.VStorageObject, error) {
	l.Helper()
	if err != nil {
		return types.VStorageObject{}, err
	}
	info, err := task.WaitForResult(l.ctx)
	if err != nil {
		return types.VStorageObject{}, err
	}
	return info.Result.(types.VStorageObject), nil
}

func (l *diskLab) mustMake(spec types.VslmCreateSpec) string {
	l.Helper()
	o, err := l.made(l.CreateDisk(l.ctx, spec))
	l.ok(err)
	return o.Config.Id.Id
}

// done waits for a task that gives nothing.
func (l *diskLab) done(task *object.Task, err error) error {
	_, err = l.task(task, err)
	return err
}

// config reads a disk of the first datastore.
func (l *diskLab) config(id string) types.VStorageObjectConfigInfo {
	l.Helper()
	o, err := l.Retrieve(l.ctx, l.store, id)
	l.ok(err)
	return o.Config
}

func (l *diskLab) gone(id string) {
	l.Helper()
	_, err := l.Retrieve(l.ctx, l.store, id)
	faults(l, err, &types.NotFound{})
}

func pathOf(c types.VStorageObjectConfigInfo) string {
	return c.Backing.(*types.BaseConfigInfoDiskFileBackingInfo).FilePath
}

func TestDiskIsCreated(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	spec := l.spec("a", 1024)
	spec.Metadata = []types.KeyValue{{Key: "k", Value: "v"}}
	id := l.mustMake(spec)
	c := l.config(id)
	if c.Name != "a" || c.CapacityInMB != 1024 || c.KeepAfterDeleteVm == nil || !*c.KeepAfterDeleteVm || c.Metadata[0].Value != "v" ||
		pathOf(c) != "[vmfs-1] fcd/"+id+".vmdk" || !l.exists(pathOf(c)) || len(c.ConsumerId) != 0 {
		t.Errorf("made %+v, %s", c, pathOf(c))
	}
	spec.KeepAfterDeleteVm = types.NewBool(false)
	if c = l.config(l.mustMake(spec)); c.KeepAfterDeleteVm == nil || *c.KeepAfterDeleteVm {
		t.Error("it outlives its machine")
	}
}

func TestDiskThatCannotBeCreated(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	for name, c := range map[string]struct {
		change func(*types.VslmCreateSpec)
		want   types.BaseMethodFault
	}{
		"no size":        {func(s *types.VslmCreateSpec) { s.CapacityInMB = 0 }, &types.InvalidArgument{}},
		"negative":       {func(s *types.VslmCreateSpec) { s.CapacityInMB = -5 }, &types.InvalidArgument{}},
		"above 62 TiB":   {func(s *types.VslmCreateSpec) { s.CapacityInMB = 62<<20 + 1 }, &types.InvalidArgument{}},
		"no name":        {func(s *types.VslmCreateSpec) { s.Name = "" }, &types.InvalidName{}},
		"unknown policy": {func(s *types.VslmCreateSpec) { s.Profile = profileOf(uuid.NewString()) }, &types.InvalidArgument{}},
		"long metadata": {func(s *types.VslmCreateSpec) {
			s.Metadata = []types.KeyValue{{Key: "k", Value: strings.Repeat("x", 256)}}
		}, &types.InvalidArgument{}},
		"no space": {func(s *types.VslmCreateSpec) {
			s.CapacityInMB = 60 << 20
			s.BackingSpec.(*types.VslmCreateSpecDiskFileBackingSpec).ProvisioningType = "eagerZeroedThick"
		}, &types.NoDiskSpace{}},
	} {
		spec := l.spec("a", 1)
		c.change(&spec)
		t.Log(name)
		_, err := l.made(l.CreateDisk(l.ctx, spec))
		faults(t, err, c.want)
	}
	if ids, err := l.List(l.ctx, l.store); err != nil || len(ids) != 0 {
		t.Errorf("left: %v, %v", ids, err)
	}
}

func profileOf(id string) []types.BaseVirtualMachineProfileSpec {
	return []types.BaseVirtualMachineProfileSpec{&types.VirtualMachineDefinedProfileSpec{ProfileId: id}}
}

// TestDiskTakesSpace: a thick disk takes its space from the datastore as long as it is there, a thin one none.
func TestDiskTakesSpace(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	before := l.freeSpace()
	l.mustMake(l.spec("thin", 1024))
	if l.freeSpace() != before {
		t.Errorf("a thin disk took %d", before-l.freeSpace())
	}
	spec := l.spec("thick", 1024)
	spec.BackingSpec.(*types.VslmCreateSpecDiskFileBackingSpec).ProvisioningType = "eagerZeroedThick"
	id := l.mustMake(spec)
	if l.freeSpace() != before-1<<30 {
		t.Errorf("a thick disk took %d", before-l.freeSpace())
	}
	l.ok(l.done(l.ObjectManager.Delete(l.ctx, l.store, id)))
	if l.freeSpace() != before {
		t.Errorf("%d is gone", before-l.freeSpace())
	}
}

func TestDiskMetadata(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	spec := l.spec("a", 1)
	spec.Metadata = []types.KeyValue{{Key: "a", Value: "1"}, {Key: "b", Value: "1"}}
	id := l.mustMake(spec)
	l.ok(l.setMetadata(id, []types.KeyValue{{Key: "b", Value: "2"}, {Key: "c", Value: "3"}}, []string{"a"}))
	want := []types.KeyValue{{Key: "b", Value: "2"}, {Key: "c", Value: "3"}}
	if got := l.config(id).Metadata; len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("metadata %v, want %v", got, want)
	}
	faults(t, l.setMetadata("x", nil, nil), &types.NotFound{})
}

// setMetadata writes and deletes metadata of a disk.
func (l *diskLab) setMetadata(id string, set []types.KeyValue, remove []string) error {
	req := types.VCenterUpdateVStorageObjectMetadataEx_Task{This: l.Reference(), Datastore: l.store.Reference(), Metadata: set,
		DeleteKeys: remove, Id: types.ID{Id: id}}
	res, err := methods.VCenterUpdateVStorageObjectMetadataEx_Task(l.ctx, l.c.Client, &req)
	if err != nil {
		return err
	}
	return l.done(object.NewTask(l.c.Client, res.Returnval), nil)
}

// local is a disk's content on this computer.
func (l *diskLab) local(path string) string {
	l.Helper()
	var p object.DatastorePath
	p.FromString(path)
	return filepath.Join(l.v.dir, "datastores", "dc1", p.Datastore, strings.TrimSuffix(p.Path, ".vmdk")+"-flat.vmdk")
}

// write writes at an offset of a disk, as a guest does.
func (l *diskLab) write(path string, at int64, text string) {
	l.Helper()
	f, err := os.OpenFile(l.local(path), os.O_WRONLY, 0)
	l.ok(err)
	_, err = f.WriteAt([]byte(text), at)
	l.ok(errors.Join(err, f.Close()))
}

// content is all that a small disk holds.
func (l *diskLab) content(path string) string {
	l.Helper()
	b, err := os.ReadFile(l.local(path))
	l.ok(err)
	return string(b)
}
