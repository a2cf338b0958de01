package vcsim

import (
	"strings"
	"sync"
	"testing"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/vim25/types"
)

func TestDuplicateNames(t *testing.T) {
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
	l := strict(t)
	if m := l.see(l.mustClone(`a/b 50% c\d`, nil)); m.Name != "a%2fb 50%25 c%5cd" || len(disks(m)) != 1 {
		t.Errorf("%s with %d disks", m.Name, len(disks(m)))
	}
	_, err := l.clone(`a/b 50% c\d`, nil)
	faults(t, err, &types.DuplicateName{})
}
