// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"errors"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// linkedImage is an image of ours whose instances are linked clones.
func (l *imageUse) linkedImage() openstack.Image {
	l.Helper()
	return l.update(l.own(), func(s *openstack.ImageSpec) { s.Properties = map[string]string{"img_linked_clone": "true"} })
}

// instance makes an instance of an image.
func (l *imageUse) instance(name string, of openstack.Image) (openstack.Server, error) {
	l.Helper()
	want := request(l.T, l.Client, name)
	want.ImageID, want.ImageName = of.ID, of.Name
	return l.Servers.Create(l.Context(), want)
}

// copies are our copies of images, each a template with our mark.
func (l *imageUse) copies() []mo.VirtualMachine {
	l.Helper()
	all := l.vc.VMs("novasphere/novasphere-image-*")
	for _, vm := range all {
		if !vm.Config.Template || acctest.Extra(vm)["novasphere.mark"] == "" {
			l.Errorf("%s is no template, or has no mark", vm.Name)
		}
	}
	return all
}

// TestLinkedClones: the first linked clone makes a base of its size, and each that follows costs no more than a full one. Neither
// the end of a clone nor the wish to delete the image touches the base.
func TestLinkedClones(t *testing.T) {
	t.Parallel()
	l := imageUseOf(t)
	own := l.linkedImage()
	full := l.found(l.Images.Find(t.Context(), image.Query{Name: "debian-12"}))
	cost := func(name string, of openstack.Image) (n int) {
		l.wire.Take()
		if _, err := l.instance(name, of); err != nil {
			t.Fatal(err)
		}
		calls, _ := l.wire.Take()
		for call, count := range calls {
			if !strings.HasSuffix(call, " of Task") && !strings.HasSuffix(call, " of HostSystem") { // as long as it takes, and now and then
				n += count
			}
		}
		return n
	}
	cost("full", full)
	cost("linked-1", own)
	if linked, whole := cost("linked-2", own), cost("full-2", full); linked > whole {
		t.Errorf("a linked clone costs %d calls, and a full one %d", linked, whole)
	}
	all := l.copies()
	if len(all) != 1 || acctest.DiskGiB(all[0]) != small.Disk || all[0].Snapshot == nil {
		t.Fatalf("there are %d bases: %+v", len(all), all)
	}
	base := acctest.DiskFile(all[0])
	for _, name := range []string{"linked-1", "linked-2"} {
		vm := l.vc.VM("OpenStack/" + name)
		if parent := diskOf(vm).Parent; parent == nil || parent.FileName != base || acctest.DiskGiB(vm) != small.Disk {
			t.Errorf("the disk of %s is %+v", name, diskOf(vm))
		}
		if kept := acctest.Extra(vm)["vmprov.keepDisks"]; kept != path.Base(base) {
			t.Errorf("%s spares %q", name, kept)
		}
	}
	if err := l.again().Images.Delete(t.Context(), own.ID); err == nil || !strings.Contains(err.Error(), `"linked-1", "linked-2"`) {
		t.Errorf("deleting the image: %v", err)
	}
	for _, name := range []string{"linked-1", "linked-2"} {
		if err := l.Servers.Delete(t.Context(), machine.Key{ID: l.vc.VM("OpenStack/" + name).Config.InstanceUuid}, false); err != nil {
			t.Fatal(err)
		}
		if files := l.vc.Files("[" + storeOf(base) + "]"); !slices.ContainsFunc(files,
			func(f string) bool { return path.Base(f) == path.Base(base) }) {
			t.Errorf("after the end of %s the base %s is not among %v", name, base, files)
		}
	}
	if err := l.Images.Delete(t.Context(), own.ID); err != nil {
		t.Fatal(err)
	}
	l.gone("mine", own.ID)
}

// storeOf is the datastore in a file's path.
func storeOf(file string) string {
	store, _, _ := strings.Cut(strings.TrimPrefix(file, "["), "]")
	return store
}

// TestCopiesAtOnce: many who need a copy at the same time, in two processes, make one.
func TestCopiesAtOnce(t *testing.T) {
	t.Parallel()
	l := imageUseOf(t)
	own := l.linkedImage()
	if _, err := l.Flavors.Create(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	both := []*imageUse{l, l.again()}
	var wait sync.WaitGroup
	for i, name := range []string{"web-a", "web-b", "web-c", "web-d", "web-e", "web-f"} {
		wait.Go(func() {
			if _, err := both[i%2].instance(name, own); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if all := l.copies(); len(all) != 1 {
		t.Fatalf("there are %d bases", len(all))
	}
	base := acctest.DiskFile(l.copies()[0])
	for _, vm := range l.vc.VMs("OpenStack/web-*") {
		if parent := diskOf(vm).Parent; parent == nil || parent.FileName != base {
			t.Errorf("the disk of %s is %+v", vm.Name, diskOf(vm))
		}
	}
}

// TestKilledCopy: a process that is killed after any call leaves a copy that the next finishes at once.
func TestKilledCopy(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"CloneVM_Task", "CreateSnapshot_Task", "MarkAsTemplate"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			l := imageUseOf(t)
			own := l.linkedImage()
			var dead atomic.Bool
			wire := l.vc.Between(t, func(c acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
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
			killed := &imageUse{t, clientOver(t, l.vc, wire), l.vc, wire}
			if _, err := killed.instance("web", own); err == nil {
				t.Fatal("it was not killed")
			}
			if _, err := l.again().instance("web", own); err != nil {
				t.Fatal(err)
			}
			all := l.copies()
			if len(all) != 1 || acctest.DiskGiB(all[0]) != small.Disk || diskOf(l.vc.VM("OpenStack/web")).Parent == nil {
				t.Errorf("there are %d bases: %+v", len(all), all)
			}
		})
	}
}

// TestLostCopy cuts the connection at each call that makes a copy: there is one.
func TestLostCopy(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"CloneVM_Task", "CreateSnapshot_Task", "MarkAsTemplate"} {
		for where, cut := range cuts {
			t.Run(call+" "+where, func(t *testing.T) {
				t.Parallel()
				l := imageUseOf(t)
				own := l.linkedImage()
				l.wire.Cut(call, cut)
				if _, err := l.instance("web", own); err != nil {
					t.Fatal(err)
				}
				if all := l.copies(); len(all) != 1 || diskOf(l.vc.VM("OpenStack/web")).Parent == nil {
					t.Errorf("there are %d bases: %+v", len(all), all)
				}
			})
		}
	}
}

// TestImageCache: an image with a cache is copied to a datastore once, and its instances are copied from there.
func TestImageCache(t *testing.T) {
	t.Parallel()
	l := imageUseOf(t)
	own := l.update(l.own(), func(s *openstack.ImageSpec) { s.Cached = true })
	for _, name := range []string{"web-1", "web-2"} {
		if _, err := l.instance(name, own); err != nil {
			t.Fatal(err)
		}
	}
	vms, all := l.vc.VMs("OpenStack/web-*"), l.copies()
	stores := map[string]bool{}
	for _, vm := range vms {
		if diskOf(vm).Parent != nil {
			t.Errorf("the disk of %s is %+v", vm.Name, diskOf(vm))
		}
		if store := storeOf(acctest.DiskFile(vm)); store != storeOf(acctest.DiskFile(l.vc.VM("images/mine"))) {
			stores[store] = true
		}
	}
	if len(vms) != 2 || len(all) != len(stores) {
		t.Errorf("%d instances lie on %v, and there are %d copies", len(vms), stores, len(all))
	}
	if err := errors.Join(l.Images.Delete(t.Context(), own.ID)); err != nil {
		t.Fatal(err)
	}
	l.gone("mine", own.ID)
}

// TestLinkedClonesOfAnItem: linked clones of a library item hang on a deployed copy of their size. The item keeps its copies when it gets
// another name, and goes with them.
func TestLinkedClonesOfAnItem(t *testing.T) {
	t.Parallel()
	lab := itemLabOf(t, vcsim.Options{})
	l := &imageUse{t, lab.Client, lab.vc, lab.wire}
	r := item("router", diskContent(t, someDisk()))
	r.Properties["img_linked_clone"] = "true"
	own := l.found(l.Images.Create(t.Context(), r))
	if _, err := l.instance("linked-1", own); err != nil {
		t.Fatal(err)
	}
	own = l.update(own, func(s *openstack.ImageSpec) { s.Name, s.MinRAM = "gateway", 64 })
	if items := lab.items(); len(items) != 1 || !strings.HasPrefix(items[0], "gateway ") {
		t.Errorf("the library has %v", items)
	}
	if _, err := l.again().instance("linked-2", own); err != nil {
		t.Fatal(err)
	}
	all := l.copies()
	if len(all) != 1 || acctest.DiskGiB(all[0]) != small.Disk {
		t.Fatalf("there are %d bases: %+v", len(all), all)
	}
	for _, name := range []string{"linked-1", "linked-2"} {
		if parent := diskOf(l.vc.VM("OpenStack/" + name)).Parent; parent == nil || parent.FileName != acctest.DiskFile(all[0]) {
			t.Errorf("the disk of %s hangs on %+v", name, parent)
		}
	}
	if err := l.again().Images.Delete(t.Context(), own.ID); err == nil || !strings.Contains(err.Error(), `"linked-1", "linked-2"`) {
		t.Errorf("deleting the image: %v", err)
	}
	if items := lab.items(); len(items) != 1 {
		t.Errorf("the library has %v", items)
	}
	for _, name := range []string{"linked-1", "linked-2"} {
		if err := l.Servers.Delete(t.Context(), machine.Key{ID: l.vc.VM("OpenStack/" + name).Config.InstanceUuid}, false); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := l.Images.Delete(t.Context(), own.ID); err != nil {
			t.Fatal(err)
		}
	}
	l.gone("gateway", own.ID)
	if items := lab.items(); len(items) != 0 {
		t.Errorf("the library has %v", items)
	}
}

// TestDeleteWaits: a template that a clone is being made of is deleted once that is over, unless the clone hangs on it then.
func TestDeleteWaits(t *testing.T) {
	t.Parallel()
	l := imageUseOf(t)
	own := l.linkedImage()
	if _, err := l.instance("linked", own); err != nil {
		t.Fatal(err)
	}
	if err := l.Servers.Delete(t.Context(), machine.Key{ID: l.vc.VM("OpenStack/linked").Config.InstanceUuid}, false); err != nil {
		t.Fatal(err)
	}
	base := l.copies()[0]
	release := l.vc.Hold(base.Self, vcsim.Busy)
	ended := make(chan error)
	go func() { ended <- l.again().Images.Delete(t.Context(), own.ID) }()
	refused := false
	for !refused { // the clone is made while the deletion waits for the other task
		calls := l.vc.Calls()
		refused = sum(calls, "Destroy_Task") > 1
		select {
		case err := <-ended:
			t.Fatalf("it did not wait: %v", err)
		case <-t.Context().Done():
		default:
		}
	}
	if _, err := l.instance("late", own); err != nil {
		t.Error(err)
	}
	release()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), `"late"`) {
		t.Errorf("the deletion ends with %v", err)
	}
	if len(l.copies()) != 1 || l.vc.VM("images/mine").Config.InstanceUuid != own.ID {
		t.Error("the image or its base is gone")
	}
}

// TestVolumeOfACachedImage: a volume of an image with a cache is a copy of the copy on its datastore.
func TestVolumeOfACachedImage(t *testing.T) {
	t.Parallel()
	lab := volumeLabOf(t, vcsim.Options{})
	l := &imageUse{t, lab.Client, lab.vc, lab.wire}
	l.update(l.own(), func(s *openstack.ImageSpec) { s.Cached, s.MinRAM = true, 256 })
	first := lab.must(lab.Volumes.FromImage(t.Context(), lab.fromImage("mine", 4)))
	second := lab.must(lab.Volumes.FromImage(t.Context(), lab.fromImage("mine", 5)))
	for _, v := range []openstack.Volume{first, second} {
		if v.ImageProperties["image_name"] != "mine" || v.ImageProperties["min_ram"] != "256" {
			t.Errorf("the volume has %v", v.ImageProperties)
		}
	}
	away := 0
	if storeOf(first.File) != storeOf(acctest.DiskFile(l.vc.VM("images/mine"))) {
		away = 1
	}
	if all := l.copies(); len(all) != away {
		t.Errorf("there are %d copies, and the first volume lies in %s", len(all), first.File)
	}
}
