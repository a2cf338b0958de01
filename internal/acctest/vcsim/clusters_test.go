// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func TestDestroyCluster(t *testing.T) {
	t.Parallel()
	l := strict(t)
	c := l.newCluster("edge", types.ClusterConfigSpecEx{DrsConfig: &types.ClusterDrsConfigInfo{Enabled: yes(), DefaultVmBehavior: "manual"}})
	if drs := l.seeCluster(c).ConfigurationEx.(*types.ClusterConfigInfoEx).DrsConfig; drs.DefaultVmBehavior != "manual" || !*drs.Enabled {
		t.Errorf("created with %+v", drs)
	}
	h := l.addHost(c, "esx-9")
	pool, err := c.ResourcePool(l.ctx)
	l.ok(err)
	child, err := pool.Create(l.ctx, "child", types.DefaultResourceConfigSpec())
	l.ok(err)
	spec := types.VirtualMachineConfigSpec{Name: "a", Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}}
	made, err := l.task(l.folder.CreateVM(l.ctx, spec, child, h))
	l.ok(err)
	vm := object.NewVirtualMachine(l.c.Client, made)
	faults(t, l.destroy(c), &types.InvalidState{})
	_, err = l.task(vm.PowerOn(l.ctx))
	l.ok(err)
	faults(t, l.destroy(c), &types.ResourceInUse{})
	_, err = l.task(vm.PowerOff(l.ctx))
	l.ok(err)
	l.ok(l.maintain(h))
	l.ok(l.destroy(c))
	l.absent("a")
	for _, gone := range []mo.Reference{c, h, pool, child} {
		faults(t, l.c.RetrieveOne(l.ctx, gone.Reference(), []string{"name"}, &mo.ManagedEntity{}), &types.ManagedObjectNotFound{})
	}
	if all, err := l.find.ClusterComputeResourceList(l.ctx, "*"); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}

	u := unmodified(t)
	if err := u.destroy(u.newCluster("edge", types.ClusterConfigSpecEx{})); err == nil {
		t.Error("the simulator has learnt to destroy clusters")
	}
}

func TestMoveIntoCluster(t *testing.T) {
	t.Parallel()
	l := strict(t)
	from, to := l.newCluster("from", types.ClusterConfigSpecEx{}), l.newCluster("to", types.ClusterConfigSpecEx{})
	h := l.addHost(from, "esx-9")
	pool, err := from.ResourcePool(l.ctx)
	l.ok(err)
	spec := types.VirtualMachineConfigSpec{Name: "a", Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}}
	made, err := l.task(l.folder.CreateVM(l.ctx, spec, pool, h))
	l.ok(err)
	move := func(c *object.ClusterComputeResource) error {
		_, err := l.task(c.MoveInto(l.ctx, h))
		return err
	}
	faults(t, move(to), &types.InvalidState{})
	l.ok(l.maintain(h))
	faults(t, move(from), &types.DuplicateName{})
	l.ok(move(to))
	root, err := to.ResourcePool(l.ctx)
	l.ok(err)
	if got := l.see(object.NewVirtualMachine(l.c.Client, made), "resourcePool"); got.ResourcePool == nil ||
		*got.ResourcePool != root.Reference() {
		t.Errorf("the machine is in %v", got.ResourcePool)
	}
	a, b := l.seeCluster(from), l.seeCluster(to)
	if len(a.Host) != 0 || len(a.Datastore) != 0 || a.Summary.GetComputeResourceSummary().NumHosts != 0 {
		t.Errorf("left behind: %v, %v, %+v", a.Host, a.Datastore, a.Summary)
	}
	if len(b.Host) != 1 || len(b.Datastore) != 2 || b.Summary.GetComputeResourceSummary().NumHosts != 1 ||
		b.Summary.GetComputeResourceSummary().NumEffectiveHosts != 0 {
		t.Errorf("arrived: %v, %v, %+v", b.Host, b.Datastore, b.Summary)
	}
	_, err = l.task(h.ExitMaintenanceMode(l.ctx, 0))
	l.ok(err)
	if got := l.seeCluster(to).Summary.GetComputeResourceSummary(); got.NumEffectiveHosts != 1 {
		t.Errorf("%+v", got)
	}
}
