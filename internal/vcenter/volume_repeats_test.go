// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
)

// TestVolumeOfAnotherCreation: a volume goes with an instance only if it bears a mark of the instance's.
func TestVolumeOfAnotherCreation(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	v := l.create("data", 1)
	if err := l.Volumes.DeleteMade(t.Context(), v.ID, "another", ""); err != nil || !slices.Contains(l.all(), v.ID) {
		t.Errorf("it went with another's: %v", err)
	}
	if err := l.Volumes.DeleteMade(t.Context(), v.ID, "another", v.MarkID); err != nil || slices.Contains(l.all(), v.ID) {
		t.Errorf("it stays: %v", err)
	}
}

// TestVolumeGrownAlready: a vCenter may refuse to grow a disk to the size that it has, after an answer that was lost.
func TestVolumeGrownAlready(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	v := l.create("data", 1)
	wire := l.vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name != "ExtendDisk_Task" {
			return nil
		}
		ask()
		for end := time.Now().Add(5 * time.Second); l.vc.Disk("data").CapacityInMB != 2<<10 && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
		}
		return acctest.Refusal("InvalidArgument")
	})
	want := v.VolumeSpec
	want.Size = 2
	grown, err := clientOver(t, l.vc, wire).Volumes.Update(t.Context(), v.ID, volumes.Change{VolumeSpec: want})
	if err != nil || grown.Size != 2 {
		t.Errorf("%+v, %v", grown, err)
	}
}

// TestVolumeMovedWhileDeleted: a volume that was moved between the look for it and its deletion is not lost.
func TestVolumeMovedWhileDeleted(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	v := l.create("data", 1)
	client := l.vc.Client().Client
	from, target := l.store(v.ID), ""
	for _, name := range []string{"vmfs-1", "vmfs-2"} {
		if name != v.Datastore {
			target = name
		}
	}
	other := l.create("other", 1)
	for i := 0; other.Datastore != target && i < 20; i++ {
		other = l.create("other", 1)
	}
	to := l.store(other.ID).Reference()
	var moved atomic.Bool
	wire := l.vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name != "DeleteVStorageObject_Task" || !moved.CompareAndSwap(false, true) {
			return nil
		}
		spec := types.VslmRelocateSpec{}
		spec.BackingSpec = &types.VslmCreateSpecDiskFileBackingSpec{VslmCreateSpecBackingSpec: types.VslmCreateSpecBackingSpec{Datastore: to}}
		res, err := methods.RelocateVStorageObject_Task(t.Context(), client, &types.RelocateVStorageObject_Task{
			This: *client.ServiceContent.VStorageObjectManager, Id: types.ID{Id: v.ID}, Datastore: from.Reference(), Spec: spec})
		if err == nil {
			err = object.NewTask(client, res.Returnval).Wait(t.Context())
		}
		if err != nil {
			t.Error(err)
		}
		return nil
	})
	if err := clientOver(t, l.vc, wire).Volumes.Delete(t.Context(), v.ID); err != nil || slices.Contains(l.all(), v.ID) {
		t.Errorf("it is left: %v", err)
	}
}
