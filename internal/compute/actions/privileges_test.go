// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// attempts are invocations of an action, one after the other, as several accounts make them.
type attempts struct {
	action, feature string
	prepare         func(s *scene)   // before each attempt; nil: nothing
	begin, end      string           // actions before and after each attempt, by an administrator
	config          []map[string]any // of the invocations
	imageOf         string           // the name of the image to rescue with, of which each attempt makes a copy; empty: the instance's own
}

// manyDisks turns web off and gives it disks, and drives, until its controllers have no place for another one.
func manyDisks(s *scene) {
	s.t.Helper()
	s.invoke("power", map[string]any{"state": "shutoff"})
	devices := object.VirtualDeviceList(s.vm().Config.Hardware.Device)
	slots := hardware.SlotsOf(devices, s.vm().Config.Version)
	var free []hardware.Place
	for key := range slots.Controllers {
		free = append(free, slots.FreeOn(key)...)
	}
	var spec types.VirtualMachineConfigSpec
	for i, at := range free {
		if at.Kind == "ide" { // a disk there would come before the root disk
			drive := &types.VirtualCdrom{VirtualDevice: types.VirtualDevice{Key: int32(-1 - i), ControllerKey: slots.KeyOf(at),
				UnitNumber: &at.Unit, Backing: &types.VirtualCdromRemotePassthroughBackingInfo{}}}
			spec.DeviceChange = append(spec.DeviceChange, hardware.Add(drive))
			continue
		}
		disk := &types.VirtualDisk{CapacityInKB: 1 << 10, CapacityInBytes: 1 << 20}
		disk.Key, disk.ControllerKey, disk.UnitNumber = int32(-1-i), slots.KeyOf(at), &at.Unit
		backing := &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent", ThinProvisioned: types.NewBool(true)}
		backing.FileName = strings.Replace(s.vm().Config.Files.VmPathName, ".vmx", fmt.Sprintf("-%s-%d-%d.vmdk", at.Kind, at.Bus, at.Unit), 1)
		disk.Backing = backing
		spec.DeviceChange = append(spec.DeviceChange, hardware.Create(disk))
	}
	task, err := object.NewVirtualMachine(s.vc.Client().Client, s.vm().Self).Reconfigure(s.t.Context(), spec)
	if err == nil {
		err = task.Wait(s.t.Context())
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// forgetCopies deletes the copies of images, half made ones too, which the next attempt would wait for.
func (s *scene) forgetCopies() {
	s.t.Helper()
	for _, vm := range s.vc.VMs("novasphere/novasphere-image-*") {
		task, err := object.NewVirtualMachine(s.vc.Client().Client, vm.Self).Destroy(s.t.Context())
		if err == nil {
			err = task.Wait(s.t.Context())
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// TestActionPrivilegesOfSnapshotsAndRescues: with the privileges that the table gives an action it works and asks for no others, and
// without each of them an error names it.
func TestActionPrivilegesOfSnapshotsAndRescues(t *testing.T) {
	t.Parallel()
	once := []map[string]any{nil}
	for name, c := range map[string]attempts{
		"snapshot": {action: "snapshot", config: []map[string]any{snapshot("create"), snapshot("revert"), snapshot("delete")}},
		"rescue":   {action: "rescue", end: "unrescue", config: once},
		"rescue with an item of a library": {action: "rescue", feature: "an image in a content library", end: "unrescue", config: once,
			imageOf: vcsim.LibraryItem},
		"rescue of one with many disks": {action: "rescue", feature: "another disk controller", prepare: manyDisks, end: "unrescue",
			config: once},
		"unrescue": {action: "unrescue", begin: "rescue", config: once},
		"shelve":   {action: "shelve", end: "unshelve", config: once},
		"unshelve": {action: "unshelve", begin: "shelve", config: once},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.make(t)
		})
	}
}

func (c attempts) make(t *testing.T) {
	t.Helper()
	s := sceneOf(t, nil)
	if c.imageOf != "" {
		found, said := s.p.Query("novasphere_images_image", map[string]any{"name": c.imageOf})
		if len(protocol.Errors(said)) > 0 {
			t.Fatal(said)
		}
		if err := found["id"].As(&c.imageOf); err != nil {
			t.Fatal(err)
		}
		c.config = []map[string]any{{"rescue_image_id": c.imageOf}}
	}
	noun := "compute_instance_" + c.action
	base, all := privileges.Of(noun), privileges.Of(noun, c.feature)
	if said := c.as(s, "all", all); said != "" || len(all) == 0 {
		t.Errorf("with all %d of them: %s", len(all), said)
	}
	needs := acctest.Needed(t, s.vc.Asked("all"))
	for _, g := range needs {
		if !slices.Contains(all, g) {
			t.Errorf("it asks for %s on %s, which the table does not give it", g.Privilege, g.On)
		}
	}
	for i, g := range all {
		if c.feature != "" && slices.Contains(base, g) {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(all), func(one privileges.Granted) bool { return one == g })
		if said := c.as(s, fmt.Sprintf("without-%d", i), rest); !strings.Contains(said, g.Privilege) {
			t.Errorf("without %s it says %q", g.Privilege, said)
		}
	}
}

// as makes an attempt as an account with some privileges, and returns its errors. An administrator comes to the end of what was begun.
func (c attempts) as(s *scene, name string, has []privileges.Granted) (said string) {
	s.t.Helper()
	if c.prepare != nil {
		c.prepare(s)
	}
	if c.begin != "" {
		s.invoke(c.begin, nil)
	}
	p := s.vc.Provider(s.t, s.vc.Restricted(name, has))
	for _, config := range c.config {
		out := p.Invoke("novasphere_compute_instance_"+c.action, s.config(config))
		said += fmt.Sprint(protocol.Errors(out.Said))
	}
	s.forgetCopies()
	for _, config := range c.config {
		s.p.Invoke("novasphere_compute_instance_"+c.action, s.config(config))
	}
	if c.end != "" {
		s.invoke(c.end, nil)
	}
	s.forgetCopies()
	return strings.ReplaceAll(said, "[]", "")
}
