// Package vmspec translates between OpenStack's nouns and a vSphere VirtualMachineConfigSpec, without touching the world.
// The rules are those of Nova's VMware driver (nova.virt.vmwareapi) wherever it has one.
package vmspec

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Wish is an instance as it should be, with every name already resolved.
type Wish struct {
	ID         string // the instance's UUID
	Name       string
	Flavor     openstack.Flavor
	ImageID    string
	Properties map[string]string // the image's
	ISO        ISO               // boots from a CD-ROM instead of a copied disk, where it names a file
	NICs       []NIC
	Disks      []openstack.Disk // beside the root disk; nil: those of the flavor
	PolicyID   string           // the storage policy's, where Needs names one
	Clock      Clock
	Owner      Owner
	Extra      map[string]string // further extraConfig: our records and what the guest reads
}

// ISO is a file for a CD-ROM.
type ISO struct {
	File  string // "[datastore] folder/file.iso"
	Store types.ManagedObjectReference
}

// NIC is a network card as it should be.
type NIC struct {
	Network openstack.Network
	Port    string // the port's id
	MAC     string

	SwitchPort string // the key of the switch's port that was booked for it; empty: any
}

// Clock is the speed of a core. With a zero one values are checked, and what follows from it is not right.
type Clock = openstack.Clock

// Owner is who the annotation names.
type Owner struct {
	User    string
	Project string
	Package string // the program and its version
}

// Device keys of the devices in a Desired spec. Nova uses -47 downwards for NICs, -100 for the root disk and -101 for its
// controller.
const (
	firstNICKey   = -47
	rootDiskKey   = -100
	controllerKey = -101
	firstDiskKey  = -110
	deviceKey     = -200
)

// Desired is the whole instance as a ConfigSpec, as if it were made from nothing. Extra specs that have no meaning here come
// back as leftover, sorted. A bad value is an openstack.FieldError at extra_specs or at the image's properties. What a spec
// cannot say is in NeedsOf.
func Desired(w Wish) (spec types.VirtualMachineConfigSpec, leftover []string, err error) {
	b, leftover, err := build(w)
	if err != nil {
		return spec, leftover, err
	}
	cores, err := b.topology.coresPerSocket()
	if err != nil {
		return spec, leftover, openstack.Wrong("extra_specs", "%w", err)
	}
	spec = types.VirtualMachineConfigSpec{
		Name: w.Name, InstanceUuid: w.ID, Annotation: annotation(w), Version: b.version,
		NumCPUs: int32(w.Flavor.VCPUs), NumCoresPerSocket: &cores, MemoryMB: w.Flavor.RAM,
		CpuAllocation: b.cpu.info(), MemoryAllocation: b.memory.info(), MemoryReservationLockedToMax: b.lockedToMax(),
		GuestId: b.guestID, Firmware: b.firmware, CpuHotAddEnabled: b.cpuHotAdd, MemoryHotAddEnabled: b.memoryHotAdd,
		NestedHVEnabled: b.nested, SevEnabled: b.encryption, BootOptions: b.bootOptions(), LatencySensitivity: b.latencySensitivity(),
		VirtualNuma: b.virtualNUMA(), VmProfile: profile(w.PolicyID),
		Tools: &types.ToolsConfigInfo{
			AfterPowerOn: types.NewBool(true), AfterResume: types.NewBool(true), BeforeGuestStandby: types.NewBool(true),
			BeforeGuestShutdown: types.NewBool(true), BeforeGuestReboot: types.NewBool(true),
		},
		ExtraConfig: options(extra(w, b.options)),
	}
	spec.DeviceChange, err = b.devices(w)
	return spec, leftover, err
}

// build reads flavor and image, and settles what follows from them together.
func build(w Wish) (*builder, []string, error) {
	b := &builder{
		cpu: unlimited(), memory: unlimited(), diskIO: unlimited(), nicTraffic: unlimited(),
		topology: topology{vcpus: int(w.Flavor.VCPUs)}, nicType: defaultNICType, nics: len(w.NICs),
		vcpus: w.Flavor.VCPUs, ram: w.Flavor.RAM, clock: w.Clock, cpuPeriod: 100000, options: map[string]string{},
	}
	leftover, err := b.take(w.Flavor.ExtraSpecs, w.Properties)
	if err != nil {
		return b, leftover, err
	}
	if b.nestedWanted != nil {
		b.nested = b.nestedWanted
	}
	if b.videoRAM > b.videoMost {
		return b, leftover, wrongProperty("the image's property hw_video_ram: %d MB is more than the flavor allows: hw_video:ram_max_mb is %d", b.videoRAM, b.videoMost)
	}
	if err := b.settleCustomization(); err != nil {
		return b, leftover, err
	}
	if err := b.settleKVM(); err != nil {
		return b, leftover, err
	}
	return b, leftover, b.settleReservations()
}

// extra joins Nova's extraConfig keys with those of the table and the caller's.
func extra(w Wish, table map[string]string) map[string]string {
	out := map[string]string{InstanceKey: w.ID, "disk.EnableUUID": "true"}
	maps.Copy(out, table)
	for i, nic := range w.NICs {
		if nic.Port != "" {
			out[fmt.Sprintf("%s%d", PortKey, i)] = nic.Port
		}
	}
	maps.Copy(out, w.Extra)
	return out
}

func options(values map[string]string) []types.BaseOptionValue {
	out := make([]types.BaseOptionValue, 0, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		out = append(out, &types.OptionValue{Key: key, Value: values[key]})
	}
	return out
}
