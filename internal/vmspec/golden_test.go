package vmspec

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// Why a recording cannot be compared. There is no fifth reason.
const (
	novaOnly  = "a mechanism that only Nova has"
	volumes   = "volumes"
	defect    = "a defect of Nova's"
	simulator = "the simulator's own topology"
)

// excluded are the recordings whose instance is not compared, by what is odd about them, so that recordings which are not at
// hand today find their reason too.
var excluded = []struct {
	reason string
	what   string
	is     func(r recordings.Recording) bool
}{
	{novaOnly, "it never came to an instance: Nova's own configuration file was refused at its start", func(r recordings.Recording) bool {
		return slices.ContainsFunc(r.Steps, func(s recordings.Step) bool { return s.Op == "driver_init" && s.Error != nil })
	}},
	{novaOnly, "datastore_regex of Nova's configuration file matched nothing: here it is the provider's argument",
		func(r recordings.Recording) bool {
			return r.Refused() != nil && strings.Contains(r.Refused().Message, "Datastore regex")
		}},
	{novaOnly, "integration_bridge of Nova's configuration file, for a network service that is long gone", func(r recordings.Recording) bool {
		return r.Input.Conf["vmware.integration_bridge"] != nil
	}},
	{volumes, "the root disk is a volume", func(r recordings.Recording) bool { return len(r.Input.BlockDevice) > 0 }},
	{defect, "Nova stumbles over itself: no other version of it sends this", func(r recordings.Recording) bool {
		return r.Refused() != nil && (r.Refused().Class == "builtins.UnicodeDecodeError" || r.Refused().Class == "builtins.AttributeError")
	}},
	{defect, "it sends a guest id that no vCenter takes, without a look", func(r recordings.Recording) bool {
		id := r.Input.Image.Properties["vmware_ostype"]
		return id != nil && !isGuestID(fmt.Sprint(id)) && r.Refused() == nil
	}},
}

func TestGolden(t *testing.T) {
	t.Parallel()
	all := recordings.All(t)
	if len(all) == 0 {
		t.Fatal("no recordings")
	}
	for _, r := range all {
		t.Run(r.Name, func(t *testing.T) {
			for _, e := range excluded {
				if e.is(r) {
					t.Logf("not compared: %s: %s", e.reason, e.what)
					return
				}
			}
			compareRecording(t, r)
		})
	}
}

// TestFewAreExcluded keeps the list of exclusions what it says.
func TestFewAreExcluded(t *testing.T) {
	t.Parallel()
	all, names := recordings.Condensed(t), map[string][]string{}
	for _, r := range all {
		for _, e := range excluded {
			if e.is(r) {
				names[e.what] = append(names[e.what], r.Name)
				break
			}
		}
	}
	left := 0
	for _, e := range excluded {
		if !slices.Contains([]string{novaOnly, volumes, defect, simulator}, e.reason) || len(names[e.what]) == 0 {
			t.Errorf("%s (%s) excludes %v", e.what, e.reason, names[e.what])
		}
		left += len(names[e.what])
	}
	if len(all) < 130 || left > 10 {
		t.Errorf("%d of %d recordings are not compared: %v", left, len(all), names)
	}
}

func compareRecording(t *testing.T, r recordings.Recording) {
	wish := wishOf(r)
	err := refusal(r, wish)
	if refused := r.Refused(); refused != nil {
		if err == nil {
			t.Errorf("Nova refuses it (%s), we do not", refused.Message)
		}
		return
	}
	if err != nil {
		t.Fatalf("Nova makes it, and we say: %s", err)
	}
	got, _, err := Desired(wish)
	if err != nil {
		t.Fatalf("Nova makes it, and we say: %s", err)
	}
	want := r.Spawned(t)
	compareSpec(t, got, want)
	compareDisks(t, got, want, r.Input.Image.DiskFormat != "iso")
	compareOps(t, r, wish)
}

// refusal is what the plan of such an instance says.
func refusal(r recordings.Recording, wish Instance) error {
	const gib = 1 << 30
	for _, err := range []error{Usable(wish.Flavor), Copyable(r.Input.Image.DiskFormat),
		Fits(wish.Flavor, "image", (r.Input.Image.Size+gib-1)/gib)} {
		if err != nil {
			return err
		}
	}
	if _, _, err := Desired(wish); err != nil {
		return err
	}
	needs, err := needsOf(wish.Flavor, wish.Properties)
	if err == nil && needs.StoragePolicy == "nope" && r.Input.Conf["vmware.pbm_enabled"] == true {
		err = fmt.Errorf("no storage policy %q", needs.StoragePolicy) // internal/vcenter looks it up
	}
	return err
}

// novaReads drops the keys that Nova's VMware driver passes over and we translate: they differ on purpose.
func novaReads(values map[string]string, key func(Row) string) map[string]string {
	ours := slices.Concat(kvmRows, slices.DeleteFunc(slices.Clone(vmwareRows), func(r Row) bool {
		return r.ExtraSpec == "vmware:hw_version" || r.ExtraSpec == "vmware:storage_policy"
	}))
	out := maps.Clone(values)
	maps.DeleteFunc(out, func(k, _ string) bool { return slices.ContainsFunc(ours, func(r Row) bool { return key(r) == k }) })
	return out
}

func wishOf(r recordings.Recording) Instance {
	f := r.Flavor()
	f.ExtraSpecs = novaReads(f.ExtraSpecs, func(row Row) string { return row.ExtraSpec })
	w := Instance{ID: "a0000000-0000-4000-8000-000000000001", Name: "test-vm", Flavor: f,
		Properties: novaReads(r.Properties(), func(row Row) string { return row.Property }),
		ImageID:    "b0000000-0000-4000-8000-000000000001", Owner: Owner{User: "demo", Project: "p"}}
	if name, ok := r.Input.Instance["display_name"]; ok {
		w.Name = strings.ReplaceAll(fmt.Sprint(name), "<nil>", "None") // an instance of ours always has one
	}
	if r.Input.Image.DiskFormat == "iso" {
		w.ISO = hardware.ISO{File: "[ds] image.iso", Store: types.ManagedObjectReference{Type: "Datastore", Value: "datastore-1"}}
	}
	if r.Input.Conf["vmware.pbm_enabled"] == true {
		w.PolicyID = "policy"
	}
	for i, n := range r.Input.Networks {
		w.NICs = append(w.NICs, nicOf(n, i))
	}
	return w
}

// nicOf is a NIC on the network that Nova was told of. Where it was given a name, Nova looks it up in the cluster, and so do we
// before a specification is built: one that is not there is a network without a kind.
func nicOf(n recordings.Network, i int) NIC {
	nic := NIC{MAC: fmt.Sprintf("fa:16:3e:00:00:%02x", i+1), Port: fmt.Sprintf("c0000000-0000-4000-8000-%012d", i+1)}
	if n.MAC != "" {
		nic.MAC, nic.Port = n.MAC, n.PortID
	}
	name := n.Details["dvs_port_group_name"]
	if name == "" {
		name = n.Bridge
	}
	switch {
	case n.Type == "ovs":
		nic.Network = openstack.Network{Kind: openstack.NetworkOpaque, OpaqueID: n.Details["nsx-logical-switch-id"],
			OpaqueType: "nsx.LogicalSwitch"}
		if nic.Network.OpaqueID == "" {
			nic.Network.OpaqueID = n.NetworkID
		}
	case n.Details["dvs_id"] != "":
		nic.Network = openstack.Network{Kind: openstack.NetworkDistributed, SwitchUUID: n.Details["dvs_id"], PortgroupKey: n.Details["pg_id"]}
	case strings.Contains("DC0_DVPG0", name):
		nic.Network = openstack.Network{Kind: openstack.NetworkDistributed, SwitchUUID: "${DVS_UUID}", PortgroupKey: "${PG_KEY_0}"}
	}
	return nic
}

func compareSpec(t *testing.T, got, want types.VirtualMachineConfigSpec) {
	t.Helper()
	if got.NumCPUs != want.NumCPUs || got.MemoryMB != want.MemoryMB || *got.NumCoresPerSocket != *want.NumCoresPerSocket {
		t.Errorf("%d vcpus, %d a socket, %d MB; Nova: %d, %d, %d", got.NumCPUs, *got.NumCoresPerSocket, got.MemoryMB, want.NumCPUs,
			*want.NumCoresPerSocket, want.MemoryMB)
	}
	if !hardware.SameAllocation(want.CpuAllocation, got.CpuAllocation) || !hardware.SameAllocation(want.MemoryAllocation, got.MemoryAllocation) {
		t.Errorf("allocations %+v %+v; Nova: %+v %+v", got.CpuAllocation, got.MemoryAllocation, want.CpuAllocation, want.MemoryAllocation)
	}
	if guest := got.GuestId; got.Firmware != want.Firmware || got.InstanceUuid != want.InstanceUuid || guest != want.GuestId &&
		(guest != "" || want.GuestId != "otherGuest") {
		t.Errorf("firmware %q, guest %q; Nova: %q, %q", got.Firmware, got.GuestId, want.Firmware, want.GuestId)
	}
	if got.Version != want.Version || isTrue(got.NestedHVEnabled) != isTrue(want.NestedHVEnabled) || videoRAM(got) != videoRAM(want) ||
		len(got.VmProfile) != len(want.VmProfile) {
		t.Errorf("version %q, nested %v, video %d KB, %d profiles; Nova: %q, %v, %d, %d", got.Version, got.NestedHVEnabled, videoRAM(got),
			len(got.VmProfile), want.Version, want.NestedHVEnabled, videoRAM(want), len(want.VmProfile))
	}
	for _, o := range want.ExtraConfig {
		key, value := o.GetOptionValue().Key, o.GetOptionValue().Value
		if option(got, key) != value && !strings.HasPrefix(key, "RemoteDisplay.vnc.") { // no VNC without a password: on purpose
			t.Errorf("extraConfig lacks %s = %v", key, value)
		}
	}
	compareAnnotation(t, got.Annotation, want.Annotation)
	compareCards(t, cards(got), cards(want))
}

func compareAnnotation(t *testing.T, got, want string) {
	t.Helper()
	ours := strings.Split(got, "\n")
	for i, line := range strings.Split(want, "\n") {
		key, value, _ := strings.Cut(line, ":")
		personal := strings.HasPrefix(key, "user") || strings.HasPrefix(key, "project") || key == "package"
		if i >= len(ours) || personal && !strings.HasPrefix(ours[i], key+":") || !personal && ours[i] != line {
			t.Errorf("annotation line %d is not %s:%s", i, key, value)
		}
	}
}

func videoRAM(spec types.VirtualMachineConfigSpec) int64 {
	for _, change := range spec.DeviceChange {
		if card, ok := change.GetVirtualDeviceConfigSpec().Device.(*types.VirtualMachineVideoCard); ok {
			return card.VideoRamSizeInKB
		}
	}
	return 0
}

func cards(spec types.VirtualMachineConfigSpec) []types.BaseVirtualEthernetCard {
	var out []types.BaseVirtualEthernetCard
	for _, change := range spec.DeviceChange {
		if card, ok := change.GetVirtualDeviceConfigSpec().Device.(types.BaseVirtualEthernetCard); ok {
			out = append(out, card)
		}
	}
	return out
}

func compareCards(t *testing.T, got, want []types.BaseVirtualEthernetCard) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d NICs; Nova: %d", len(got), len(want))
	}
	for i := range want {
		g, w := got[i].GetVirtualEthernetCard(), want[i].GetVirtualEthernetCard()
		if fmt.Sprintf("%T", got[i]) != fmt.Sprintf("%T", want[i]) || g.Key != w.Key || g.MacAddress != w.MacAddress ||
			g.AddressType != w.AddressType || g.ExternalId != w.ExternalId ||
			*g.WakeOnLanEnabled != *w.WakeOnLanEnabled || *g.Connectable != *w.Connectable || !hardware.SamePlug(masked(g.Backing), masked(w.Backing)) ||
			(g.ResourceAllocation == nil) != (w.ResourceAllocation == nil) || w.ResourceAllocation != nil &&
			!hardware.SameTraffic(w.ResourceAllocation, g.ResourceAllocation) {
			t.Errorf("NIC %d: %T %+v; Nova: %T %+v", i, got[i], g, want[i], w)
		}
	}
}

// masked is a backing without the portgroup's key, which is another one in every simulator.
func masked(backing types.BaseVirtualDeviceBackingInfo) types.BaseVirtualDeviceBackingInfo {
	if b, ok := backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo); ok && b.Port.PortgroupKey != "" {
		return &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{}
	}
	return backing
}

// novaDisk is what is compared of a disk.
type novaDisk struct {
	kib  int64
	thin bool
}

// compareDisks compares the root disk, its adapter and its share of the storage, and the disks beside it. Where the image does
// not name an adapter ours is the template's, and Nova's is lsiLogic. What kind of disk an image is copied to is its template's.
func compareDisks(t *testing.T, got, want types.VirtualMachineConfigSpec, copied bool) {
	t.Helper()
	ours, theirs := disksOf(got), disksOf(want)
	if len(ours) == 0 || len(theirs) == 0 {
		if len(ours) != len(theirs) {
			t.Errorf("%d disks; Nova: %d", len(ours), len(theirs))
		}
		compareCDs(t, got, want)
		return
	}
	if !hardware.SameStorage(theirs[0].StorageIOAllocation, ours[0].StorageIOAllocation) {
		t.Errorf("root disk %+v; Nova: %+v", ours[0].StorageIOAllocation, theirs[0].StorageIOAllocation)
	}
	adapter := adapterOf(got)
	if adapter == "" {
		adapter = "VirtualLsiLogicController"
	}
	if adapter != adapterOf(want) {
		t.Errorf("the root disk's adapter is %s; Nova: %s", adapter, adapterOf(want))
	}
	var have, wish []novaDisk
	for i, disk := range ours {
		have = append(have, novaDisk{kib: disk.CapacityInKB, thin: i > 0})
	}
	for i, disk := range theirs {
		backing, _ := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		wish = append(wish, novaDisk{kib: disk.CapacityInKB, thin: i > 0 && backing != nil && isTrue(backing.ThinProvisioned)})
	}
	if !slices.Equal(have, wish) {
		t.Errorf("disks %v; Nova: %v", have, wish)
	}
	if !copied {
		compareCDs(t, got, want)
	}
}

func disksOf(spec types.VirtualMachineConfigSpec) (out []*types.VirtualDisk) {
	for _, change := range spec.DeviceChange {
		c := change.GetVirtualDeviceConfigSpec()
		if disk, ok := c.Device.(*types.VirtualDisk); ok && c.Operation == types.VirtualDeviceConfigSpecOperationAdd {
			out = append(out, disk)
		}
	}
	return out
}

// adapterOf is the type of the controller that the specification adds, or the IDE one that every machine has.
func adapterOf(spec types.VirtualMachineConfigSpec) string {
	for _, change := range spec.DeviceChange {
		device := change.GetVirtualDeviceConfigSpec().Device
		if _, ok := device.(types.BaseVirtualController); ok {
			return strings.TrimPrefix(fmt.Sprintf("%T", device), "*types.")
		}
		if disk, ok := device.(*types.VirtualDisk); ok && disk.ControllerKey == hardware.IDEKey {
			return "VirtualIDEController"
		}
	}
	return ""
}

func compareCDs(t *testing.T, got, want types.VirtualMachineConfigSpec) {
	t.Helper()
	count := func(spec types.VirtualMachineConfigSpec) (n int) {
		for _, change := range spec.DeviceChange {
			if _, ok := change.GetVirtualDeviceConfigSpec().Device.(*types.VirtualCdrom); ok {
				n++
			}
		}
		return n
	}
	if count(got) != count(want) {
		t.Errorf("%d CD-ROMs; Nova: %d", count(got), count(want))
	}
}

// compareOps compares what follows upon the instance's making, as far as it is in a specification: resizes, and NICs that come
// and go. Power states have none; snapshots, rescue, consoles and migrations are not part of an instance's description.
func compareOps(t *testing.T, r recordings.Recording, wish Instance) {
	t.Helper()
	ports, steps := map[string]string{}, r.Steps
	for i, nic := range wish.NICs {
		ports[fmt.Sprintf("%s%d", PortKey, i)] = nic.Port
	}
	for i, op := range r.Input.Ops {
		step := steps[min(i+1, len(steps)-1)]
		switch op.Op {
		case "resize":
			compareResize(t, r, op, step, wish)
		case "attach_interface":
			wish.NICs = append(wish.NICs, nicOf(*op.Network, len(wish.NICs)))
			comparePlug(t, step, wish, ports)
		case "detach_interface":
			if op.Which == "first" {
				wish.NICs = wish.NICs[1:]
				comparePorts(t, step, wish, ports)
			} else if step.Error == nil || len(hardware.Unplug(nil, "fa:16:3e:00:00:ff")) != 0 {
				t.Error("Nova refuses to unplug a NIC that is not there, and there is nothing to unplug for us")
			}
		}
	}
}

// compareResize compares CPU, memory and annotation. What Nova leaves behind (allocations, topology, limits, disks that did not
// change) differs on purpose.
func compareResize(t *testing.T, r recordings.Recording, op recordings.Op, step recordings.Step, wish Instance) {
	t.Helper()
	to := r.Resized(op)
	next := wish
	next.Flavor = to
	if step.Error != nil {
		if to.Disk >= wish.Flavor.Disk {
			t.Errorf("Nova refuses the resize: %s", step.Error.Message)
		}
		return // the plan of compute_instance refuses a smaller disk
	}
	if Usable(to) != nil {
		return // Nova looks at it when it makes an instance only
	}
	got, _, err := Desired(next)
	if err != nil {
		t.Fatal(err)
	}
	want := step.Specs(t)[0]
	if got.NumCPUs != want.NumCPUs || got.MemoryMB != want.MemoryMB || !hardware.SameAllocation(want.CpuAllocation, got.CpuAllocation) {
		t.Errorf("resize to %d vcpus, %d MB, %+v; Nova: %d, %d, %+v", got.NumCPUs, got.MemoryMB, got.CpuAllocation, want.NumCPUs, want.MemoryMB,
			want.CpuAllocation)
	}
	compareAnnotation(t, got.Annotation, want.Annotation)
}

func comparePlug(t *testing.T, step recordings.Step, wish Instance, ports map[string]string) {
	t.Helper()
	spec, _, err := Desired(wish)
	if err != nil {
		t.Fatal(err)
	}
	want := cards(step.Specs(t)[0])
	got := cards(spec)[len(wish.NICs)-1:]
	got[0].GetVirtualEthernetCard().Key = firstNICKey // one at a time
	compareCards(t, got, want)
	comparePorts(t, step, wish, ports)
}

func comparePorts(t *testing.T, step recordings.Step, wish Instance, ports map[string]string) {
	t.Helper()
	var has []string
	for _, nic := range wish.NICs {
		has = append(has, nic.Port)
	}
	set := PortKeys(ports, has)
	maps.Copy(ports, set)
	want := map[string]string{}
	for _, o := range step.Specs(t)[0].ExtraConfig {
		want[o.GetOptionValue().Key] = fmt.Sprint(o.GetOptionValue().Value)
	}
	if !maps.Equal(set, want) {
		t.Errorf("ports %v; Nova: %v", set, want)
	}
}

// needsOf compiles a flavor and an image's properties for their needs alone.
func needsOf(f openstack.Flavor, properties map[string]string) (Needs, error) {
	c, err := Compile(f, properties)
	return c.Needs, err
}
