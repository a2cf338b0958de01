// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/object"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// volumeLab is a vCenter with a volume of 3 GiB that holds something, a snapshot of it, and a flavor without a disk.
type volumeLab struct {
	vc                      *acctest.VCenter
	p                       *protocol.Provider
	image, volume, snapshot string
}

func volumeLabOf(t *testing.T, options vcsim.Options) volumeLab {
	t.Helper()
	vc := acctest.Start(t, options)
	l := volumeLab{vc: vc, p: vc.Provider(t, nil), image: vc.VM("images/debian-12").Config.InstanceUuid}
	l.volume = vc.MakeDisk("there", 3<<10)
	vc.WriteDisk(vc.Disk("there"), 1<<20, "a system")
	l.snapshot = l.volume + "/" + vc.SnapshotDisk(vc.Disk("there"))
	l.p.Bring("novasphere_compute_flavor", map[string]any{"name": "v.none", "vcpus": 1, "ram": 1024, "disk": 0},
		l.p.None("novasphere_compute_flavor"))
	return l
}

// instance returns an instance with some blocks.
func (l volumeLab) instance(blocks ...any) map[string]any {
	return map[string]any{"name": "web", "flavor_name": "v.none", "wait_for_ip": "0s", "block_device": blocks,
		"network": []any{map[string]any{"name": "public"}}}
}

// to returns a block of a volume that boots.
func to(source, id string, more map[string]any) map[string]any {
	out := map[string]any{"source_type": source, "uuid": id, "destination_type": "volume", "boot_index": 0}
	for key, value := range more {
		if out[key] = value; value == nil {
			delete(out, key)
		}
	}
	return out
}

// made returns the names of the first class disks that were not there before.
func (l volumeLab) made() (names []string) {
	for _, disk := range l.vc.Disks() {
		if disk.Name != "there" {
			names = append(names, disk.Name)
		}
	}
	return names
}

// TestBootVolumesKilled: a creation that is killed at any of its calls is taken up once its VM is imported, without a lost or a second
// disk; a destruction that is killed goes on.
func TestBootVolumesKilled(t *testing.T) {
	t.Parallel()
	everything := func(l volumeLab) []any {
		return []any{to("snapshot", l.snapshot, map[string]any{"volume_size": 4}),
			to("blank", "", map[string]any{"uuid": nil, "volume_size": 2, "boot_index": -1}),
			to("image", l.image, map[string]any{"volume_size": 5, "boot_index": -1, "delete_on_termination": true})}
	}
	image := func(l volumeLab) []any { return []any{to("image", l.image, map[string]any{"volume_size": 5})} }
	for _, c := range []struct {
		blocks func(volumeLab) []any
		made   []string
		calls  []string
	}{
		{image, []string{"web-0"}, []string{"RegisterDisk", "VCenterUpdateVStorageObjectMetadataEx_Task", "SetVStorageObjectControlFlags",
			"PowerOnVM_Task"}},
		{everything, []string{"web-0", "web-1", "web-2"}, []string{"CreateDiskFromSnapshot_Task", "VCenterUpdateVStorageObjectMetadataEx_Task",
			"ExtendDisk_Task", "AttachDisk_Task", "CreateDisk_Task", "CopyVirtualDisk_Task", "RegisterDisk", "ReconfigVM_Task", "PowerOnVM_Task"}},
	} {
		for _, call := range c.calls {
			t.Run(fmt.Sprint(len(c.made), call), func(t *testing.T) {
				t.Parallel()
				l := volumeLabOf(t, vcsim.Options{})
				wanted := l.instance(c.blocks(l)...)
				killAt(t, l.vc, call, wanted)
				plan := l.p.Plan(kindOfInstance, wanted, l.p.None(kindOfInstance))
				if reported := fmt.Sprint(plan.Errors()); !strings.Contains(reported, "exists already") {
					t.Fatalf("the name is met with %v", reported)
				}
				found, reported := l.p.Import(kindOfInstance, l.vc.VM("OpenStack/web").Config.InstanceUuid)
				if len(protocol.Errors(reported)) > 0 {
					t.Fatal(reported)
				}
				web := l.p.Bring(kindOfInstance, wanted, found)
				vm := l.vc.VM("OpenStack/web")
				if err := differ(map[string]any{"made": l.made(), "attached": len(l.vc.Attached(vm)), "power": string(vm.Runtime.PowerState),
					"unfinished": acctest.Extra(vm)["novasphere.unfinished"]},
					map[string]any{"made": c.made, "attached": len(c.made), "power": "poweredOn", "unfinished": ""}); err != nil {
					t.Error(err)
				}
				l.p.Destroy(web)
				if left := l.made(); len(left) != len(c.made)-len(c.made)/3 {
					t.Errorf("left are %v", left)
				}
			})
		}
	}
}

// TestBootVolumesDestroyedUnfinished: with an instance that never came to its first start go the volumes that were made for it.
func TestBootVolumesDestroyedUnfinished(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	wanted := l.instance(to("volume", l.volume, nil), to("blank", "", map[string]any{"uuid": nil, "volume_size": 2, "boot_index": -1}))
	killAt(t, l.vc, "ReconfigVM_Task", wanted)
	found, reported := l.p.Import(kindOfInstance, l.vc.VM("OpenStack/web").Config.InstanceUuid)
	if len(protocol.Errors(reported)) > 0 || len(l.made()) != 1 {
		t.Fatal(reported, l.made())
	}
	l.p.Destroy(found)
	if left := l.made(); len(left) > 0 || l.vc.DiskDeletes()[l.volume] != 0 {
		t.Errorf("left are %v, deleted were %v", left, l.vc.DiskDeletes())
	}
}

// TestBootVolumesOfOneThatRan: an instance whose creation failed once it was started may have written to its volumes: they stay, also where
// it is off by the time that it is destroyed.
func TestBootVolumesOfOneThatRan(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	var blind atomic.Bool
	wire := l.vc.Between(t, func(c acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		switch {
		case c.Name == "PowerOnVM_Task":
			blind.Store(true)
			return ask()
		case blind.Load() && strings.HasPrefix(c.Name, "RetrievePropertiesEx"):
			return acctest.Refusal("RuntimeFault")
		}
		return nil
	})
	l.p = l.vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile})
	failed, reported := l.p.Apply(l.p.Plan(kindOfInstance, l.instance(to("image", l.image, map[string]any{"volume_size": 5})),
		l.p.None(kindOfInstance)))
	if len(protocol.Errors(reported)) == 0 || len(l.made()) != 1 {
		t.Fatal(reported, l.made())
	}
	blind.Store(false)
	vm := object.NewVirtualMachine(l.vc.Client().Client, l.vc.VM("OpenStack/web").Self)
	task, err := vm.PowerOff(t.Context())
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	failed, _ = l.p.Read(failed)
	l.p.Destroy(failed)
	if left := l.made(); len(left) != 1 || len(l.vc.DiskDeletes()) > 0 || len(l.vc.VMs("OpenStack/*")) > 0 {
		t.Errorf("left are %v, deleted were %v", left, l.vc.DiskDeletes())
	}
}

// TestBootVolumeRefused: where the vCenter makes no volume of a disk while a machine has it, that happens when the instance is destroyed.
func TestBootVolumeRefused(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{Disks: vcsim.DiskKnobs{RegisterOffOnly: true}})
	wanted := l.instance(to("image", l.image, map[string]any{"volume_size": 5}))
	web := l.p.Bring(kindOfInstance, wanted, l.p.None(kindOfInstance))
	if vm := l.vc.VM("OpenStack/web"); len(l.made()) > 0 || string(vm.Runtime.PowerState) != "poweredOn" {
		t.Errorf("%v were made, and it is %s", l.made(), vm.Runtime.PowerState)
	}
	web, _ = l.p.Read(web)
	if again := l.p.Plan(kindOfInstance, wanted, web); again.Action != protocol.Nothing {
		t.Errorf("the next plan is to %s", again.Action)
	}
	plan := l.p.PlanDelete(web)
	if told := fmt.Sprint(plan.Diagnostics); !strings.Contains(told, "the volume that its root disk [vmfs-") ||
		!strings.Contains(told, "becomes (5 GiB, datastore vmfs-") {
		t.Errorf("the plan says %s", told)
	}
	l.p.Destroy(web)
	if left := l.vc.Disk("web-0"); left.CapacityInMB != 5<<10 || left.KeepAfterDeleteVm == nil || !*left.KeepAfterDeleteVm ||
		left.Note("novasphere.source") != "image:"+l.image || left.Note("novasphere.image.hw_firmware_type") != "uefi" {
		t.Errorf("left is %+v", left)
	}
}
