// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"maps"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// clear has a volume go with its machine: the flag that lets it outlive one is gone.
func (l *volumeLab) clear(v openstack.Volume) {
	l.Helper()
	client := l.vc.Client().Client
	_, err := methods.ClearVStorageObjectControlFlags(l.Context(), client, &types.ClearVStorageObjectControlFlags{
		This: *client.ServiceContent.VStorageObjectManager, Id: types.ID{Id: v.ID}, Datastore: l.store(v.ID).Reference(),
		ControlFlags: []string{string(types.VslmVStorageObjectControlFlagKeepAfterDeleteVm)}})
	if err != nil {
		l.Fatal(err)
	}
}

// TestVolumeOutlivesItsInstance: a destroyed instance leaves the volume that it has, even one whose flag is gone, and nobody deletes a
// disk.
func TestVolumeOutlivesItsInstance(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	server, v := made(t, l.Client, "web"), l.create("data", 1)
	l.give(server, v)
	l.clear(v)
	if err := l.Delete(server); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(l.all(), []string{v.ID}) || len(l.vc.DiskDeletes()) != 0 {
		t.Errorf("the disks are %v; deleted were %v", l.all(), l.vc.DiskDeletes())
	}
	other := made(t, l.Client, "other")
	if a := l.give(other, v); a.ServerID != other.ID {
		t.Errorf("attached elsewhere as %+v", a)
	}
	if kept := l.disk(v.ID).KeepAfterDeleteVm; kept == nil || !*kept { // an attachment sets it
		t.Error("it may go with its machine")
	}
}

// TestVolumeAttachedWhileDestroyed: a volume that comes while an instance is destroyed, after its disks were taken off, is seen by the
// second look, and taken off too.
func TestVolumeAttachedWhileDestroyed(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	l := &volumeLab{T: t, vc: vc}
	var server openstack.Server
	var late []openstack.Volume
	wire := vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		answer := ask()
		if call.Name == "ReconfigVM_Task" && len(late) > 0 {
			l.attach(late[0].ID, server)
			l.clear(late[0])
			late = late[1:]
		}
		return answer
	})
	l.wire, l.Client = wire, clientOver(t, vc, wire)
	first, second := l.create("first", 1), l.create("second", 1)
	server = made(t, l.Client, "web")
	l.give(server, first)
	late = []openstack.Volume{second}
	if err := l.Delete(server); err != nil {
		t.Fatal(err)
	}
	left := l.all()
	slices.Sort(left)
	if want := slices.Sorted(slices.Values([]string{first.ID, second.ID})); !slices.Equal(left, want) {
		t.Errorf("left are %v of %v", left, want)
	}
}

// TestSnapshotPinsAVolume: an instance whose snapshot holds a volume is neither stopped nor destroyed, the volume is not detached, and both
// errors name the snapshot.
func TestSnapshotPinsAVolume(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	server, v := made(t, l.Client, "web"), l.create("data", 1)
	l.give(server, v)
	task, err := l.machine(server).CreateSnapshot(t.Context(), "before-upgrade", "", false, false)
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	refusedAs(t, l.Attachments.Detach(t.Context(), server.ID, v.ID), `snapshots of the machine hold it. Delete them first: "before-upgrade"`)
	refusedAs(t, l.Delete(server), `its snapshots "before-upgrade" hold the volumes "`+v.ID)
	vm := l.properties(server)
	if has := slices.Collect(maps.Keys(l.has(server))); vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn ||
		!slices.Equal(has, []string{v.ID}) {
		t.Errorf("it is %s, and has %v", vm.Runtime.PowerState, has)
	}
	task, err = l.machine(server).RemoveAllSnapshot(t.Context(), nil)
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Delete(server); err != nil || !slices.Equal(l.all(), []string{v.ID}) {
		t.Errorf("%v; the disks are %v", err, l.all())
	}
}
