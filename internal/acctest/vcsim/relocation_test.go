// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/machines"
)

// second gives the second cluster of the inventory: its pool and its hosts.
func (l *lab) second() (pool types.ManagedObjectReference, hosts []*object.HostSystem) {
	l.Helper()
	cluster, err := l.find.ClusterComputeResource(l.ctx, "compute-2")
	l.ok(err)
	found, err := cluster.ResourcePool(l.ctx)
	l.ok(err)
	for _, name := range []string{"esx-4", "esx-5", "esx-6"} {
		h, err := l.find.HostSystem(l.ctx, "compute-2/"+name)
		l.ok(err)
		hosts = append(hosts, h)
	}
	return found.Reference(), hosts
}

// whole is a machine with where it is.
func (l *lab) whole(vm *object.VirtualMachine) mo.VirtualMachine {
	l.Helper()
	return l.see(vm, "config", "runtime", "datastore", "resourcePool")
}

func (l *lab) relocate(vm *object.VirtualMachine, spec types.VirtualMachineRelocateSpec) error {
	_, err := l.task(vm.Relocate(l.ctx, spec, ""))
	return err
}

// TestRelocateMovesEverything: host, pool and files, and who lists the machine.
func TestRelocateMovesEverything(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Clusters: 2})
	pool, hosts := l.second()
	vm := l.mustClone("a", nil, on)
	before := l.whole(vm)
	store, err := l.find.Datastore(l.ctx, "vmfs-2")
	l.ok(err)
	ref := store.Reference()
	l.ok(l.relocate(vm, types.VirtualMachineRelocateSpec{Pool: &pool, Datastore: &ref}))
	now := l.whole(vm)
	isOne := func(h *object.HostSystem) bool { return h.Reference() == *now.Runtime.Host }
	if !slices.ContainsFunc(hosts, isOne) || *now.ResourcePool != pool || now.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		t.Errorf("it is on %v, in %v, and %s", now.Runtime.Host, now.ResourcePool, now.Runtime.PowerState)
	}
	if !slices.Contains(l.seeHost(hosts[slices.IndexFunc(hosts, isOne)]).Vm, vm.Reference()) {
		t.Error("its host does not list it")
	}
	if slices.Contains(l.seeHost(object.NewHostSystem(l.c.Client, *before.Runtime.Host)).Vm, vm.Reference()) {
		t.Error("the former host still lists it")
	}
	if now.Config.Files.VmPathName != "[vmfs-2] a/a.vmx" || machines.StoreIn(machines.BackingFile(disksOf(now)[0])) != "vmfs-2" ||
		!slices.Equal(now.Datastore, []types.ManagedObjectReference{ref}) {
		t.Errorf("its files are %s and %s, its datastores %v", now.Config.Files.VmPathName, machines.BackingFile(disksOf(now)[0]), now.Datastore)
	}
	if cardsBefore, cardsNow := cards(before), cards(now); cardsBefore[0].GetVirtualEthernetCard().MacAddress !=
		cardsNow[0].GetVirtualEthernetCard().MacAddress {
		t.Error("its NIC has another address")
	}
	if _, err := store.Stat(l.ctx, "a/a.vmx"); err != nil {
		t.Error(err)
	}
	old, err := l.find.Datastore(l.ctx, "vmfs-1")
	l.ok(err)
	if _, err := old.Stat(l.ctx, "a/a.vmx"); err == nil {
		t.Error("the files are still where they were")
	}
	_, err = l.task(vm.PowerOff(l.ctx))
	l.ok(err)
	l.ok(l.destroy(vm))
	if _, err := store.Stat(l.ctx, "a/a.vmx"); err == nil {
		t.Error("destroyed, and its files are left")
	}
}

// TestRelocateRefuses what a vCenter does: each leaves the machine where it is.
func TestRelocateRefuses(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Clusters: 2})
	pool, hosts := l.second()
	vm := l.mustClone("a", nil, on)
	before := l.whole(vm)
	refs := func(h *object.HostSystem) *types.ManagedObjectReference {
		r := h.Reference()
		return &r
	}
	refused := func(name string, spec types.VirtualMachineRelocateSpec, want types.BaseMethodFault) {
		t.Helper()
		//nolint:paralleltest // the cases try one machine one after the other
		t.Run(name, func(t *testing.T) { faults(t, l.relocate(vm, spec), want) })
		if now := l.whole(vm); *now.Runtime.Host != *before.Runtime.Host || *now.ResourcePool != *before.ResourcePool {
			t.Errorf("%s: it has moved", name)
		}
	}
	refused("a host of another cluster", types.VirtualMachineRelocateSpec{Host: refs(hosts[0])}, &types.InvalidArgument{})
	refused("a host that is not the pool's", types.VirtualMachineRelocateSpec{Pool: &pool, Host: before.Runtime.Host},
		&types.InvalidArgument{})
	refused("a disk it has not got", types.VirtualMachineRelocateSpec{Pool: &pool,
		Disk: []types.VirtualMachineRelocateSpecDiskLocator{{DiskId: 4711, Datastore: before.Datastore[0]}}}, &types.InvalidArgument{})
	l.ok(l.maintain(hosts[0]))
	refused("a host in maintenance", types.VirtualMachineRelocateSpec{Pool: &pool, Host: refs(hosts[0])}, &types.InvalidState{})
	l.offSwitches(hosts[0])
	l.ok(l.exit(hosts[0]))
	refused("a host that is no member of the NIC's switch", types.VirtualMachineRelocateSpec{Pool: &pool, Host: refs(hosts[0])},
		&types.CannotAccessNetwork{})
	cluster, err := l.find.ClusterComputeResource(l.ctx, "compute-2")
	l.ok(err)
	bare := l.addHost(cluster, Diskless+"1")
	refused("a host that does not see the datastore", types.VirtualMachineRelocateSpec{Pool: &pool, Host: refs(bare)},
		&types.InvalidDatastore{})
	for _, h := range hosts[1:] {
		l.offSwitches(h)
	}
	refused("no host that has the network", types.VirtualMachineRelocateSpec{Pool: &pool}, &types.NoCompatibleHost{})
	_, err = l.task(cluster.Reconfigure(l.ctx,
		&types.ClusterConfigSpecEx{DrsConfig: &types.ClusterDrsConfigInfo{Enabled: types.NewBool(false)}}, true))
	l.ok(err)
	refused("no host named, and no DRS", types.VirtualMachineRelocateSpec{Pool: &pool}, &types.InvalidArgument{})
	_, err = l.task(vm.PowerOff(l.ctx))
	l.ok(err)
	refused("nor one that takes it while it is off", types.VirtualMachineRelocateSpec{Pool: &pool}, &types.NoCompatibleHost{})
}
