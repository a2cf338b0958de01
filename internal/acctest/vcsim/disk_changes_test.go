// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"testing"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// copySpec is of a copy of a disk on a datastore.
func copySpec(name string, on *object.Datastore) types.VslmCloneSpec {
	spec := types.VslmCloneSpec{Name: name}
	backing := &types.VslmCreateSpecDiskFileBackingSpec{}
	backing.Datastore = on.Reference()
	spec.BackingSpec = backing
	return spec
}

func TestDiskIsCloned(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	source := l.mustMake(l.spec("a", 5))
	l.write(pathOf(l.config(source)), 3<<20, "in the source")
	spec := copySpec("b", l.other)
	spec.Metadata = []types.KeyValue{{Key: "k", Value: "v"}}
	made, err := l.made(l.Clone(l.ctx, l.store, source, spec))
	l.ok(err)
	c := made.Config
	if c.KeepAfterDeleteVm == nil || *c.KeepAfterDeleteVm || c.CapacityInMB != 5 || len(c.Metadata) != 1 || c.Id.Id == source ||
		pathOf(c) != "[vmfs-2] fcd/"+c.Id.Id+".vmdk" {
		t.Errorf("cloned %+v", c)
	}
	if l.content(pathOf(c)) != l.content(pathOf(l.config(source))) {
		t.Error("the copy has other bytes")
	}
	_, err = l.made(l.Clone(l.ctx, l.store, uuid.NewString(), spec))
	faults(t, err, &types.NotFound{})
	_, err = l.made(l.Clone(l.ctx, l.other, source, spec)) // another datastore than the disk's
	faults(t, err, &types.NotFound{})
}

func TestDiskIsRenamed(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id := l.mustMake(l.spec("a", 1))
	file := pathOf(l.config(id))
	l.ok(l.Rename(l.ctx, l.store, id, "b"))
	if c := l.config(id); c.Name != "b" || pathOf(c) != file {
		t.Errorf("%s in %s", c.Name, pathOf(c))
	}
	faults(t, l.Rename(l.ctx, l.store, "x", "b"), &types.NotFound{})
	faults(t, l.Rename(l.ctx, l.store, id, ""), &types.InvalidName{})
}

func TestDiskControlFlags(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id := types.ID{Id: l.mustMake(l.spec("a", 1))}
	ds, this := l.store.Reference(), l.Reference()
	set := func(id types.ID, flags ...string) error {
		_, err := methods.SetVStorageObjectControlFlags(l.ctx, l.c.Client,
			&types.SetVStorageObjectControlFlags{This: this, Id: id, Datastore: ds, ControlFlags: flags})
		return err
	}
	unset := func(flags ...string) error {
		_, err := methods.ClearVStorageObjectControlFlags(l.ctx, l.c.Client,
			&types.ClearVStorageObjectControlFlags{This: this, Id: id, Datastore: ds, ControlFlags: flags})
		return err
	}
	keep := string(types.VslmVStorageObjectControlFlagKeepAfterDeleteVm)
	l.ok(unset(keep))
	if *l.config(id.Id).KeepAfterDeleteVm {
		t.Error("the flag is not cleared")
	}
	l.ok(set(id, keep, string(types.VslmVStorageObjectControlFlagDisableRelocation)))
	if c := l.config(id.Id); !*c.KeepAfterDeleteVm || !*c.RelocationDisabled {
		t.Error("flags are not set")
	}
	faults(t, set(id, keep, "unknown"), &types.InvalidArgument{})
	faults(t, set(types.ID{Id: "x"}, keep), &types.NotFound{})
}

func TestDiskPolicy(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id := types.ID{Id: l.mustMake(l.spec("a", 1))}
	set := func(id types.ID, policy string) error {
		res, err := methods.UpdateVStorageObjectPolicy_Task(l.ctx, l.c.Client, &types.UpdateVStorageObjectPolicy_Task{
			This: l.Reference(), Id: id, Datastore: l.store.Reference(), Profile: profileOf(policy)})
		if err != nil {
			return err
		}
		return l.done(object.NewTask(l.c.Client, res.Returnval), nil)
	}
	l.ok(set(id, vsanPolicy))
	faults(t, set(id, uuid.NewString()), &types.InvalidArgument{})
	faults(t, set(types.ID{Id: "x"}, vsanPolicy), &types.NotFound{})
}

// vsanPolicy is one that the simulator has.
const vsanPolicy = "aa6d5a82-1c88-45da-85d3-3d74b91a5bad"

func TestDiskIsRelocated(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id := l.mustMake(l.spec("a", 1))
	old := pathOf(l.config(id))
	l.write(old, 0, "moves along")
	relocate := func(id string, to *object.Datastore) error {
		res, err := methods.RelocateVStorageObject_Task(l.ctx, l.c.Client, &types.RelocateVStorageObject_Task{This: l.Reference(),
			Id: types.ID{Id: id}, Datastore: l.store.Reference(), Spec: types.VslmRelocateSpec{VslmMigrateSpec: copySpec("", to).VslmMigrateSpec}})
		if err != nil {
			return err
		}
		return l.done(object.NewTask(l.c.Client, res.Returnval), nil)
	}
	l.ok(relocate(id, l.other))
	o, err := l.Retrieve(l.ctx, l.other, id)
	l.ok(err)
	if l.gone(id); o.Config.Name != "a" || l.exists(old) || l.content(pathOf(o.Config))[:11] != "moves along" {
		t.Errorf("moved %+v", o.Config)
	}
	faults(t, relocate(id, l.other), &types.NotFound{}) // it is no longer there
}

// TestDiskInfoFlags: what was not asked for is not answered.
func TestDiskInfoFlags(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id := l.mustMake(l.spec("a", 7))
	ask := func(flags ...string) (types.VStorageObjectConfigInfo, error) {
		res, err := methods.RetrieveVStorageObject(l.ctx, l.c.Client, &types.RetrieveVStorageObject{This: l.Reference(),
			Id: types.ID{Id: id}, Datastore: l.store.Reference(), DiskInfoFlags: flags})
		if err != nil {
			return types.VStorageObjectConfigInfo{}, err
		}
		return res.Returnval.Config, nil
	}
	c, err := ask("id", "capacity")
	l.ok(err)
	if c.Id.Id != id || c.CapacityInMB != 7 || c.Name != "" || pathOf(c) != "" || c.KeepAfterDeleteVm != nil {
		t.Errorf("answered %+v", c)
	}
	c, err = ask("path", "controlFlags", "name")
	l.ok(err)
	if c.CapacityInMB != 0 || c.Name != "a" || pathOf(c) == "" || c.KeepAfterDeleteVm == nil {
		t.Errorf("answered %+v", c)
	}
	_, err = ask("colour")
	faults(t, err, &types.InvalidArgument{})
}

func TestDiskState(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id := types.ID{Id: l.mustMake(l.spec("a", 7))}
	req := types.RetrieveVStorageObjectState{This: l.Reference(), Id: id, Datastore: l.store.Reference()}
	res, err := methods.RetrieveVStorageObjectState(l.ctx, l.c.Client, &req)
	l.ok(err)
	if res.Returnval.Tentative == nil || *res.Returnval.Tentative {
		t.Error("it is still being made")
	}
	req.Id.Id = "x"
	_, err = methods.RetrieveVStorageObjectState(l.ctx, l.c.Client, &req)
	faults(t, err, &types.NotFound{})
}
