// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// lab is a vCenter, a logged-in client and the objects tests begin with.
type lab struct {
	*testing.T
	ctx    context.Context
	v      *VCenter
	c      *govmomi.Client
	find   *find.Finder
	folder *object.Folder
	pool   *object.ResourcePool
}

func strict(t *testing.T) *lab     { return newLab(t, Options{}) }
func unmodified(t *testing.T) *lab { return newLab(t, Options{Unmodified: true}) }

func newLab(t *testing.T, o Options) *lab {
	t.Helper()
	v, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	l := &lab{T: t, ctx: t.Context(), v: v}
	l.c, err = v.Client(l.ctx)
	l.ok(err)
	l.find = find.NewFinder(l.c.Client, false)
	dc, err := l.find.Datacenter(l.ctx, v.Datacenter(1))
	l.ok(err)
	l.find.SetDatacenter(dc)
	folders, err := dc.Folders(l.ctx)
	l.ok(err)
	l.folder = folders.VmFolder
	l.pool, err = l.find.ResourcePool(l.ctx, "compute/Resources")
	l.ok(err)
	return l
}

func (l *lab) ok(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// faults checks that err is a fault of the same type as want.
func faults(t testing.TB, err error, want types.BaseMethodFault) {
	t.Helper()
	if err == nil {
		t.Errorf("want fault %T, got none", want)
		return
	}
	found := false
	fault.In(err, func(f types.BaseMethodFault, _ string, _ []types.LocalizableMessage) bool {
		found = found || reflect.TypeOf(f) == reflect.TypeOf(want)
		return found
	})
	if !found {
		t.Errorf("want fault %T, got %v", want, err)
	}
}

func (l *lab) template(name string) *object.VirtualMachine {
	l.Helper()
	vm, err := l.find.VirtualMachine(l.ctx, ImageFolder+"/"+name)
	l.ok(err)
	return vm
}

// task waits for the end of a task.
func (l *lab) task(t *object.Task, err error) (types.ManagedObjectReference, error) {
	if err != nil {
		return types.ManagedObjectReference{}, err
	}
	info, err := t.WaitForResult(l.ctx, nil)
	if err != nil {
		return types.ManagedObjectReference{}, err
	}
	ref, _ := info.Result.(types.ManagedObjectReference)
	return ref, nil
}

// clone clones debian-12 with a configuration.
func (l *lab) clone(name string, config *types.VirtualMachineConfigSpec,
	change ...func(*types.VirtualMachineCloneSpec)) (*object.VirtualMachine, error) {
	pool := l.pool.Reference()
	spec := types.VirtualMachineCloneSpec{Location: types.VirtualMachineRelocateSpec{Pool: &pool}, Config: config}
	for _, f := range change {
		f(&spec)
	}
	ref, err := l.task(l.template("debian-12").Clone(l.ctx, l.folder, name, spec))
	if err != nil {
		return nil, err
	}
	return object.NewVirtualMachine(l.c.Client, ref), nil
}

// on powers a clone on.
func on(s *types.VirtualMachineCloneSpec) { s.PowerOn = true }

func (l *lab) mustClone(name string, config *types.VirtualMachineConfigSpec,
	change ...func(*types.VirtualMachineCloneSpec)) *object.VirtualMachine {
	l.Helper()
	vm, err := l.clone(name, config, change...)
	l.ok(err)
	return vm
}

// create makes a machine by CreateVM_Task.
func (l *lab) create(spec types.VirtualMachineConfigSpec) (*object.VirtualMachine, error) {
	if spec.Files == nil {
		spec.Files = &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}
	}
	ref, err := l.task(l.folder.CreateVM(l.ctx, spec, l.pool, nil))
	if err != nil {
		return nil, err
	}
	return object.NewVirtualMachine(l.c.Client, ref), nil
}

func (l *lab) reconfigure(vm *object.VirtualMachine, spec types.VirtualMachineConfigSpec) error {
	_, err := l.task(vm.Reconfigure(l.ctx, spec))
	return err
}

// see reads a machine.
func (l *lab) see(vm *object.VirtualMachine, properties ...string) mo.VirtualMachine {
	l.Helper()
	var m mo.VirtualMachine
	if len(properties) == 0 {
		properties = []string{"name", "config", "summary", "runtime", "guest", "network", "datastore"}
	}
	l.ok(vm.Properties(l.ctx, vm.Reference(), properties, &m))
	return m
}

// absent checks that nothing in the inventory has the name.
func (l *lab) absent(name string) {
	l.Helper()
	if _, err := l.find.VirtualMachine(l.ctx, name); err == nil {
		l.Errorf("%s exists", name)
	}
}

// soon waits until a condition holds.
func (l *lab) soon(what string, holds func() bool) {
	l.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	l.Errorf("not in time: %s", what)
}

// network gives a NIC's backing for a network of the inventory.
func (l *lab) network(name string) types.BaseVirtualDeviceBackingInfo {
	l.Helper()
	n, err := l.find.Network(l.ctx, name)
	l.ok(err)
	b, err := n.EthernetCardBackingInfo(l.ctx)
	l.ok(err)
	return b
}

func disksOf(m mo.VirtualMachine) []*types.VirtualDisk {
	var found []*types.VirtualDisk
	for _, d := range m.Config.Hardware.Device {
		if disk, ok := d.(*types.VirtualDisk); ok {
			found = append(found, disk)
		}
	}
	return found
}

func cards(m mo.VirtualMachine) []*types.VirtualEthernetCard {
	return base.NICs(&m)
}

func fileOf(d *types.VirtualDisk) string {
	return d.Backing.(types.BaseVirtualDeviceFileBackingInfo).GetVirtualDeviceFileBackingInfo().FileName
}

func options(pairs ...string) []types.BaseOptionValue {
	var o []types.BaseOptionValue
	for i := 0; i < len(pairs); i += 2 {
		o = append(o, &types.OptionValue{Key: pairs[i], Value: pairs[i+1]})
	}
	return o
}

// exists asks a datastore for a file such as "[vmfs-1] a/a.vmdk".
func (l *lab) exists(path string) bool {
	l.Helper()
	var p object.DatastorePath
	p.FromString(path)
	ds, err := l.find.Datastore(l.ctx, p.Datastore)
	l.ok(err)
	_, err = ds.Stat(l.ctx, p.Path)
	return err == nil
}
