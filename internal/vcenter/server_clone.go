package vcenter

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// cloned is a VM that was just made, and what it should be.
type cloned struct {
	vm     ref
	name   string
	want   types.VirtualMachineConfigSpec
	power  string
	source template
	needs  vmspec.Needs
	drive  func() ([]byte, error) // the config drive's ISO; nil: none

	customization *types.CustomizationSpec // nil: none

	id      string // the instance's UUID
	cluster ref    // where its rules are
	ties    affinity
}

// staged says that something must happen between the clone and the first power-on.
func (m cloned) staged() bool {
	return m.needs.EVCMode != "" || m.drive != nil || m.ties.hard() || vmspec.Older(m.source.config.Version, m.needs.Version)
}

// finishes says that the clone alone is not the machine: a config drive, an EVC mode or a hardware version come before its first start.
func (m cloned) finishes() bool {
	return m.needs.EVCMode != "" || m.drive != nil || vmspec.Older(m.source.config.Version, m.needs.Version)
}

// runs says that the machine is to be started: one that is to be suspended must run first.
func (m cloned) runs() bool { return m.power == openstack.Active || m.power == openstack.Suspended }

// clone carries CPU, memory, allocations, disks, NICs, user data and power-on in one call. The instance's UUID is chosen
// before, so that it can be found again whatever happens.
func (c *Client) clone(ctx context.Context, want *ServerRequest) (*cloned, error) {
	image, err := c.imageByID(ctx, want.ImageID)
	if err != nil {
		return nil, err
	}
	compiled, err := want.Specs.Compile(want.Flavor, image.Properties)
	if err != nil {
		return nil, err
	}
	where, err := c.placeFor(ctx, want, max(want.Flavor.Disk<<30, image.SizeBytes), compiled.Needs.StoragePolicy)
	if err != nil {
		return nil, err
	}
	pin, err := c.Inventory.PinOf(ctx, want.Zone)
	if err != nil {
		return nil, err
	}
	if pin.Name != "" {
		want.Pin = pin
	}
	name := image.Name
	if image, err = c.source(ctx, image, where); err != nil {
		return nil, err
	}
	// a library item tells its properties once it is deployed
	if compiled, err = want.Specs.Compile(want.Flavor, image.Properties); err != nil {
		return nil, err
	}
	needs := compiled.Needs
	want.ImageName, want.Properties = name, vmspec.Meaningful(image.Properties)
	if err := c.complete(ctx, want, image, needs); err != nil {
		return nil, err
	}
	spec, err := c.desired(want, compiled, image, where.policy)
	if err != nil {
		return nil, err
	}
	made := &cloned{name: want.Name, want: spec, power: want.PowerState, source: image, needs: needs}
	made.customization, err = customization(want, needs)
	if want.AdminPass = ""; err != nil {
		return nil, err
	}
	if err := c.tie(ctx, made, want.server()); err != nil {
		return nil, err
	}
	if want.ConfigDrive != nil {
		made.drive = func() ([]byte, error) { return want.ConfigDrive(want.server()) }
	}
	return c.sendClone(ctx, made, want, where)
}

// complete fills in what follows from the image and the hosts: where disks sit, and how fast cores are.
func (c *Client) complete(ctx context.Context, want *ServerRequest, image template, needs vmspec.Needs) (err error) {
	if err := vmspec.CheckVersion(image.config.Version, needs.Version, "the image "+want.ImageName); err != nil {
		return err
	}
	if err := errors.Join(linkable(image.Image, want.Flavor, needs), customizable(image, needs)); err != nil {
		return err
	}
	if needs.Clock {
		if want.Clock, err = c.Inventory.Clock(ctx, want.Zone); err != nil {
			return err
		}
	}
	want.Disks, err = placed(image, want.Flavor, want.BlockDevices, needs)
	return err
}

// placed are the disks beside the root disk, in their places on a copy of the image.
func placed(image template, f openstack.Flavor, blocks []openstack.BlockDevice, needs vmspec.Needs) ([]openstack.Disk, error) {
	disks, err := vmspec.Disks(f, blocks)
	if err != nil || image.config == nil { // a library item shows its devices once it is deployed
		return disks, err
	}
	return vmspec.Placed(image.config.Hardware.Device, disks, needs.Adapter)
}

// CheckDisks refuses disks beside the root disk that the flavor does not grant, or for which a copy of the image has no place,
// and a hardware version, a linked clone or a guest customization that the image does not allow. The needs are those of flavor and image.
func (c *Client) CheckDisks(ctx context.Context, image openstack.Image, f openstack.Flavor, needs vmspec.Needs,
	blocks []openstack.BlockDevice) error {
	found, err := c.imageByID(ctx, image.ID)
	if err != nil {
		return err
	}
	if found.config != nil {
		if err := vmspec.CheckVersion(found.config.Version, needs.Version, "the image "+image.Name); err != nil {
			return err
		}
		if err := vmspec.CheckHardware(f, cmp.Or(needs.Version, found.config.Version)); err != nil {
			return err
		}
		if err := errors.Join(linkable(image, f, needs), customizable(found, needs)); err != nil {
			return err
		}
	}
	_, err = placed(found, f, blocks, needs)
	return err
}

// linkable refuses a linked clone of an image that has no snapshot to hang on, or with a larger root disk.
func linkable(image openstack.Image, f openstack.Flavor, needs vmspec.Needs) error {
	switch {
	case needs.LinkedClone == nil || !*needs.LinkedClone:
		return nil
	case image.Snapshot == "":
		return openstack.AttributeErrorf("image_id", "the image %s asks for linked clones (img_linked_clone) and has no snapshot that they "+
			"could hang "+
			"on: take one of the template, or set the property to false", image.Name)
	case f.Disk<<30 > image.SizeBytes:
		return openstack.AttributeErrorf("image_id", "the image %s asks for linked clones (img_linked_clone), whose root disk has the image's "+
			"size, and "+
			"the flavor %s wants %d GiB: choose a flavor with disk = 0, or set the property to false",
			image.Name, f.Name, f.Disk)
	}
	return nil
}

func (c *Client) sendClone(ctx context.Context, made *cloned, want *ServerRequest, where placement) (*cloned, error) {
	changes := vmspec.Clone(*made.source.config, made.want)
	if made.finishes() {
		changes.ExtraConfig = append(changes.ExtraConfig, &types.OptionValue{Key: unfinishedKey, Value: "true"})
	}
	spec := types.VirtualMachineCloneSpec{
		Location: types.VirtualMachineRelocateSpec{Pool: &where.pool, Host: where.host, Datastore: &where.store.Self,
			Profile: made.want.VmProfile, Disk: made.locators(where.store.Self),
			DiskMoveType: consolidate},
		Config: &changes, Customization: made.customization, PowerOn: made.runs() && !made.staged(),
	}
	if made.linked() {
		spec.Location.DiskMoveType = string(types.VirtualMachineRelocateDiskMoveOptionsCreateNewChildDiskBacking)
		spec.Snapshot = &ref{Type: "VirtualMachineSnapshot", Value: made.source.Snapshot}
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	result, err := c.wire.RunTaskWith(ctx, &wire.TaskRun{Kind: "CloneVM_Task"}, func(ctx context.Context) (ref, error) {
		res, err := methods.CloneVM_Task(ctx, vim, &types.CloneVM_Task{
			This: ref{Type: "VirtualMachine", Value: made.source.MoRef}, Folder: where.folder, Name: property.EscapeName(want.Name), Spec: spec,
		})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if vm, ok := result.(ref); ok {
		if made.vm = vm; errors.Is(err, wire.ErrInterrupted) {
			return made, err
		}
		return made, faults.Explain("cloning "+want.Name, err)
	}
	return c.afterFailedClone(ctx, vim, made, want, err)
}

// consolidate has a full clone make one file of each disk of the template, which has parents where the template has a snapshot: a disk with
// parents cannot grow.
const consolidate = string(types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndConsolidate)

// linked says that the machine's disks hang on the template's snapshot.
func (m cloned) linked() bool { return m.needs.LinkedClone != nil && *m.needs.LinkedClone }

// locators say how the copied disks are to be provisioned, where the image says so.
func (m cloned) locators(store ref) (out []types.VirtualMachineRelocateSpecDiskLocator) {
	if m.needs.Provisioning == "" {
		return nil
	}
	move := consolidate // said of a disk alone it does not follow from the clone's
	if m.linked() {
		move = ""
	}
	for _, device := range m.source.config.Hardware.Device {
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

// placement is where one instance goes.
type placement struct {
	folder, pool ref
	host         *ref // nil: vCenter chooses
	store        mo.Datastore
	policy       string // the storage policy's id; empty: none
}

func (c *Client) placeFor(ctx context.Context, want *ServerRequest, bytes int64, policy string) (p placement, err error) {
	if p.folder, err = c.Inventory.Places.InstancesFolder(ctx); err != nil {
		return p, err
	}
	at, err := c.Inventory.Target(ctx, want.Zone, want.Hypervisor)
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
	p.policy, p.store = may.Policy, at.Emptiest(may.All, bytes)
	p.log(ctx, want.Name, at, may.All)
	return p, nil
}

// desired is the whole instance as a spec, with our records and what the guest is to read.
func (c *Client) desired(want *ServerRequest, compiled *vmspec.Compiled, image template, policy string) (types.VirtualMachineConfigSpec,
	error) {
	guest, err := vmspec.Guestinfo(vmspec.Guest{ID: want.ID, Name: want.Name, PublicKey: want.PublicKey, Metadata: want.Metadata,
		UserData:     want.UserData,
		PasswordHash: want.PasswordHash, Personality: want.Personality, AnnounceEnd: want.AnnounceEnd,
		NICs: cloudInitNICs(image.Properties, want.NICs)})
	if err != nil {
		return types.VirtualMachineConfigSpec{}, err
	}
	extra := map[string]string{serverKey: recordOf(want.server()).text(),
		records.MarkKey: records.MarkText(c.Records.Mark(fingerprint(want.server())))}
	if text := affinityOf(want.server()).text(); text != "" {
		extra[affinityKey] = text
	}
	for key := range property.ExtraConfig(image.config.ExtraConfig) {
		if _, ours := extra[key]; !ours && (strings.HasPrefix(key, records.Prefix) || strings.HasPrefix(key, "guestinfo.")) {
			extra[key] = "" // what the template notes, or was told once, is not the instance's
		}
	}
	maps.Copy(extra, guest)
	nics := make([]vmspec.NIC, len(want.NICs))
	for i, nic := range want.NICs {
		nics[i] = vmspec.NIC{Network: want.Networks[i], Port: nic.Port, MAC: nic.MAC, SwitchPort: nic.SwitchPort}
	}
	return compiled.Spec(vmspec.Instance{ID: want.ID, Name: want.Name, Flavor: want.Flavor, ImageID: want.ImageID,
		Properties: image.Properties,
		NICs:       nics, Disks: append([]openstack.Disk{}, want.Disks...), Clock: want.Clock, PolicyID: policy, Owner: c.owner(), Extra: extra})
}

func (c *Client) owner() vmspec.Owner {
	return vmspec.Owner{User: c.Config.User, Project: c.Config.Project, Package: "terraform-provider-novasphere " + c.Config.Version}
}
