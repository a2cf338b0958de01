// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// killedAt is a lab over which nothing is answered any more once the vCenter has carried out a call, as for a process that is killed then.
func (l *volumeLab) killedAt(call string) *volumeLab {
	l.Helper()
	var dead atomic.Bool
	wire := l.vc.Between(l.T, func(c acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if dead.Load() {
			return acctest.Refusal("NoPermission")
		}
		if c.Name == call {
			dead.Store(true)
			ask()
			return acctest.Refusal("NoPermission")
		}
		return nil
	})
	return &volumeLab{l.T, l.vc, wire, clientOver(l.T, l.vc, wire)}
}

// TestKilledVolume: a creation that is killed after any of its calls is taken up by the next with its mark. There is one disk in the end,
// as it was asked for, and no file beside it.
func TestKilledVolume(t *testing.T) {
	t.Parallel()
	for kind, calls := range map[string][]string{
		openstack.SourceImage: {"MakeDirectory", "CopyVirtualDisk_Task", "RegisterDisk", "VCenterUpdateVStorageObjectMetadataEx_Task",
			"UpdateVStorageObjectPolicy_Task", "SetVStorageObjectControlFlags", "ExtendDisk_Task", "RenameVStorageObject"},
		openstack.SourceSnapshot: {"CreateDiskFromSnapshot_Task", "VCenterUpdateVStorageObjectMetadataEx_Task",
			"SetVStorageObjectControlFlags", "ExtendDisk_Task", "RenameVStorageObject"},
	} {
		for _, call := range calls {
			t.Run(kind+" "+call, func(t *testing.T) {
				t.Parallel()
				l := volumeLabOf(t, vcsim.Options{})
				l.fill("[vmfs-1] debian-12/debian-12.vmdk", "the boot sector")
				r, act, before := l.fromImage("debian-12", 5), l.Volumes.FromImage, 0
				if kind == openstack.SourceSnapshot {
					from := l.create("from", 2)
					l.fill(from.File, "the boot sector")
					r, act, before = copyOf(kind, l.snapshot(from.ID, "s"), 5), l.Volumes.FromSnapshot, 1
				}
				r.MarkID, r.Type = uuid.NewString(), "vSAN Default Storage Policy"
				killed := l.killedAt(call)
				dying := killed.Volumes.FromImage
				if kind == openstack.SourceSnapshot {
					dying = killed.Volumes.FromSnapshot
				}
				if _, err := dying(t.Context(), r); err == nil {
					t.Fatal("it was not killed")
				}
				v := l.must(act(t.Context(), r))
				held := l.disk(v.ID)
				if held.Name != r.Name || held.CapacityInMB != 5<<10 || !*held.KeepAfterDeleteVm ||
					metadataOf(held)["novasphere.mark"] != r.MarkID || metadataOf(held)["novasphere.meta.role"] != "db" {
					t.Errorf("the vCenter holds %+v", held)
				}
				l.holds(v.File, "the boot sector")
				if ids := l.all(); len(ids) != before+1 || len(l.copies()) > 1 {
					t.Errorf("there are %v and %v", ids, l.copies())
				}
			})
		}
	}
}

// TestLostVolumeFromImage cuts the connection at each change that makes a volume of an image: it is made once.
func TestLostVolumeFromImage(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"MakeDirectory", "CopyVirtualDisk_Task", "RegisterDisk", "VCenterUpdateVStorageObjectMetadataEx_Task",
		"SetVStorageObjectControlFlags", "ExtendDisk_Task", "RenameVStorageObject"} {
		for where, cut := range cuts {
			t.Run(call+" "+where, func(t *testing.T) {
				t.Parallel()
				l := volumeLabOf(t, vcsim.Options{})
				l.fill("[vmfs-1] debian-12/debian-12.vmdk", "the boot sector")
				r := l.fromImage("debian-12", 5)
				l.wire.Cut(call, cut)
				v := l.must(l.Volumes.FromImage(t.Context(), r))
				held := l.disk(v.ID)
				if held.Name != r.Name || held.CapacityInMB != 5<<10 || !*held.KeepAfterDeleteVm || len(l.all()) != 1 || len(l.copies()) != 1 {
					t.Errorf("the vCenter holds %+v among %v, %v", held, l.all(), l.copies())
				}
				l.holds(v.File, "the boot sector")
			})
		}
	}
}
