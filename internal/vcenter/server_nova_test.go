// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"bytes"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// deletion is a VM of Nova's, in a vCenter that hinders its destruction.
type deletion struct {
	*acctest.VCenter
	acctest.Replayed
	*vcenter.Client
	key    machine.Key
	disk   string // the clone
	cache  []string
	hinder func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder
	freed  []string // those deleted by DeleteVirtualDisk_Task
}

func newDeletion(t *testing.T) *deletion {
	t.Helper()
	d := &deletion{VCenter: acctest.Start(t, vcsim.Options{})}
	for _, rec := range recordings.Condensed(t) {
		if rec.Name == "001-minimal" {
			made, err := d.Replayer(t).Replay(rec, 0)
			if err != nil {
				t.Fatal(err)
			}
			d.Replayed = made[0]
		}
	}
	d.Client = clientOver(t, d.VCenter, d.Between(t, func(call acctest.Call,
		ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name == "DeleteVirtualDisk_Task" && bytes.Contains(call.Body, []byte(d.disk)) {
			d.freed = append(d.freed, d.disk)
		}
		return d.hinder(call, ask)
	}))
	d.hinder = func(acctest.Call, func() *httptest.ResponseRecorder) *httptest.ResponseRecorder { return nil }
	d.key, d.disk, d.cache = machine.Key{ID: d.ID}, acctest.DiskFile(d.VCenter.VM(d.Path)), d.cached()
	if len(d.cache) == 0 || d.disk == "" {
		t.Fatalf("a clone %s of %q", d.disk, d.cache)
	}
	return d
}

func (d *deletion) cached() []string {
	files := slices.DeleteFunc(d.Files("[vmfs-1]"), func(f string) bool { return !strings.Contains(f, "_base/") })
	slices.Sort(files)
	return files
}

// gone checks that the VM is gone, its clone by a call of its own, and that the cache is whole.
func (d *deletion) gone(t *testing.T) {
	t.Helper()
	_, inside, _ := strings.Cut(d.disk, "] ")
	left := slices.ContainsFunc(d.Files("[vmfs-1]"), func(f string) bool { return strings.HasSuffix(f, inside) })
	if n := len(d.VMs("OpenStack/*/Instances/*")); n != 0 || left || !slices.Equal(d.freed, []string{d.disk}) ||
		!slices.Equal(d.cached(), d.cache) {
		t.Errorf("%d machines; its disk left: %t, deleted %q; the cache %q, was %q", n, left, d.freed, d.cached(), d.cache)
	}
}

// TestDeleteOfNovaRefused: a VM whose destruction is refused gets its disk back. If that fails too, the error tells so, and another
// attempt still knows the disk.
func TestDeleteOfNovaRefused(t *testing.T) {
	t.Parallel()
	d, changes := newDeletion(t), 0
	refuse := map[string]bool{"Destroy_Task": true}
	d.hinder = func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name == "ReconfigVM_Task" {
			changes++
		}
		if refuse[call.Name] && (call.Name != "ReconfigVM_Task" || changes == 2) {
			return acctest.Refusal("NoPermission")
		}
		return nil
	}
	err := d.Servers.Delete(t.Context(), d.key, false)
	if file := acctest.DiskFile(d.VCenter.VM(d.Path)); err == nil || strings.Contains(err.Error(), "without its disks") || file != d.disk {
		t.Fatalf("%v; its disk is %q, was %q", err, file, d.disk)
	}
	changes, refuse["ReconfigVM_Task"] = 0, true
	for _, attempt := range []string{"putting it back is refused", "it has no disk any more"} {
		err = d.Servers.Delete(t.Context(), d.key, false)
		if err == nil || !strings.Contains(err.Error(), "is off and without its disks "+d.disk) || acctest.DiskFile(d.VCenter.VM(d.Path)) != "" {
			t.Fatalf("%s: %v", attempt, err)
		}
	}
	clear(refuse)
	if err := d.Servers.Delete(t.Context(), d.key, false); err != nil {
		t.Fatal(err)
	}
	d.gone(t)
}

// TestDeleteOfNovaLost: a VM whose destruction got no answer leaves no disk.
func TestDeleteOfNovaLost(t *testing.T) {
	t.Parallel()
	d, lost := newDeletion(t), 0
	d.hinder = func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if lost++; call.Name != "Destroy_Task" || lost > 100 {
			return nil
		}
		ask()
		out := httptest.NewRecorder()
		out.Code = 503
		return out
	}
	if err := d.Servers.Delete(t.Context(), d.key, false); err != nil {
		t.Fatal(err)
	}
	d.gone(t)
}
