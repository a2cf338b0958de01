// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"maps"
	"slices"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Compiled is the combined meaning of a flavor and an image's properties, read once from the table. Using it does not change it.
type Compiled struct {
	Needs    Needs    // what a specification alone cannot give
	Leftover []string // extra specs that have no meaning here, sorted

	read *builder // before the values that depend on the hosts' clock
}

// Compile reads a flavor and an image's properties. A bad value is an openstack.FieldError at extra_specs or at the image's properties.
// It needs the flavor's vCPUs and memory, but none of its disks.
func Compile(f openstack.Flavor, properties map[string]string) (*Compiled, error) {
	b := &builder{
		cpu: unlimited(), memory: unlimited(), diskIO: unlimited(), nicTraffic: unlimited(),
		topology: topology{vcpus: int(f.VCPUs)}, nicType: defaultNICType,
		vcpus: f.VCPUs, ram: f.RAM, cpuPeriod: 100000, options: map[string]string{},
	}
	c := &Compiled{read: b}
	var err error
	if c.Leftover, err = b.take(f.ExtraSpecs, properties); err != nil {
		return c, err
	}
	if b.nestedWanted != nil {
		b.nested = b.nestedWanted
	}
	if b.videoRAM > b.videoMost {
		return c, wrongProperty("the image's property hw_video_ram: %d MB is more than the flavor allows: hw_video:ram_max_mb is %d",
			b.videoRAM, b.videoMost)
	}
	if err := b.settleCustomization(); err != nil {
		return c, err
	}
	settled, err := c.settle(Clock{})
	if err == nil {
		c.Needs = settled.needs()
	}
	return c, err
}

// settle returns a copy of the builder with the values that depend on the hosts' clock filled in.
func (c *Compiled) settle(clock Clock) (*builder, error) {
	b := *c.read
	b.clock, b.options, b.warnings = clock, maps.Clone(b.options), slices.Clone(b.warnings)
	if err := b.settleKVM(); err != nil {
		return &b, err
	}
	return &b, b.settleReservations()
}

// Spec returns the whole instance as a ConfigSpec, as if it were made from nothing. The flavor and the properties of w must be those that
// were compiled, except for the size of the root disk. Needs holds what a spec cannot express.
func (c *Compiled) Spec(w Instance) (spec types.VirtualMachineConfigSpec, err error) {
	b, err := c.settle(w.Clock)
	if err != nil {
		return spec, err
	}
	if err := b.checkNICs(w.NICs); err != nil {
		return spec, err
	}
	cores, err := b.topology.coresPerSocket()
	if err != nil {
		return spec, openstack.AttributeErrorf("extra_specs", "%w", err)
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
	return spec, err
}

// needs returns what the settled flavor and image ask for beside a specification.
func (b *builder) needs() Needs {
	return Needs{
		Version: b.version, EVCMode: b.evc, StoragePolicy: b.policy, Clock: b.wholeCPU != "" || b.cpuPercent > 0 || b.cpuQuota > 0,
		ConfigDrive: b.configDrive == "mandatory", Windows: b.windows, Customization: b.customization, GuestID: b.guestID, LinkedClone: b.linked,
		Adapter: b.adapter, Provisioning: b.provisioning, Warnings: b.warnings,
	}
}

// Desired compiles an instance and returns its spec, with the extra specs that have no meaning here as leftover.
func Desired(w Instance) (spec types.VirtualMachineConfigSpec, leftover []string, err error) {
	c, err := Compile(w.Flavor, w.Properties)
	if err != nil {
		return spec, c.Leftover, err
	}
	spec, err = c.Spec(w)
	return spec, c.Leftover, err
}
