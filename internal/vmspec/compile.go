package vmspec

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Compiled is what a flavor and an image's properties say together, read once by the table. It is not changed by its use.
type Compiled struct {
	Needs    Needs    // what a specification alone cannot give
	Leftover []string // extra specs that have no meaning here, sorted

	read *builder // before what follows from the hosts' clock
}

// Compile reads a flavor and an image's properties. A bad value is an openstack.FieldError at extra_specs or at the image's properties. Of
// what a specification says in the end, Compile needs the flavor's vCPUs and memory, and none of its disks.
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

// settle is what was read, with what follows from it on hosts of a clock.
func (c *Compiled) settle(clock Clock) (*builder, error) {
	b := *c.read
	b.clock, b.options, b.warnings = clock, maps.Clone(b.options), slices.Clone(b.warnings)
	if err := b.settleKVM(); err != nil {
		return &b, err
	}
	return &b, b.settleReservations()
}

// Spec is the whole instance as a ConfigSpec, as if it were made from nothing. The flavor and the properties of the wish are those that
// were compiled, but for the size of the flavor's root disk. What a spec cannot say is in Needs.
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

// needs are what the settled flavor and image ask for beside a specification.
func (b *builder) needs() Needs {
	return Needs{
		Version: b.version, EVCMode: b.evc, StoragePolicy: b.policy, Clock: b.wholeCPU != "" || b.cpuPercent > 0 || b.cpuQuota > 0,
		ConfigDrive: b.configDrive == "mandatory", Windows: b.windows, Customization: b.customization, GuestID: b.guestID, LinkedClone: b.linked,
		Adapter: b.adapter, Provisioning: b.provisioning, Warnings: b.warnings,
	}
}

// Desired is the spec of a wish that nobody has compiled yet. Extra specs that have no meaning here come back as leftover.
func Desired(w Instance) (spec types.VirtualMachineConfigSpec, leftover []string, err error) {
	c, err := Compile(w.Flavor, w.Properties)
	if err != nil {
		return spec, c.Leftover, err
	}
	spec, err = c.Spec(w)
	return spec, c.Leftover, err
}

// Compiler compiles each flavor with each image once for an operation. The zero value is ready; a nil one remembers nothing.
type Compiler struct {
	done  []compilation
	count *atomic.Int64 // of compilations; nil: nobody counts
}

type countKey struct{}

// WithCount returns a context in which the compilers of operations count what they compile. It is for tests.
func WithCount(ctx context.Context, count *atomic.Int64) context.Context {
	return context.WithValue(ctx, countKey{}, count)
}

// NewCompiler returns the compiler of an operation.
func NewCompiler(ctx context.Context) *Compiler {
	count, _ := ctx.Value(countKey{}).(*atomic.Int64)
	return &Compiler{count: count}
}

type compilation struct {
	flavor     openstack.Flavor
	properties map[string]string
	compiled   *Compiled
	err        error
}

// of reports whether a compilation is that of a flavor and properties.
func (c compilation) of(f openstack.Flavor, properties map[string]string) bool {
	return c.flavor.VCPUs == f.VCPUs && c.flavor.RAM == f.RAM && maps.Equal(c.flavor.ExtraSpecs, f.ExtraSpecs) &&
		maps.Equal(c.properties, properties)
}

// Compile is Compile for the operation.
func (c *Compiler) Compile(f openstack.Flavor, properties map[string]string) (*Compiled, error) {
	if c == nil {
		return Compile(f, properties)
	}
	properties = Meaningful(properties)
	if at := slices.IndexFunc(c.done, func(done compilation) bool { return done.of(f, properties) }); at >= 0 {
		return c.done[at].compiled, c.done[at].err
	}
	if c.count != nil {
		c.count.Add(1)
	}
	compiled, err := Compile(f, properties)
	c.done = append(c.done, compilation{f, properties, compiled, err})
	return compiled, err
}
