// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// What these tests have.
const (
	manyVolumes   = 20
	manyInstances = 3
)

// volumesOf is a configuration of twenty volumes and three instances.
type volumesOf struct {
	instances int
	size      int // of each volume, in GiB
	attached  bool
	shift     int // volume i is attached to instance (i + shift) modulo three
	snapshots bool
	restored  bool // a volume from each snapshot
}

// text returns the configuration, without the provider block.
func (f volumesOf) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, `
resource "novasphere_compute_flavor" "f" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 5
}
resource "novasphere_compute_instance" "i" {
  count       = %d
  name        = "i-${count.index}"
  flavor_name = novasphere_compute_flavor.f.name
  image_name  = "debian-12"
}
resource "novasphere_blockstorage_volume" "v" {
  count                = %d
  name                 = "v-${count.index}"
  size                 = %d
  metadata             = { number = count.index }
  enable_online_resize = true
}
`, f.instances, manyVolumes, f.size)
	if f.attached {
		fmt.Fprintf(&b, `
resource "novasphere_compute_volume_attach" "a" {
  count       = %d
  volume_id   = novasphere_blockstorage_volume.v[count.index].id
  instance_id = novasphere_compute_instance.i[(count.index + %d) %% %d].id
}
`, manyVolumes, f.shift, manyInstances)
	}
	if f.snapshots {
		fmt.Fprintf(&b, `
resource "novasphere_blockstorage_snapshot" "s" {
  count     = %d
  volume_id = novasphere_blockstorage_volume.v[count.index].id
  name      = "s-${count.index}"
}
`, manyVolumes)
	}
	if f.restored {
		fmt.Fprintf(&b, `
resource "novasphere_blockstorage_volume" "r" {
  count       = %d
  name        = "r-${count.index}"
  snapshot_id = novasphere_blockstorage_snapshot.s[count.index].id
  size        = %d
}
`, manyVolumes, f.size)
	}
	return b.String()
}

// volumesLab is a vCenter with a workspace, and with disks that the provider did not make.
type volumesLab struct {
	*testing.T
	vc      *acctest.VCenter
	ws      *protocol.Workspace
	ours    map[string]bool // the ids of all volumes that were in the state
	foreign []acctest.Disk
	held    map[string][sha256.Size]byte // the content of disks, by their ids
}

func newVolumesLab(t *testing.T, o vcsim.Options) *volumesLab {
	t.Helper()
	f := &volumesLab{T: t, vc: acctest.Start(t, o), ws: faults.NewWorkspace(t), ours: map[string]bool{}, held: map[string][sha256.Size]byte{}}
	for _, name := range []string{"foreign", "foreign-too", "v-3"} { // a name of ours makes it none of ours
		id := f.vc.MakeDisk(name, 1024)
		for _, d := range f.vc.Disks() {
			if d.ID() == id {
				f.vc.WriteDisk(d, 0, "of somebody else")
				f.foreign, f.held[id] = append(f.foreign, d), f.vc.Content(d)
			}
		}
	}
	return f
}

// becomes applies a configuration and looks at the vCenter and at the next plan.
func (f *volumesLab) becomes(want volumesOf) {
	f.Helper()
	f.ws.Configure(f.vc.Config("", want.text()))
	if err := f.ws.Apply(); err != nil {
		f.Fatal(err)
	}
	f.is(want)
}

// is checks that the vCenter has what a configuration says, and that a plan shows no difference.
func (f *volumesLab) is(want volumesOf) {
	f.Helper()
	f.planIsEmpty()
	disks := map[string]acctest.Disk{}
	for _, d := range f.vc.Disks() {
		disks[d.ID()] = d
		if held, is := f.held[d.ID()]; is && held != f.vc.Content(d) {
			f.Errorf("%s (%s) holds something else", d.Name, d.ID())
		}
	}
	for id := range f.held {
		if _, there := disks[id]; !there {
			f.Errorf("the disk %s is gone", id)
		}
	}
	on := map[string][]string{}
	for i := range want.instances {
		on[f.id("novasphere_compute_instance.i", i)] = f.vc.Attached(f.vc.VM(fmt.Sprintf("OpenStack/i-%d", i)))
	}
	for i := range manyVolumes {
		id := f.id("novasphere_blockstorage_volume.v", i)
		f.ours[id] = true
		d := disks[id]
		if d.Name != fmt.Sprintf("v-%d", i) || d.CapacityInMB != int64(want.size)<<10 || d.KeepAfterDeleteVm == nil || !*d.KeepAfterDeleteVm {
			f.Errorf("volume %d is %+v", i, d.VStorageObjectConfigInfo)
		}
		if has := len(d.Snapshots) == 1; has != want.snapshots {
			f.Errorf("%s has %d snapshots", d.Name, len(d.Snapshots))
		}
		if want.restored {
			f.ours[f.id("novasphere_blockstorage_volume.r", i)] = true
		}
		for instance, ids := range on {
			should := want.attached && instance == f.id("novasphere_compute_instance.i", (i+want.shift)%manyInstances)
			if slices.Contains(ids, id) != should {
				f.Errorf("%s is on %s: %v", d.Name, instance, !should)
			}
		}
	}
}

func (f *volumesLab) planIsEmpty() {
	f.Helper()
	if does, err := f.ws.Plan(); err != nil || does != "" {
		f.Fatalf("the next plan would do: %s (%v)", does, err)
	}
}

// id returns the id of a resource with count.
func (f *volumesLab) id(address string, i int) string {
	return f.ws.Objects()[fmt.Sprintf("%s[%d]", address, i)].Text("id")
}

// fill writes into each volume, as its guest does: at its beginning, its middle and its end.
func (f *volumesLab) fill(text string) {
	f.Helper()
	for _, d := range f.vc.Disks() {
		if !f.ours[d.ID()] || !strings.HasPrefix(d.Name, "v-") {
			continue
		}
		for at, size := int64(0), d.CapacityInMB<<20; at < size; at += size/2 - 32 {
			f.vc.WriteDisk(d, at, text+" in "+d.Name)
		}
		f.held[d.ID()] = f.vc.Content(d)
	}
}

// move moves the instances with all their disks to a datastore, as Storage DRS does.
func (f *volumesLab) move(store string) {
	f.Helper()
	found, err := find.NewFinder(f.vc.Client().Client).Datastore(f.Context(), f.vc.Datacenter(1)+"/datastore/"+store)
	if err != nil {
		f.Fatal(err)
	}
	to := found.Reference()
	for i := range manyInstances {
		vm := object.NewVirtualMachine(f.vc.Client().Client, f.vc.VM(fmt.Sprintf("OpenStack/i-%d", i)).Self)
		task, err := vm.Relocate(f.Context(), types.VirtualMachineRelocateSpec{Datastore: &to}, types.VirtualMachineMovePriorityDefaultPriority)
		if err == nil {
			err = task.Wait(f.Context())
		}
		if err != nil {
			f.Fatal(err)
		}
	}
}

// onlyOursWereDeleted checks the calls that delete disks, and that those of others hold what they held.
func (f *volumesLab) onlyOursWereDeleted() {
	f.Helper()
	for id := range f.vc.DiskDeletes() {
		if !f.ours[id] {
			f.Errorf("the disk %s was deleted, which the provider did not make", id)
		}
	}
	left := f.vc.Disks()
	for _, d := range f.foreign {
		at := slices.IndexFunc(left, func(o acctest.Disk) bool { return o.ID() == d.ID() })
		if at < 0 || f.vc.Content(left[at]) != f.held[d.ID()] {
			f.Errorf("%s, which the provider did not make, is gone or holds something else", d.Name)
		}
	}
}

// TestAccVolumesOfThreeInstances: twenty volumes are attached to three instances at the same time, detached, attached elsewhere, grown
// while the instances run, taken snapshots of and restored, and survive their instances. Each step ends with an empty plan, and no disk is
// deleted that the provider did not make.
func TestAccVolumesOfThreeInstances(t *testing.T) {
	t.Parallel()
	f := newVolumesLab(t, vcsim.Options{})
	at := volumesOf{instances: manyInstances, size: 1, attached: true}
	f.becomes(at)
	f.fill("first")
	at.attached = false
	f.becomes(at)
	at.attached, at.shift = true, 1
	f.becomes(at)
	f.vc.AttachDisk(f.vc.VM("OpenStack/i-0").Self, f.foreign[0])
	f.is(at)
	at.size = 2
	f.becomes(at)
	f.fill("second")
	at.shift = 2
	f.becomes(at)
	at.snapshots = true
	f.becomes(at)
	before := map[string][sha256.Size]byte{}
	for i := range manyVolumes {
		before[fmt.Sprintf("r-%d", i)] = f.held[f.id("novasphere_blockstorage_volume.v", i)]
	}
	f.fill("third")
	at.restored = true
	f.becomes(at)
	for _, d := range f.vc.Disks() {
		if want, is := before[d.Name]; is && f.vc.Content(d) != want {
			t.Errorf("%s does not hold what its snapshot held", d.Name)
		}
	}
	at.instances, at.attached = 0, false
	f.becomes(at)
	if err := f.ws.Destroy(); err != nil {
		t.Fatal(err)
	}
	if left := len(f.vc.Disks()); left != len(f.foreign) {
		t.Errorf("%d disks are left, not %d", left, len(f.foreign))
	}
	f.onlyOursWereDeleted()
}

// TestAccVolumesFollowTheirMachines: Storage vMotion moves an instance's volumes to other files, and a catalogue may forget them
// altogether: they are the same volumes, and plans are empty.
func TestAccVolumesFollowTheirMachines(t *testing.T) {
	t.Parallel()
	for name, knobs := range map[string]vcsim.DiskKnobs{"followed": {}, "forgotten": {MovesAreLost: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newVolumesLab(t, vcsim.Options{Disks: knobs})
			at := volumesOf{instances: manyInstances, size: 1, attached: true}
			f.becomes(at)
			f.fill("first")
			f.move("vmfs-2")
			f.planIsEmpty() // which finds the disks again
			f.is(at)
			at.size, at.shift = 2, 1
			f.becomes(at)
			for _, d := range f.vc.Disks() {
				if f.ours[d.ID()] && !strings.HasPrefix(d.Path(), "[vmfs-2]") {
					t.Errorf("%s lies in %s", d.Name, d.Path())
				}
			}
			if err := f.ws.Destroy(); err != nil {
				t.Fatal(err)
			}
			f.onlyOursWereDeleted()
		})
	}
}
