// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// snapshot takes one of a disk and gives its id.
func (l *diskLab) snapshot(id, description string) string {
	l.Helper()
	task, err := l.CreateSnapshot(l.ctx, l.store, id, description)
	l.ok(err)
	info, err := task.WaitForResult(l.ctx)
	l.ok(err)
	return info.Result.(types.ID).Id
}

// fromSnapshot makes a disk of a snapshot.
func (l *diskLab) fromSnapshot(id, snapshot, name string) (types.VStorageObjectConfigInfo, error) {
	res, err := methods.CreateDiskFromSnapshot_Task(l.ctx, l.c.Client, &types.CreateDiskFromSnapshot_Task{This: l.Reference(),
		Id: types.ID{Id: id}, Datastore: l.store.Reference(), SnapshotId: types.ID{Id: snapshot}, Name: name})
	if err != nil {
		return types.VStorageObjectConfigInfo{}, err
	}
	o, err := l.made(object.NewTask(l.c.Client, res.Returnval), nil)
	return o.Config, err
}

func (l *diskLab) revert(id, snapshot string) error {
	res, err := methods.RevertVStorageObject_Task(l.ctx, l.c.Client, &types.RevertVStorageObject_Task{This: l.Reference(),
		Id: types.ID{Id: id}, Datastore: l.store.Reference(), SnapshotId: types.ID{Id: snapshot}})
	if err != nil {
		return err
	}
	return l.done(object.NewTask(l.c.Client, res.Returnval), nil)
}

// TestDiskSnapshotKeepsBytes: what is made of a snapshot holds byte by byte what the disk held then.
func TestDiskSnapshotKeepsBytes(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	spec := l.spec("a", 4)
	spec.Metadata = []types.KeyValue{{Key: "k", Value: "v"}}
	id := l.mustMake(spec)
	file := pathOf(l.config(id))
	l.write(file, 2<<20, "before")
	before := l.content(file)
	s := l.snapshot(id, "first")
	l.write(file, 2<<20, "after!")
	c, err := l.fromSnapshot(id, s, "b")
	l.ok(err)
	if l.content(pathOf(c)) != before || len(before) != 4<<20 || !strings.Contains(before, "before") {
		t.Error("the new disk holds something else")
	}
	if c.Name != "b" || c.KeepAfterDeleteVm != nil || len(c.Metadata) != 0 || c.CapacityInMB != 4 {
		t.Errorf("made %+v", c)
	}
	later := l.snapshot(id, "second")
	l.ok(l.revert(id, s))
	if l.content(file) != before {
		t.Error("reverted to something else")
	}
	info, err := l.RetrieveSnapshotInfo(l.ctx, l.store, id)
	l.ok(err)
	if len(info.Snapshots) != 1 || info.Snapshots[0].Id.Id != s || info.Snapshots[0].Description != "first" {
		t.Errorf("snapshots %+v", info.Snapshots)
	}
	_, err = l.fromSnapshot(id, later, "c")
	faults(t, err, &types.NotFound{})
}

func TestDiskWithSnapshotsStays(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id := l.mustMake(l.spec("a", 1))
	s := l.snapshot(id, "first")
	faults(t, l.done(l.ObjectManager.Delete(l.ctx, l.store, id)), &types.InvalidState{})
	faults(t, l.done(l.ExtendDisk(l.ctx, l.store, id, 2)), &types.InvalidState{})
	l.ok(l.done(l.DeleteSnapshot(l.ctx, l.store, id, s)))
	faults(t, l.done(l.DeleteSnapshot(l.ctx, l.store, id, s)), &types.NotFound{})
	l.ok(l.done(l.ExtendDisk(l.ctx, l.store, id, 2)))
	l.ok(l.done(l.ObjectManager.Delete(l.ctx, l.store, id)))
	_, err := l.RetrieveSnapshotInfo(l.ctx, l.store, id)
	faults(t, err, &types.NotFound{})
	faults(t, l.done(l.CreateSnapshot(l.ctx, l.store, uuid.NewString(), "")), &types.NotFound{})
}

// TestDiskSnapshotsStopAMachinesRevert: a machine does not go back across a snapshot of a disk it has.
func TestDiskSnapshotsStopAMachinesRevert(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	vm, id := l.mustClone("a", nil), l.mustMake(l.spec("a", 1))
	l.ok(l.attach(vm, id, 0, -1))
	old, err := l.task(vm.CreateSnapshot(l.ctx, "old", "", false, false))
	l.ok(err)
	l.ok(l.done(vm.RevertToCurrentSnapshot(l.ctx, true)))
	l.snapshot(id, "")
	err = l.done(vm.RevertToCurrentSnapshot(l.ctx, true))
	faults(t, err, &types.InvalidState{})
	key := ""
	fault.In(err, func(f types.BaseMethodFault, _ string, _ []types.LocalizableMessage) bool {
		if s, ok := f.(*types.InvalidState); ok && len(s.FaultMessage) > 0 {
			key = s.FaultMessage[0].Key
		}
		return false
	})
	if !strings.HasSuffix(key, "revert.errorFcd") {
		t.Errorf("the message's key is %q", key)
	}
	_, err = l.task(vm.CreateSnapshot(l.ctx, "new", "", false, false))
	l.ok(err)
	l.ok(l.done(vm.RevertToCurrentSnapshot(l.ctx, true)))
	res, err := methods.RevertToSnapshot_Task(l.ctx, l.c.Client, &types.RevertToSnapshot_Task{This: old})
	l.ok(err)
	faults(t, l.done(object.NewTask(l.c.Client, res.Returnval), nil), &types.InvalidState{})
}
