// SPDX-License-Identifier: MPL-2.0

// Package disks simulates first class disks, the disks that a vCenter keeps by an id of their own whether a machine has them or not.
// govmomi's simulator accepts nearly every call about them and forgets what it is told. A file is called as the call or the rule that it
// holds: create.go, extend.go, delete.go.
package disks

import (
	"maps"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// Knobs choose among behaviours that servers of different versions were seen to have. The zero value is vCenter 8.
type Knobs struct {
	// ExtendOffOnly refuses to grow a disk of a machine that is on, as servers before 7.0 Update 2 do.
	ExtendOffOnly bool
	// AttachedInUse refuses to attach a disk that a machine has with ResourceInUse, where InvalidState is the default. Both were seen.
	AttachedInUse bool
	// CopiesKeepID has RegisterDisk of a file that was copied from a first class disk answer with that disk, as 7.0 does (govmomi #2352).
	CopiesKeepID bool
	// RegisterOffOnly refuses to register a disk that a machine has. No source tells what servers do.
	RegisterOffOnly bool
	// MovesAreLost has the catalogue lose a disk that its machine takes to another datastore, until that one is reconciled. Storage DRS was
	// seen to do so (vsphere-csi-driver #565).
	MovesAreLost bool
	// AttachTime is how long it takes to attach or detach a disk. Where it is set, every second call that changes the machine meanwhile is
	// refused with TaskInProgress, and the others wait.
	AttachTime time.Duration
}

// Disks are the first class disks of a vCenter.
type Disks struct {
	*base.Base
	knobs    Knobs
	policies *simulator.Registry // of the storage policies' endpoint

	mu         sync.Mutex // guards what follows; taken after the lock of a machine
	all        map[string]*disk
	deletes    map[string]int                            // by id
	satisfying map[string][]types.ManagedObjectReference // datastores, by a policy that not every one satisfies
	ordinary   map[string][]string                       // policies of disks that are no first class disks, by machine and key
}

// New begins with no disk. The registry is that of the endpoint for storage policies.
func New(b *base.Base, policies *simulator.Registry, knobs Knobs) *Disks {
	return &Disks{Base: b, knobs: knobs, policies: policies, all: map[string]*disk{}, deletes: map[string]int{},
		satisfying: map[string][]types.ManagedObjectReference{}, ordinary: map[string][]string{}}
}

// Register has the rules about first class disks answer.
func (d *Disks) Register(r *base.Receivers) {
	d.answerPolicies()
	r.Receive(managerType, &managerRules{Disks: d})
	r.Receive("VirtualDiskManager", &fileRules{Disks: d})
	r.Receive("FileManager", &folderRules{})
}

const managerType = "VcenterVStorageObjectManager"

// managerRules are those of VcenterVStorageObjectManager.
type managerRules struct {
	base.Receiver
	*Disks
}

// begin starts a task of the manager, which carries out one at a time.
func (m *managerRules) begin(ctx *simulator.Context, name string,
	do func() (types.AnyType, types.BaseMethodFault)) types.ManagedObjectReference {
	return simulator.CreateTask(ctx.Map.VStorageObjectManager(), name, func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		return do()
	}).Run(ctx)
}

// change starts a task that does something to a disk while nobody else looks at it.
func (m *managerRules) change(ctx *simulator.Context, name string, id types.ID, store types.ManagedObjectReference,
	do func(*disk) (types.AnyType, types.BaseMethodFault)) types.ManagedObjectReference {
	return m.begin(ctx, name, func() (types.AnyType, types.BaseMethodFault) {
		m.mu.Lock()
		defer m.mu.Unlock()
		found, fault := m.find(id, store)
		if fault != nil {
			return nil, fault
		}
		return do(found)
	})
}

// find is the disk of an id on a datastore; NotFound where there is none. Its caller holds the lock.
func (d *Disks) find(id types.ID, store types.ManagedObjectReference) (*disk, types.BaseMethodFault) {
	if found := d.all[id.Id]; found != nil && found.store == store && !found.lost {
		return found, nil
	}
	return nil, new(types.NotFound)
}

// AttachTime is how long it takes to attach or detach a disk.
func (d *Disks) AttachTime() time.Duration { return d.knobs.AttachTime }

// Deletes counts the calls of DeleteVStorageObject_Task by the id they name, whatever came of them.
func (d *Disks) Deletes() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.deletes)
}
