// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// move takes a machine to the second datastore with its disks.
func (l *diskLab) move(vm *object.VirtualMachine) error {
	ds := l.other.Reference()
	return l.done(vm.Relocate(l.ctx, types.VirtualMachineRelocateSpec{Datastore: &ds}, types.VirtualMachineMovePriorityDefaultPriority))
}

// TestDiskMovesWithItsMachine: the file gets another name, the id stays.
func TestDiskMovesWithItsMachine(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	vm, id := l.mustClone("a", nil), l.mustMake(l.spec("data", 1))
	l.write(pathOf(l.config(id)), 0, "bytes")
	l.ok(l.attach(vm, id, 0, -1))
	l.ok(l.move(vm))
	l.gone(id)
	o, err := l.Retrieve(l.ctx, l.other, id)
	l.ok(err)
	file := pathOf(o.Config)
	if !strings.HasPrefix(file, "[vmfs-2] a/a_") || fileOf(l.attached(vm, id)) != file || len(o.Config.ConsumerId) != 1 {
		t.Errorf("it lies in %s, the device says %s", file, fileOf(l.attached(vm, id)))
	}
	if l.content(file)[:5] != "bytes" {
		t.Error("it holds something else")
	}
	_, err = l.task(vm.Destroy(l.ctx))
	l.ok(err)
	o, err = l.Retrieve(l.ctx, l.other, id)
	l.ok(err)
	if !l.exists(file) || len(o.Config.ConsumerId) != 0 {
		t.Error("it went with its machine")
	}
}

// TestDiskIsLostAndFound: the catalogue forgets where a disk went until the datastore is looked through.
func TestDiskIsLostAndFound(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{Disks: DiskKnobs{MovesAreLost: true}})
	m, _ := l.lookups()
	vm, id := l.mustClone("a", nil), l.mustMake(l.spec("data", 1))
	l.ok(l.attach(vm, id, 0, -1))
	l.ok(l.move(vm))
	l.gone(id)
	_, err := l.Retrieve(l.ctx, l.other, id)
	faults(t, err, &types.NotFound{})
	_, err = m.Retrieve(l.ctx, types.ID{Id: id})
	faults(t, err, &types.NotFound{})
	if l.attached(vm, id) == nil {
		t.Error("the machine does not know it")
	}
	l.ok(l.done(l.ReconcileDatastoreInventory(l.ctx, l.other)))
	_, err = l.Retrieve(l.ctx, l.other, id)
	l.ok(err)
	_, err = m.Retrieve(l.ctx, types.ID{Id: id})
	l.ok(err)
}

// TestDiskAttachIsRefusedOnce: while one disk is being attached, a machine takes some changes and refuses others.
func TestDiskAttachIsRefusedOnce(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{Disks: DiskKnobs{AttachTime: 200 * time.Millisecond}})
	vm := l.mustClone("a", nil)
	const several = 5
	ended := make(chan error, several)
	for range several {
		id := l.mustMake(l.spec("a", 1))
		go func() { ended <- l.attach(vm, id, 0, -1) }()
	}
	refused := 0
	for range several {
		if err := <-ended; err != nil {
			faults(t, err, &types.TaskInProgress{})
			refused++
		}
	}
	if have := len(disksOf(l.see(vm))); refused == 0 || refused == several || have != 1+several-refused {
		t.Errorf("%d of %d refused, %d disks", refused, several, have)
	}
	l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{Annotation: "x"}))
}

// TestDisksAtOnce: what several do at the same time neither waits for ever nor gets lost.
func TestDisksAtOnce(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	vm := l.mustClone("a", nil)
	root := fileOf(disksOf(l.see(vm))[0])
	const several = 6
	ended := make(chan error, several)
	for i := range several {
		id := l.mustMake(l.spec("a", 1))
		go func() {
			ended <- errors.Join(l.attach(vm, id, 0, -1), l.done(l.ExtendDisk(l.ctx, l.store, id, 2)),
				l.copyFile(root, fmt.Sprintf("[vmfs-2] %d.vmdk", i), false), l.detach(vm, id), l.done(l.ObjectManager.Delete(l.ctx, l.store, id)))
		}()
	}
	for range several {
		l.ok(<-ended)
	}
	if ids, err := l.List(l.ctx, l.store); err != nil || len(ids) != 0 || len(disksOf(l.see(vm))) != 1 {
		t.Errorf("left: %v, %v", ids, err)
	}
}
