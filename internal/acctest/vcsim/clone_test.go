// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/guests"
)

func yes() *bool { return types.NewBool(true) }

// wholeConfig sets every field that instances need.
func wholeConfig() *types.VirtualMachineConfigSpec {
	return &types.VirtualMachineConfigSpec{
		NumCPUs: 4, NumCoresPerSocket: types.NewInt32(2), MemoryMB: 2048, GuestId: "ubuntu64Guest", Annotation: "mine",
		Firmware: "bios", InstanceUuid: "5ca1ab1e-0000-4000-8000-000000000001", Version: "vmx-21",
		CpuAllocation:    &types.ResourceAllocationInfo{Reservation: types.NewInt64(500), Limit: types.NewInt64(4000)},
		MemoryAllocation: &types.ResourceAllocationInfo{Shares: &types.SharesInfo{Level: types.SharesLevelHigh}},
		BootOptions:      &types.VirtualMachineBootOptions{BootDelay: 1500},
		Flags:            &types.VirtualMachineFlagInfo{DiskUuidEnabled: yes()},
		CpuHotAddEnabled: yes(), MemoryHotAddEnabled: yes(), NestedHVEnabled: yes(),
		ManagedBy:     &types.ManagedByInfo{ExtensionKey: "org.novasphere", Type: "instance"},
		SwapPlacement: string(types.VirtualMachineConfigInfoSwapPlacementTypeHostLocal),
		ExtraConfig:   options("novasphere.server", "a", "guestinfo.userdata", "x"),
	}
}

// kept compares a machine with wholeConfig and gives what differs.
func kept(m mo.VirtualMachine) map[string]string {
	c, differ := m.Config, map[string]string{}
	check := func(name string, got, want any) {
		if !reflect.DeepEqual(got, want) {
			differ[name] = fmt.Sprintf("%v, want %v", got, want)
		}
	}
	check("cpus", c.Hardware.NumCPU, int32(4))
	check("cores", c.Hardware.NumCoresPerSocket, types.NewInt32(2))
	check("memory", c.Hardware.MemoryMB, int32(2048))
	check("guest", c.GuestId, "ubuntu64Guest")
	check("annotation", c.Annotation, "mine")
	check("summary annotation", m.Summary.Config.Annotation, "mine")
	check("firmware", c.Firmware, "bios")
	check("instance uuid", c.InstanceUuid, "5ca1ab1e-0000-4000-8000-000000000001")
	check("reservation", c.CpuAllocation.Reservation, types.NewInt64(500))
	check("limit", c.CpuAllocation.Limit, types.NewInt64(4000))
	check("shares", *c.MemoryAllocation.Shares, types.SharesInfo{Level: types.SharesLevelHigh, Shares: 20 * 2048})
	check("boot delay", c.BootOptions.BootDelay, int64(1500))
	check("disk uuid", c.Flags.DiskUuidEnabled, yes())
	check("cpu hot add", c.CpuHotAddEnabled, yes())
	check("memory hot add", c.MemoryHotAddEnabled, yes())
	check("nested", c.NestedHVEnabled, yes())
	check("managed by", c.ManagedBy, &types.ManagedByInfo{ExtensionKey: "org.novasphere", Type: "instance"})
	check("swap", c.SwapPlacement, "hostLocal")
	check("option", base.OptionText(c.ExtraConfig, "novasphere.server"), "a")
	check("image property", base.OptionText(c.ExtraConfig, "novasphere.image.hw_vif_model"), "VirtualVmxnet3")
	check("version", c.Version, "vmx-19")
	return differ
}

func TestCloneKeepsConfiguration(t *testing.T) {
	t.Parallel()
	t.Run("strict", func(t *testing.T) {
		t.Parallel()
		l := strict(t)
		if differ := kept(l.see(l.mustClone("a", wholeConfig()))); len(differ) > 0 {
			t.Errorf("lost: %v", differ)
		}
	})
	t.Run("unmodified", func(t *testing.T) {
		t.Parallel()
		l := unmodified(t)
		if differ := kept(l.see(l.mustClone("a", wholeConfig()))); len(differ) < 10 {
			t.Errorf("the simulator has learnt: it loses only %v", differ)
		}
	})
}

func TestCloneInheritsFromSource(t *testing.T) {
	t.Parallel()
	l := strict(t)
	source, got := l.see(l.template("debian-12")), l.see(l.mustClone("a", nil))
	for name, pair := range map[string][2]any{
		"annotation": {source.Config.Annotation, got.Config.Annotation},
		"guest":      {source.Config.GuestId, got.Config.GuestId},
		"firmware":   {source.Config.Firmware, got.Config.Firmware},
		"version":    {source.Config.Version, got.Config.Version},
		"memory":     {source.Config.Hardware.MemoryMB, got.Config.Hardware.MemoryMB},
		"option":     {"VirtualVmxnet3", base.OptionText(got.Config.ExtraConfig, "novasphere.image.hw_vif_model")},
		"disk":       {disksOf(source)[0].CapacityInBytes, disksOf(got)[0].CapacityInBytes},
		"disk key":   {disksOf(source)[0].Key, disksOf(got)[0].Key},
		"network":    {source.Network, got.Network},
		"template":   {false, got.Config.Template},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: %v of the source became %v", name, pair[0], pair[1])
		}
	}
	for _, other := range [][2]string{
		{source.Config.Uuid, got.Config.Uuid},
		{source.Config.InstanceUuid, got.Config.InstanceUuid},
		{fileOf(disksOf(source)[0]), fileOf(disksOf(got)[0])},
		{cards(source)[0].MacAddress, cards(got)[0].MacAddress},
	} {
		if other[0] == other[1] {
			t.Errorf("the clone shares %s with its source", other[0])
		}
	}
	removed := l.see(l.mustClone("b", &types.VirtualMachineConfigSpec{ExtraConfig: options("novasphere.image.hw_vif_model", "")}))
	if base.Option(removed.Config.ExtraConfig, "novasphere.image.hw_vif_model") != nil {
		t.Error("an empty value did not remove the option")
	}
}

// resized is an edit of the root disk as clients send it: the source's device with another size.
func resized(source mo.VirtualMachine, bytes int64) *types.VirtualMachineConfigSpec {
	disk := *disksOf(source)[0]
	disk.CapacityInBytes, disk.CapacityInKB = bytes, bytes/1024
	return &types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: &disk},
	}}
}

func TestCloneGrowsItsOwnDisk(t *testing.T) {
	t.Parallel()
	l := strict(t)
	before := l.see(l.template("debian-12"))
	got := disksOf(l.see(l.mustClone("a", resized(before, 10<<30))))
	if len(got) != 1 || got[0].CapacityInBytes != 10<<30 || got[0].CapacityInKB != 10<<20 {
		t.Fatalf("disks %+v", got)
	}
	if file := fileOf(got[0]); file != "[vmfs-1] a/a.vmdk" || !l.exists(file) {
		t.Errorf("the clone's disk is %s", file)
	}
	after := l.see(l.template("debian-12"))
	if !reflect.DeepEqual(disksOf(before), disksOf(after)) || !l.exists(fileOf(disksOf(after)[0])) {
		t.Error("the template's disk changed")
	}
	_, err := l.clone("b", resized(before, 1<<30))
	faults(t, err, &types.InvalidDeviceOperation{})
	l.absent("b")
	if l.exists("[vmfs-1] b") {
		t.Error("a refused clone left files")
	}

	u := unmodified(t)
	source := u.see(u.template("debian-12"))
	shared := disksOf(u.see(u.mustClone("a", resized(source, 10<<30))))
	if fileOf(shared[0]) != fileOf(disksOf(source)[0]) {
		t.Error("the simulator has learnt to give the clone a disk of its own")
	}
}

func TestCloneChangesDevices(t *testing.T) {
	t.Parallel()
	l := strict(t)
	source := l.see(l.template("debian-12"))
	nic := *source.Config.Hardware.Device[len(source.Config.Hardware.Device)-1].(*types.VirtualVmxnet3)
	nic.Backing, nic.MacAddress, nic.AddressType = l.network("public"), "00:50:56:0a:0b:0c", "manual"
	second := &types.VirtualVmxnet3{}
	second.Key, second.Backing = -1, l.network("private")
	data := &types.VirtualDisk{CapacityInBytes: 5 << 30}
	data.Key, data.ControllerKey, data.UnitNumber = -2, 1000, types.NewInt32(1)
	data.Backing = &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent", ThinProvisioned: yes()}
	got := l.see(l.mustClone("a", &types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: "edit", Device: &nic},
		&types.VirtualDeviceConfigSpec{Operation: "add", Device: second},
		&types.VirtualDeviceConfigSpec{Operation: "add", FileOperation: "create", Device: data},
	}}))
	c, d := cards(got), disksOf(got)
	if len(c) != 2 || c[0].MacAddress != "00:50:56:0a:0b:0c" || c[0].AddressType != "manual" || c[1].AddressType != "assigned" {
		t.Fatalf("NICs %+v", c)
	}
	if guests.NetworkKey(c[0]) == guests.NetworkKey(c[1]) || len(got.Network) != 2 {
		t.Errorf("NICs on %s and %s, networks %v", guests.NetworkKey(c[0]), guests.NetworkKey(c[1]), got.Network)
	}
	if len(d) != 2 || d[1].CapacityInBytes != 5<<30 || fileOf(d[1]) != "[vmfs-1] a/a_1.vmdk" {
		t.Errorf("disks %+v", d)
	}
	bare := l.see(l.mustClone("b", &types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: "remove", Device: &nic},
	}}))
	if len(cards(bare)) != 0 || len(bare.Network) != 0 {
		t.Errorf("the removed NIC is there: %v", bare.Network)
	}
}

func TestClonePlacement(t *testing.T) {
	t.Parallel()
	l := strict(t)
	store, err := l.find.Datastore(l.ctx, "vmfs-2")
	l.ok(err)
	host, err := l.find.HostSystem(l.ctx, "compute/esx-2")
	l.ok(err)
	ds, esx := store.Reference(), host.Reference()
	got := l.see(l.mustClone("a", nil, func(s *types.VirtualMachineCloneSpec) { s.Location.Datastore, s.Location.Host = &ds, &esx }))
	if *got.Runtime.Host != esx || got.Datastore[0] != ds || fileOf(disksOf(got)[0]) != "[vmfs-2] a/a.vmdk" {
		t.Errorf("host %v, datastore %v, disk %s", got.Runtime.Host, got.Datastore, fileOf(disksOf(got)[0]))
	}
	if running := l.see(l.mustClone("b", nil, on)); running.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		t.Error("powerOn was not honoured")
	}
	if image := l.see(l.mustClone("c", nil, func(s *types.VirtualMachineCloneSpec) { s.Template = true })); !image.Config.Template {
		t.Error("template was not honoured")
	}
	_, err = l.clone("d", nil, func(s *types.VirtualMachineCloneSpec) { s.Location.Pool = nil })
	faults(t, err, &types.InvalidArgument{})
	_, err = l.clone("d", nil, func(s *types.VirtualMachineCloneSpec) { s.Location.Datastore = &esx })
	faults(t, err, &types.InvalidArgument{})
	_, err = l.clone("d", nil, func(s *types.VirtualMachineCloneSpec) {
		s.Location.Datastore = &types.ManagedObjectReference{Type: "Datastore", Value: "datastore-999"}
	})
	faults(t, err, &types.ManagedObjectNotFound{})
	l.absent("d")
}

func TestLinkedClone(t *testing.T) {
	t.Parallel()
	l := strict(t)
	source := l.mustClone("source", nil)
	snapshot, err := l.task(source.CreateSnapshot(l.ctx, "s", "", false, false))
	l.ok(err)
	pool := l.pool.Reference()
	ref, err := l.task(source.Clone(l.ctx, l.folder, "child", types.VirtualMachineCloneSpec{
		Location: types.VirtualMachineRelocateSpec{Pool: &pool, DiskMoveType: "createNewChildDiskBacking"}, Snapshot: &snapshot,
	}))
	l.ok(err)
	var m mo.VirtualMachine
	l.ok(l.c.RetrieveOne(l.ctx, ref, []string{"config"}, &m))
	backing := disksOf(m)[0].Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	if backing.Parent == nil || backing.Parent.FileName != "[vmfs-1] source/source.vmdk" || disksOf(m)[0].CapacityInBytes != 2<<30 {
		t.Errorf("backing %+v", backing)
	}
}

// TestFullCloneOfASnapshot grows a disk that has a parent only where the clone makes one file of both.
func TestFullCloneOfASnapshot(t *testing.T) {
	t.Parallel()
	l := strict(t)
	source := l.mustClone("source", nil)
	_, err := l.task(source.CreateSnapshot(l.ctx, "s", "", false, false))
	l.ok(err)
	pool := l.pool.Reference()
	var m mo.VirtualMachine
	l.ok(l.c.RetrieveOne(l.ctx, source.Reference(), []string{"config"}, &m))
	full := func(name, move string, gib int64) error {
		disk := *disksOf(m)[0]
		disk.CapacityInBytes, disk.CapacityInKB = gib<<30, gib<<20
		_, err := l.task(source.Clone(l.ctx, l.folder, name, types.VirtualMachineCloneSpec{
			Location: types.VirtualMachineRelocateSpec{Pool: &pool, DiskMoveType: move},
			Config: &types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
				&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: &disk}}},
		}))
		return err
	}
	l.ok(full("same", "", 2))
	faults(t, full("larger", "", 4), &types.InvalidDeviceOperation{})
	faults(t, full("larger", "moveAllDiskBackingsAndAllowSharing", 4), &types.InvalidDeviceOperation{})
	l.absent("larger")
	l.ok(full("larger", "moveAllDiskBackingsAndConsolidate", 4))
}

func TestManyClones(t *testing.T) {
	t.Parallel()
	both(t, func(l *lab) {
		const n, parallel = 100, 10
		begun := time.Now()
		var all sync.WaitGroup
		names := make(chan string)
		for range parallel {
			all.Go(func() {
				for name := range names {
					if _, err := l.clone(name, &types.VirtualMachineConfigSpec{NumCPUs: 2, ExtraConfig: options("k", name)}, on); err != nil {
						l.Errorf("%s: %v", name, err)
					}
				}
			})
		}
		for i := range n {
			names <- fmt.Sprintf("vm-%03d", i)
		}
		close(names)
		all.Wait()
		l.Logf("%d clones, %d at a time: %s", n, parallel, time.Since(begun))
		made, err := l.find.VirtualMachineList(l.ctx, "/dc1/vm/vm-*")
		l.ok(err)
		macs := map[string]bool{}
		for _, vm := range made {
			macs[cards(l.see(vm, "config.hardware.device", "config.extraConfig"))[0].MacAddress] = true
		}
		if len(made) != n || (!l.v.options.Unmodified && len(macs) != n) {
			l.Errorf("%d machines, %d addresses", len(made), len(macs))
		}
	})
}
