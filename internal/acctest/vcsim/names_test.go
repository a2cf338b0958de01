// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"strings"
	"sync"
	"testing"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func TestDuplicateNames(t *testing.T) {
	t.Parallel()
	l := strict(t)
	a := l.mustClone("a", nil)
	_, err := l.clone("a", nil)
	duplicate, found := new(types.DuplicateName), false
	fault.In(err, func(f types.BaseMethodFault, _ string, _ []types.LocalizableMessage) bool {
		if d, ok := f.(*types.DuplicateName); ok {
			duplicate, found = d, true
		}
		return found
	})
	if !found || duplicate.Name != "a" || duplicate.Object != a.Reference() {
		t.Errorf("clone: %v, %+v", err, duplicate)
	}
	_, err = l.create(types.VirtualMachineConfigSpec{Name: "a"})
	faults(t, err, &types.DuplicateName{})
	b, err := l.create(types.VirtualMachineConfigSpec{Name: "b"})
	l.ok(err)
	_, err = l.task(b.Rename(l.ctx, "a"))
	faults(t, err, &types.DuplicateName{})
	faults(t, l.reconfigure(b, types.VirtualMachineConfigSpec{Name: "a"}), &types.DuplicateName{})
	l.ok(l.reconfigure(b, types.VirtualMachineConfigSpec{Name: "b"})) // its own
	if m := l.see(b); m.Name != "b" {
		t.Errorf("b is called %s", m.Name)
	}
	other, err := l.folder.CreateFolder(l.ctx, "other")
	l.ok(err)
	pool := l.pool.Reference()
	_, err = l.task(l.template("debian-12").Clone(l.ctx, other, "a", types.VirtualMachineCloneSpec{
		Location: types.VirtualMachineRelocateSpec{Pool: &pool},
	}))
	l.ok(err) // another folder
	_, err = l.task(other.MoveInto(l.ctx, []types.ManagedObjectReference{a.Reference()}))
	faults(t, err, &types.DuplicateName{})

	u := unmodified(t)
	_, err = u.create(types.VirtualMachineConfigSpec{Name: "a"})
	u.ok(err)
	if _, err = u.create(types.VirtualMachineConfigSpec{Name: "a"}); err != nil {
		t.Errorf("the simulator has learnt: %v", err)
	}
}

func TestDuplicateNamesAtOnce(t *testing.T) {
	t.Parallel()
	l := strict(t)
	l.template("debian-12")
	var all sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for i := range 20 {
		all.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = l.clone("a", nil)
			} else {
				_, err = l.create(types.VirtualMachineConfigSpec{Name: "a"})
			}
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made++
			} else {
				faults(t, err, &types.DuplicateName{})
			}
		})
	}
	all.Wait()
	if list, err := l.find.VirtualMachineList(l.ctx, "/dc1/vm/a"); made != 1 || err != nil || len(list) != 1 {
		t.Errorf("%d made, %v in the inventory: %v", made, list, err)
	}
}

func TestRename(t *testing.T) {
	t.Parallel()
	l := strict(t)
	vm := l.mustClone("a", nil)
	_, err := l.task(vm.Rename(l.ctx, "b"))
	l.ok(err)
	if m := l.see(vm); m.Name != "b" || m.Config.Name != "b" || m.Summary.Config.Name != "b" {
		t.Errorf("%s, %s, %s", m.Name, m.Config.Name, m.Summary.Config.Name)
	}
	l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{Name: "c", Annotation: "renamed"}))
	if m := l.see(vm); m.Name != "c" || m.Config.Name != "c" || m.Summary.Config.Name != "c" || m.Config.Annotation != "renamed" {
		t.Errorf("%s, %s, %s", m.Name, m.Config.Name, m.Summary.Config.Name)
	}
	image := l.template("debian-12")
	l.ok(l.reconfigure(image, types.VirtualMachineConfigSpec{Name: "debian", Annotation: "old"}))
	if m := l.see(image); m.Name != "debian" || m.Config.Annotation != "old" {
		t.Errorf("template %s: %s", m.Name, m.Config.Annotation)
	}

	u := unmodified(t)
	other := u.mustClone("a", nil)
	_, err = u.task(other.Rename(u.ctx, "b"))
	u.ok(err)
	if m := u.see(other); m.Config.Name != "a" {
		t.Error("the simulator has learnt to rename")
	}
}

func TestLongNames(t *testing.T) {
	t.Parallel()
	l := strict(t)
	long, longest := strings.Repeat("ä", 81), strings.Repeat("ä", 80)
	_, err := l.clone(long, nil)
	faults(t, err, &types.InvalidName{})
	_, err = l.create(types.VirtualMachineConfigSpec{Name: long})
	faults(t, err, &types.InvalidName{})
	vm := l.mustClone(longest, nil)
	_, err = l.task(vm.Rename(l.ctx, long))
	faults(t, err, &types.InvalidName{})
	faults(t, l.reconfigure(vm, types.VirtualMachineConfigSpec{Name: long}), &types.InvalidName{})
	_, err = l.folder.CreateFolder(l.ctx, long)
	faults(t, err, &types.InvalidName{})
	f, err := l.folder.CreateFolder(l.ctx, "short")
	l.ok(err)
	_, err = l.task(f.Rename(l.ctx, long))
	faults(t, err, &types.InvalidName{})
	_, err = l.task(f.Rename(l.ctx, ImageFolder))
	faults(t, err, &types.DuplicateName{})
}

func TestSpecialCharactersInNames(t *testing.T) {
	t.Parallel()
	l := strict(t)
	if m := l.see(l.mustClone(`a/b 50% c\d`, nil)); m.Name != "a%2fb 50%25 c%5cd" || len(disksOf(m)) != 1 {
		t.Errorf("%s with %d disks", m.Name, len(disksOf(m)))
	}
	_, err := l.clone(`a/b 50% c\d`, nil)
	faults(t, err, &types.DuplicateName{})
}

// foundAs checks that an object has a name, and that the search index finds it by that.
func (l *lab) foundAs(how, sent, kept string, ref types.ManagedObjectReference) {
	l.Helper()
	index := object.NewSearchIndex(l.c.Client)
	var e mo.ManagedEntity
	l.ok(l.c.RetrieveOne(l.ctx, ref, []string{"name"}, &e))
	child, err := index.FindChild(l.ctx, l.folder, kept)
	if e.Name != kept || err != nil || child == nil || child.Reference() != ref {
		l.Errorf("%s %q: %q, found %v, %v", how, sent, e.Name, child, err)
	}
	at, err := index.FindByInventoryPath(l.ctx, l.v.Datacenter(1)+"/vm/"+kept)
	if err != nil || at == nil || at.Reference() != ref {
		l.Errorf("%s %q: at %s is %v, %v", how, sent, kept, at, err)
	}
}

func TestEscapedNames(t *testing.T) {
	t.Parallel()
	l := strict(t)

	for sent, kept := range map[string]string{
		"a%2fb": "a%2fb", "c/d": "c%2fd", "e%2Ff": "e%2Ff", `g\h`: "g%5ch", "i%5Cj": "i%5Cj", "i%5cj": "i%5cj",
		"50%": "50%25", "60%25": "60%25", "x%252fm": "x%252fm", "100%%25": "100%25%25", "%zz%2": "%25zz%252",
	} {
		vm := l.mustClone(sent, nil)
		l.foundAs("cloned", sent, kept, vm.Reference())
		_, err := l.create(types.VirtualMachineConfigSpec{Name: kept})
		faults(t, err, &types.DuplicateName{})
		_, err = l.folder.CreateFolder(l.ctx, sent)
		faults(t, err, &types.DuplicateName{})
		_, err = l.task(vm.Rename(l.ctx, "other"))
		l.ok(err)
		l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{Name: sent}))
		l.foundAs("reconfigured", sent, kept, vm.Reference())
		l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{Name: kept}))
		_, err = l.task(vm.Rename(l.ctx, sent))
		l.ok(err)
		l.foundAs("renamed", sent, kept, vm.Reference())
		if m := l.see(vm); m.Config.Name != kept || m.Summary.Config.Name != kept {
			t.Errorf("%q: %q, %q", sent, m.Config.Name, m.Summary.Config.Name)
		}
		_, err = l.task(vm.Destroy(l.ctx))
		l.ok(err)

		folder, err := l.folder.CreateFolder(l.ctx, sent)
		l.ok(err)
		l.foundAs("folder", sent, kept, folder.Reference())
		_, err = l.folder.CreateFolder(l.ctx, kept)
		faults(t, err, &types.DuplicateName{})
		_, err = l.task(folder.Rename(l.ctx, "other"))
		l.ok(err)
		_, err = l.task(folder.Rename(l.ctx, sent))
		l.ok(err)
		l.foundAs("renamed folder", sent, kept, folder.Reference())
		_, err = folder.CreateFolder(l.ctx, "inside")
		l.ok(err)
		vm, err = l.create(types.VirtualMachineConfigSpec{Name: "m" + sent})
		l.ok(err)
		l.foundAs("created", "m"+sent, "m"+kept, vm.Reference())
		_, err = l.task(folder.MoveInto(l.ctx, []types.ManagedObjectReference{vm.Reference()}))
		l.ok(err)
		_, err = l.task(folder.Destroy(l.ctx))
		l.ok(err)
	}
	l.mustClone(strings.Repeat("%2f", 80), nil)
	_, err := l.clone(strings.Repeat("%2f", 81), nil)
	faults(t, err, &types.InvalidName{})
}
