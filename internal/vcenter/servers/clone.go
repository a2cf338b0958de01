// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/reconfigure"
)

// cloned is a VM just made, and what it should be.
type cloned struct {
	vm     ref
	name   string
	want   types.VirtualMachineConfigSpec
	power  string
	source image.Template
	needs  vmspec.Needs
	drive  func() ([]byte, error) // the config drive's ISO; nil: none

	customization *types.CustomizationSpec // nil: none

	id       string // the instance's UUID
	cluster  ref    // whose rules bind it
	affinity machine.Affinity

	blocks     []openstack.BlockDevice
	rootPolicy string                    // the id of the root disk's own storage policy; empty: the VM's
	begun      func(types.TaskInfo) bool // tells the task that makes it
	started    bool                      // it may have run
}

// staged reports whether something must happen between the clone and the first power-on.
func (m cloned) staged() bool {
	return m.needs.EVCMode != "" || m.drive != nil || m.affinity.Hard() || vmspec.Older(m.source.Config.Version, m.needs.Version) ||
		slices.ContainsFunc(m.blocks, openstack.BlockDevice.Registered)
}

// finishes reports whether the clone leaves the VM unfinished, which no device shows: a config drive, an EVC mode, a hardware version or
// volumes beside the root disk must come before its first start.
func (m cloned) finishes() bool {
	return m.needs.EVCMode != "" || m.drive != nil || vmspec.Older(m.source.Config.Version, m.needs.Version) ||
		slices.ContainsFunc(m.blocks, func(b openstack.BlockDevice) bool { return b.Registered() && !b.Boots() })
}

// unfinished returns the parameter that says so.
func (m cloned) unfinished() []types.BaseOptionValue {
	if !m.finishes() {
		return nil
	}
	return records.Diff{machine.UnfinishedKey: "true"}.Options()
}

// runs reports whether the VM must be started. One that is to be suspended must run first.
func (m cloned) runs() bool { return m.power == openstack.Active || m.power == openstack.Suspended }

// clone makes the VM with CPU, memory, allocations, disks, NICs, user data and power-on in one call. The instance's UUID is chosen
// before, so that the VM can be found again whatever happens.
func (c *Servers) clone(ctx context.Context, want *Request) (*cloned, error) {
	if openstack.Diskless(want.BlockDevices) {
		return c.build(ctx, want)
	}
	image, err := c.images.ByID(ctx, want.ImageID)
	if err != nil {
		return nil, err
	}
	if image.ISO() {
		return c.install(ctx, want, image)
	}
	compiled, err := want.Specs.Compile(want.Flavor, image.Properties)
	if err != nil {
		return nil, err
	}
	size := max(blockdevices.RootGiB(want.Flavor, want.BlockDevices)<<30, image.SizeBytes)
	where, err := c.placeFor(ctx, want, size, compiled.Needs.StoragePolicy)
	if err != nil {
		return nil, err
	}
	if image, compiled, err = c.cloneSource(ctx, want, image, where); err != nil {
		return nil, err
	}
	want.ImageName, want.Properties = image.Name, vmspec.Meaningful(image.Properties)
	if err := c.complete(ctx, want, image, needsOf(compiled, want.BlockDevices)); err != nil {
		return nil, err
	}
	made, err := c.planned(ctx, want, compiled, image, where.policy)
	if err != nil {
		return nil, err
	}
	return c.sendClone(ctx, made, want, where)
}

// cloneSource returns the template to clone, and what flavor and image make of it. A library item's properties are only known once it is
// deployed: then a linked clone may want another copy.
func (c *Servers) cloneSource(ctx context.Context, want *Request, from image.Template, where placement) (source image.Template,
	compiled *vmspec.Compiled, err error) {
	use := image.Use{Pool: where.pool, Store: where.store}
	source = from
	for asked := false; ; asked = true {
		if compiled, err = want.Specs.Compile(want.Flavor, source.Properties); err == nil {
			err = c.unlinkEncrypted(ctx, compiled, where.policy)
		}
		linked := err == nil && cloned{needs: needsOf(compiled, want.BlockDevices)}.linked()
		if err != nil || asked && linked == use.Linked {
			return source, compiled, err
		}
		if use.Linked = linked; linked {
			use.RootGiB = blockdevices.RootGiB(want.Flavor, want.BlockDevices)
		}
		if source, err = c.images.CloneSource(ctx, from, use); err != nil {
			return source, nil, err
		}
	}
}

// unlinkEncrypted has a VM with a storage policy that encrypts copied whole: a child's key would have to be its parent's.
func (c *Servers) unlinkEncrypted(ctx context.Context, compiled *vmspec.Compiled, policy string) error {
	if policy == "" || compiled.Needs.LinkedClone == nil || !*compiled.Needs.LinkedClone {
		return nil
	}
	encrypts, err := c.inventory.Policies.Encrypts(ctx, policy)
	if encrypts {
		compiled.Needs.LinkedClone = nil
	}
	return err
}

// needsOf returns what flavor and image ask for. A linked clone's disk cannot become a volume, so that one is copied whole.
func needsOf(compiled *vmspec.Compiled, blocks []openstack.BlockDevice) vmspec.Needs {
	needs := compiled.Needs
	if openstack.BootsFromVolume(blocks) {
		needs.LinkedClone = nil
	}
	return needs
}

// planned returns the VM that is to be made.
func (c *Servers) planned(ctx context.Context, want *Request, compiled *vmspec.Compiled, source image.Template, policy string) (*cloned,
	error) {
	spec, err := c.desired(want, compiled, source, policy)
	if err != nil {
		return nil, err
	}
	needs := needsOf(compiled, want.BlockDevices)
	made := &cloned{name: want.Name, want: spec, power: want.PowerState, source: source, needs: needs, blocks: want.BlockDevices,
		rootPolicy: want.rootPolicy}
	made.customization, err = customization(want, needs)
	if want.AdminPass = ""; err != nil {
		return nil, err
	}
	if err := c.noteAffinity(ctx, made, want.server()); err != nil {
		return nil, err
	}
	if want.ConfigDrive != nil {
		made.drive = func() ([]byte, error) { return want.ConfigDrive(want.server()) }
	}
	return made, nil
}

// complete fills in what follows from the image and the hosts: the disks' places and the cores' clock.
func (c *Servers) complete(ctx context.Context, want *Request, image image.Template, needs vmspec.Needs) (err error) {
	if err := vmspec.CheckVersion(image.Config.Version, needs.Version, "the image "+want.ImageName); err != nil {
		return err
	}
	if err := customizable(image, needs); err != nil {
		return err
	}
	if needs.Clock {
		if want.Clock, err = c.inventory.Clock(ctx, want.Zone); err != nil {
			return err
		}
	}
	if want.Disks, err = placed(image, want.Flavor, want.BlockDevices, needs); err != nil {
		return err
	}
	return c.addPolicies(ctx, want)
}

func (c *Servers) sendClone(ctx context.Context, made *cloned, want *Request, where placement) (*cloned, error) {
	changes := reconfigure.Clone(*made.source.Config, made.want)
	changes.ExtraConfig = append(changes.ExtraConfig, made.unfinished()...)
	made.begun = func(info types.TaskInfo) bool {
		return strings.HasPrefix(info.DescriptionId, "VirtualMachine.clone") && info.Entity != nil && info.Entity.Value == made.source.MoRef
	}
	spec := types.VirtualMachineCloneSpec{
		Location: types.VirtualMachineRelocateSpec{Pool: &where.pool, Host: where.host, Datastore: &where.store.Self,
			Profile: made.want.VmProfile, Disk: made.locators(where.store.Self),
			DiskMoveType: consolidate},
		Config: &changes, Customization: made.customization, PowerOn: made.runs() && !made.staged(),
	}
	made.started = spec.PowerOn
	if made.linked() {
		spec.Location.DiskMoveType = string(types.VirtualMachineRelocateDiskMoveOptionsCreateNewChildDiskBacking)
		spec.Snapshot = &ref{Type: "VirtualMachineSnapshot", Value: made.source.Snapshot}
	}
	made.withRootPolicy(&spec)
	return c.makeVM(ctx, made, want, "CloneVM_Task", func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.CloneVM_Task(ctx, vim, &types.CloneVM_Task{
			This: ref{Type: "VirtualMachine", Value: made.source.MoRef}, Folder: where.folder, Name: property.EscapeName(want.Name), Spec: spec,
		})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}

// makeVM runs the task that makes a VM. The VM may come with an error.
func (c *Servers) makeVM(ctx context.Context, made *cloned, want *Request, kind string,
	start func(context.Context, *vim25.Client) (ref, error)) (*cloned, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	result, err := c.wire.RunTaskWith(ctx, &wire.TaskRun{Kind: kind}, func(ctx context.Context) (ref, error) { return start(ctx, vim) })
	if vm, ok := result.(ref); ok {
		if made.vm = vm; errors.Is(err, wire.ErrInterrupted) {
			return made, err
		}
		return made, faults.Explain("cloning "+want.Name, err)
	}
	return c.afterFailedClone(ctx, vim, made, want, err)
}

// consolidate makes a full clone merge each disk of the template into one file. A template with a snapshot has disks with parents, and a
// disk with parents cannot grow.
const consolidate = string(types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndConsolidate)

// linked reports whether the VM's disks are children of the template's snapshot.
func (m cloned) linked() bool { return m.needs.LinkedClone != nil && *m.needs.LinkedClone }

// locators returns how the copied disks are provisioned, where the image asks for it.
func (m cloned) locators(store ref) (out []types.VirtualMachineRelocateSpecDiskLocator) {
	if m.needs.Provisioning == "" {
		return nil
	}
	move := consolidate // a disk's own locator does not inherit it from the clone's
	if m.linked() {
		move = ""
	}
	for _, device := range m.source.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok {
			out = append(out, types.VirtualMachineRelocateSpecDiskLocator{DiskId: disk.Key, Datastore: store, DiskMoveType: move,
				DiskBackingInfo: &types.VirtualDiskFlatVer2BackingInfo{
					DiskMode:        string(types.VirtualDiskModePersistent),
					ThinProvisioned: types.NewBool(m.needs.Provisioning == "thin"),
					EagerlyScrub:    types.NewBool(m.needs.Provisioning == "eagerZeroedThick")}})
		}
	}
	return out
}

// placement is where a new instance goes.
type placement struct {
	folder, pool ref
	host         *ref // nil: vCenter chooses
	store        mo.Datastore
	policy       string // the storage policy's id; empty: none
}

// placeFor finds a place for an instance, and notes the host that its zone pins it to.
func (c *Servers) placeFor(ctx context.Context, want *Request, bytes int64, policy string) (p placement, err error) {
	if p.folder, err = c.inventory.Places.InstancesFolder(ctx); err != nil {
		return p, err
	}
	at, err := c.inventory.Target(ctx, want.Zone, want.Hypervisor)
	if err == nil {
		err = at.CheckHost(want.Networks)
	}
	if err != nil {
		return p, err
	}
	if p.pool, err = at.Pool(ctx); err != nil {
		return p, err
	}
	if at.Host != nil {
		p.host = &at.Host.Self
	}
	may, err := at.Candidates(ctx, policy)
	if err != nil {
		return p, err
	}
	if may.All, err = satisfying(ctx, at, may.All, want.BlockDevices); err != nil {
		return p, err
	}
	p.policy, p.store = may.Policy, at.Emptiest(may.All, bytes)
	p.log(ctx, want.Name, at, may.All)
	pin, err := c.inventory.PinOf(ctx, want.Zone)
	if err == nil && pin.Name != "" {
		want.Pin = pin
	}
	return p, err
}
