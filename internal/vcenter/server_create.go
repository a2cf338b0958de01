package vcenter

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// ServerRequest is an instance to make. Flavor, image, networks and key are resolved.
type ServerRequest struct {
	openstack.Server
	PublicKey    string
	PasswordHash string // the administrator's; empty: none is set
	Networks     []openstack.Network

	// ConfigDrive makes the ISO image of a config drive, once the instance's id, ports and addresses are chosen. Nil: none.
	ConfigDrive func(openstack.Server) ([]byte, error)
}

// ExistsError says that an instance's name is taken, by what, and how to adopt it.
type ExistsError struct {
	Name, Path string
	Found      *openstack.Server // nil where it could not be read
	Equal      bool              // made by this provider from the same configuration
	Twin       bool              // made by this very process: two resources ask for one name
}

// Error tells what was found and what to write.
func (e *ExistsError) Error() string {
	if e.Twin {
		return fmt.Sprintf("another instance of this configuration is called %q too and was made at %s a moment ago: names are unique in a folder, so choose another", e.Name, e.Path)
	}
	if e.Found == nil {
		return fmt.Sprintf("the name %q is taken at %s by something that cannot be read; choose another name", e.Name, e.Path)
	}
	adopt := fmt.Sprintf("To adopt it, write this with the resource's own address (it stands below this message) and apply again:\n\n"+
		"import {\n  to = novasphere_compute_instance.ADDRESS\n  id = %q\n}", e.Found.ID)
	switch {
	case e.Found.Mark == nil:
		return fmt.Sprintf("a VM called %q exists already at %s, and this provider did not make it. Choose another name, or another folder or project. %s", e.Name, e.Path, adopt)
	case e.Equal:
		return fmt.Sprintf("an instance called %q exists already at %s. %s made it at %s from this same configuration: most likely an apply that was killed before its state was written. %s",
			e.Name, e.Path, e.Found.Mark.By, e.Found.Mark.At.Format(time.RFC3339), adopt)
	}
	return fmt.Sprintf("an instance called %q exists already at %s. %s made it at %s from another configuration: it may belong to another workspace. Choose another name or project. %s",
		e.Name, e.Path, e.Found.Mark.By, e.Found.Mark.At.Format(time.RFC3339), adopt)
}

// CreateServer makes an instance with one clone and gives it as it then is. Where something fails after the VM exists, the
// server comes back with the error, so that the state can keep it. Its label is not attached yet.
func (c *Client) CreateServer(ctx context.Context, want ServerRequest) (openstack.Server, error) {
	want.ID = uuid.NewString()
	c.made.Store(want.ID, true)
	for i := range want.NICs {
		want.NICs[i].Port, want.NICs[i].MAC, want.NICs[i].Plug = uuid.NewString(), randomMAC(), plugTo(want.Networks[i])
	}
	want.Updated = time.Now().UTC().Truncate(time.Second)
	made, err := c.clone(ctx, &want)
	if made == nil {
		return openstack.Server{}, err
	}
	partial := want.Server
	partial.MoRef = made.vm.Value
	if err != nil {
		return partial, err
	}
	var server openstack.Server
	err = again(func() error {
		server, err = c.verify(ctx, *made)
		return err
	})
	if err != nil {
		return partial, err
	}
	return server, nil
}

// cloned is a VM that was just made, and what it should be.
type cloned struct {
	vm     ref
	name   string
	want   types.VirtualMachineConfigSpec
	power  string
	source template
	needs  vmspec.Needs
	drive  func() ([]byte, error) // the config drive's ISO; nil: none
}

// staged says that something must happen between the clone and the first power-on.
func (m cloned) staged() bool {
	return m.needs.EVCMode != "" || m.drive != nil || vmspec.Older(m.source.config.Version, m.needs.Version)
}

// clone carries CPU, memory, allocations, disks, NICs, user data and power-on in one call. The instance's UUID is chosen
// before, so that it can be found again whatever happens.
func (c *Client) clone(ctx context.Context, want *ServerRequest) (*cloned, error) {
	image, err := c.imageByID(ctx, want.ImageID)
	if err != nil {
		return nil, err
	}
	needs, err := vmspec.NeedsOf(want.Flavor, image.Properties)
	if err != nil {
		return nil, err
	}
	where, err := c.placeFor(ctx, max(want.Flavor.Disk<<30, image.SizeBytes), needs.StoragePolicy)
	if err != nil {
		return nil, err
	}
	name := image.Name
	if image, err = c.source(ctx, image, where.store); err != nil {
		return nil, err
	}
	if needs, err = vmspec.NeedsOf(want.Flavor, image.Properties); err != nil { // a library item tells its properties once it is deployed
		return nil, err
	}
	want.ImageName, want.Properties = name, vmspec.Meaningful(image.Properties)
	if err := c.complete(ctx, want, image, needs); err != nil {
		return nil, err
	}
	spec, err := c.desired(want, image, where.policy)
	if err != nil {
		return nil, err
	}
	made := &cloned{name: want.Name, want: spec, power: want.PowerState, source: image, needs: needs}
	if want.ConfigDrive != nil {
		made.drive = func() ([]byte, error) { return want.ConfigDrive(want.Server) }
	}
	return c.sendClone(ctx, made, want, where)
}

// complete fills in what follows from the image and the hosts: where disks sit, and how fast cores are.
func (c *Client) complete(ctx context.Context, want *ServerRequest, image template, needs vmspec.Needs) (err error) {
	if err := vmspec.CheckVersion(image.config.Version, needs.Version, "the image "+want.ImageName); err != nil {
		return err
	}
	if err := linkable(image.Image, want.Flavor, needs); err != nil {
		return err
	}
	if needs.Clock {
		if want.Clock, err = c.Clock(ctx); err != nil {
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
// and a hardware version or a linked clone that the image does not allow.
func (c *Client) CheckDisks(ctx context.Context, image openstack.Image, f openstack.Flavor, blocks []openstack.BlockDevice) error {
	needs, err := vmspec.NeedsOf(f, image.Properties)
	if err != nil {
		return err
	}
	found, err := c.imageByID(ctx, image.ID)
	if err != nil {
		return err
	}
	if found.config != nil {
		if err := vmspec.CheckVersion(found.config.Version, needs.Version, "the image "+image.Name); err != nil {
			return err
		}
		if err := linkable(image, f, needs); err != nil {
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
		return openstack.Wrong("image_id", "the image %s asks for linked clones (img_linked_clone) and has no snapshot that they could hang on: take one of the template, or set the property to false", image.Name)
	case f.Disk<<30 > image.SizeBytes:
		return openstack.Wrong("image_id", "the image %s asks for linked clones (img_linked_clone), whose root disk has the image's size, and the flavor %s wants %d GiB: choose a flavor with disk = 0, or set the property to false",
			image.Name, f.Name, f.Disk)
	}
	return nil
}

func (c *Client) sendClone(ctx context.Context, made *cloned, want *ServerRequest, where placement) (*cloned, error) {
	changes := vmspec.Clone(*made.source.config, made.want)
	spec := types.VirtualMachineCloneSpec{
		Location: types.VirtualMachineRelocateSpec{Pool: &where.pool, Datastore: &where.store.Self, Profile: made.want.VmProfile, Disk: made.locators(where.store.Self)},
		Config:   &changes, PowerOn: made.power == openstack.Active && !made.staged() || made.power == openstack.Suspended,
	}
	if linked := made.needs.LinkedClone; linked != nil && *linked {
		spec.Location.DiskMoveType = string(types.VirtualMachineRelocateDiskMoveOptionsCreateNewChildDiskBacking)
		spec.Snapshot = &ref{Type: "VirtualMachineSnapshot", Value: made.source.Snapshot}
	}
	vim, err := c.session.vim(ctx)
	if err != nil {
		return nil, err
	}
	result, err := c.carry(ctx, func(ctx context.Context) (ref, error) {
		res, err := methods.CloneVM_Task(ctx, vim, &types.CloneVM_Task{
			This: ref{Type: "VirtualMachine", Value: made.source.MoRef}, Folder: where.folder, Name: escapeName(want.Name), Spec: spec,
		})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if vm, ok := result.(ref); ok {
		if made.vm = vm; errors.Is(err, errInterrupted) {
			return made, err
		}
		return made, explain("cloning "+want.Name, err)
	}
	return c.afterFailedClone(ctx, vim, made, want, err)
}

// locators say how the copied disks are to be provisioned, where the image says so.
func (m cloned) locators(store ref) (out []types.VirtualMachineRelocateSpecDiskLocator) {
	if m.needs.Provisioning == "" {
		return nil
	}
	for _, device := range m.source.config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok {
			out = append(out, types.VirtualMachineRelocateSpecDiskLocator{DiskId: disk.Key, Datastore: store, DiskBackingInfo: &types.VirtualDiskFlatVer2BackingInfo{
				DiskMode:        string(types.VirtualDiskModePersistent),
				ThinProvisioned: types.NewBool(m.needs.Provisioning == "thin"), EagerlyScrub: types.NewBool(m.needs.Provisioning == "eagerZeroedThick")}})
		}
	}
	return out
}

// placement is where one instance goes.
type placement struct {
	folder, pool ref
	store        mo.Datastore
	policy       string // the storage policy's id; empty: none
}

func (c *Client) placeFor(ctx context.Context, bytes int64, policy string) (p placement, err error) {
	if p.folder, err = c.places.instancesFolder(ctx); err != nil {
		return p, err
	}
	if p.pool, err = c.places.pool(ctx); err != nil {
		return p, err
	}
	if policy == "" {
		p.store, err = c.places.datastore(ctx, bytes)
		return p, err
	}
	if p.policy, err = c.policies.id(ctx, policy); err != nil {
		return p, err
	}
	p.store, err = c.policies.choose(ctx, p.policy, policy, bytes)
	return p, err
}

// desired is the whole instance as a spec, with our records and what the guest is to read.
func (c *Client) desired(want *ServerRequest, image template, policy string) (types.VirtualMachineConfigSpec, error) {
	guest, err := vmspec.Guestinfo(vmspec.Guest{ID: want.ID, Name: want.Name, PublicKey: want.PublicKey, Metadata: want.Metadata, UserData: want.UserData,
		PasswordHash: want.PasswordHash, Personality: want.Personality, AnnounceEnd: want.AnnounceEnd})
	if err != nil {
		return types.VirtualMachineConfigSpec{}, err
	}
	extra := map[string]string{serverKey: recordOf(want.Server).text(), markKey: markText(c.mark(fingerprint(want.Server)))}
	for key := range extraConfig(image.config.ExtraConfig) {
		if _, ours := extra[key]; !ours && (strings.HasPrefix(key, recordPrefix) || strings.HasPrefix(key, "guestinfo.")) {
			extra[key] = "" // what the template notes, or was told once, is not the instance's
		}
	}
	maps.Copy(extra, guest)
	nics := make([]vmspec.NIC, len(want.NICs))
	for i, nic := range want.NICs {
		nics[i] = vmspec.NIC{Network: want.Networks[i], Port: nic.Port, MAC: nic.MAC}
	}
	spec, _, err := vmspec.Desired(vmspec.Wish{ID: want.ID, Name: want.Name, Flavor: want.Flavor, ImageID: want.ImageID, Properties: image.Properties,
		NICs: nics, Disks: append([]openstack.Disk{}, want.Disks...), Clock: want.Clock, PolicyID: policy, Owner: c.owner(), Extra: extra})
	return spec, err
}

func (c *Client) owner() vmspec.Owner {
	return vmspec.Owner{User: c.Config.User, Project: c.Config.Project, Package: "terraform-provider-novasphere " + c.Config.Version}
}

// afterFailedClone finds out what a clone that did not succeed has left.
func (c *Client) afterFailedClone(ctx context.Context, vim *vim25.Client, made *cloned, want *ServerRequest, err error) (*cloned, error) {
	act := "cloning " + want.Name
	switch {
	case errors.Is(err, errNotBegun):
		return nil, explain(act, err)
	case isFault[*types.DuplicateName](err) || isFault[*types.AlreadyExists](err):
		return nil, c.taken(ctx, vim, want)
	case proof(err):
		// A refusal may come after the machine was made, when it does not power on for instance.
		if vm, failed := c.findUUID(context.WithoutCancel(ctx), want.ID); failed == nil {
			made.vm = vm
			return made, explain(act, err)
		}
		return nil, explain(act, err)
	}
	patience := unheardPatience
	if errors.Is(err, context.DeadlineExceeded) {
		patience = lastPatience
	}
	vm, found := c.awaitUUID(ctx, vim, want.ID, made.source.MoRef, patience)
	if !found {
		return nil, fmt.Errorf("%w; no VM with the instance UUID %s has appeared since: apply again. Should one appear later, the next apply names it", explain(act, err), want.ID)
	}
	if made.vm = vm; unanswered(err) {
		return made, nil
	}
	return made, explain(act, err)
}

// proof says that an error is a fault that vCenter ends a task with for good. One that was cancelled may have been done all the
// same, and one whose session was lost may be under way.
func proof(err error) bool {
	var fault types.BaseMethodFault
	return as(err, &fault) && !isFault[*types.RequestCanceled](err) && !isFault[*types.NotAuthenticated](err)
}

// unheardPatience is how long a clone is looked for whose start or end was not heard of.
const unheardPatience = 5 * time.Minute

// awaitUUID looks for a machine by its instance UUID for as long as a clone of its source may be running that was started
// unheard.
func (c *Client) awaitUUID(ctx context.Context, vim *vim25.Client, id, source string, patience time.Duration) (ref, bool) {
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer stop()
	for pause := time.Second; ; pause = min(2*pause, 10*time.Second) {
		running := c.cloning(end, vim, source) // asked first: a clone that ends in between is found then
		res, err := methods.FindByUuid(end, vim, &types.FindByUuid{This: *vim.ServiceContent.SearchIndex, Uuid: id, VmSearch: true, InstanceUuid: types.NewBool(true)})
		if err == nil && res.Returnval != nil && c.settled(end, *res.Returnval) {
			return *res.Returnval, true
		}
		if err == nil && res.Returnval == nil && !running {
			return ref{}, false
		}
		select {
		case <-end.Done():
			return ref{}, false
		case <-time.After(pause):
		}
	}
}

// settled says that no task is at work on a machine any more.
func (c *Client) settled(ctx context.Context, vm ref) bool {
	machine, err := read[mo.VirtualMachine](ctx, c, vm, []string{"recentTask", "config.instanceUuid"})
	if err != nil || machine.Config == nil {
		return false
	}
	return !c.anyRunning(ctx, machine.RecentTask, func(types.TaskInfo) bool { return true })
}

// cloning says that the vCenter still clones something from a source.
func (c *Client) cloning(ctx context.Context, vim *vim25.Client, source string) bool {
	manager, err := read[mo.TaskManager](ctx, c, *vim.ServiceContent.TaskManager, []string{"recentTask"})
	return err == nil && c.anyRunning(ctx, manager.RecentTask, func(info types.TaskInfo) bool {
		return strings.HasPrefix(info.DescriptionId, "VirtualMachine.clone") && info.Entity != nil && info.Entity.Value == source
	})
}

func (c *Client) anyRunning(ctx context.Context, tasks []ref, counts func(types.TaskInfo) bool) bool {
	questions := make([]question, len(tasks))
	for i, t := range tasks {
		questions[i] = question{t, []string{"info"}}
	}
	found, err := c.retrieve(ctx, questions)
	if err != nil {
		return true // unknown is not over
	}
	for _, content := range found {
		var t mo.Task
		if mo.LoadObjectContent([]types.ObjectContent{content}, &t) != nil {
			continue
		}
		active := t.Info.State == types.TaskInfoStateRunning || t.Info.State == types.TaskInfoStateQueued
		if active && counts(t.Info) {
			return true
		}
	}
	return false
}

// taken says what has the wanted name.
func (c *Client) taken(ctx context.Context, vim *vim25.Client, want *ServerRequest) error {
	e := &ExistsError{Name: want.Name, Path: c.ServerPath(want.Name)}
	found, err := findByPath(ctx, vim, strings.TrimPrefix(e.Path, "/"))
	if err != nil || found == nil || found.Type != "VirtualMachine" {
		return e
	}
	if server, err := c.ReadServer(ctx, ServerKey{MoRef: found.Value}); err == nil {
		_, e.Twin = c.made.Load(server.ID)
		e.Found = &server
		e.Equal = server.Mark != nil && server.Mark.Fingerprint == fingerprint(want.Server)
	}
	return e
}

// verify compares what came out with what was wanted, sends once more what the server did not keep, does what must happen before
// the first power-on, and starts the machine where that is still to do. It may be repeated.
func (c *Client) verify(ctx context.Context, made cloned) (openstack.Server, error) {
	act := "reading " + made.name + " after it was made"
	vm, err := read[mo.VirtualMachine](context.WithoutCancel(ctx), c, made.vm, wholePaths)
	if err != nil {
		return openstack.Server{}, explain(act, err)
	}
	if vm.Config == nil {
		return openstack.Server{}, fmt.Errorf("%s: vCenter does not show its configuration", act)
	}
	missing := vmspec.Delta(*vm.Config, made.want)
	missing.DeviceChange = append(missing.DeviceChange, ownDisk(vm, made.source)...)
	off := made.power == openstack.Active && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff
	if made.staged() && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
		drive, err := c.stage(ctx, vm, made)
		if err != nil {
			return openstack.Server{}, err
		}
		missing.DeviceChange = append(missing.DeviceChange, drive...)
	}
	if vmspec.Empty(missing) && !off && !made.staged() {
		return c.observe(ctx, vm)
	}
	if !vmspec.Empty(missing) {
		if err := c.reconfigure(ctx, made.vm, made.name, missing); err != nil {
			return openstack.Server{}, err
		}
	}
	if off { // it had to be, or the vCenter went away between making it and starting it
		if err := c.powerOn(ctx, vm); err != nil {
			return openstack.Server{}, err
		}
	}
	vm, err = read[mo.VirtualMachine](context.WithoutCancel(ctx), c, made.vm, wholePaths)
	if err != nil {
		return openstack.Server{}, explain(act, err)
	}
	return c.observe(ctx, vm)
}

// stage raises the hardware version, sets the EVC mode and uploads the config drive. It gives the device change that the drive
// still needs.
func (c *Client) stage(ctx context.Context, vm mo.VirtualMachine, made cloned) ([]types.BaseVirtualDeviceConfigSpec, error) {
	if vmspec.Older(vm.Config.Version, made.needs.Version) {
		if err := c.upgrade(ctx, made.vm, made.name, made.needs.Version); err != nil {
			return nil, err
		}
	}
	if made.needs.EVCMode != "" {
		if err := c.applyEVCMode(ctx, made.vm, made.name, made.needs.EVCMode); err != nil {
			return nil, err
		}
	}
	if made.drive == nil {
		return nil, nil
	}
	iso, err := made.drive()
	if err != nil {
		return nil, fmt.Errorf("making the config drive of %s: %w", made.name, err)
	}
	file, store, err := c.uploadISO(ctx, vm, iso)
	if err != nil {
		return nil, err
	}
	return vmspec.ConfigDrive(vm.Config.Hardware.Device, file, store), nil
}

// ownDisk gives a clone that was left on its template's disk the copy that was made for it. A vCenter makes a copy and uses it;
// a server that only makes it (the plain simulator does, when the clone grows the disk) would have the template's disk deleted
// with the instance.
func ownDisk(vm mo.VirtualMachine, source template) []types.BaseVirtualDeviceConfigSpec {
	mine, theirs := vmspec.RootDisk(vm.Config.Hardware.Device), vmspec.RootDisk(source.config.Hardware.Device)
	if mine == nil || theirs == nil {
		return nil
	}
	file := diskFile(mine)
	if file == "" || file != diskFile(theirs) {
		return nil
	}
	own := *mine
	own.Key = -100
	own.Backing = &types.VirtualDiskFlatVer2BackingInfo{
		VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: strings.TrimSuffix(vm.Config.Files.VmPathName, ".vmx") + ".vmdk"},
		DiskMode:                     string(types.VirtualDiskModePersistent),
	}
	return []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationRemove, Device: mine},
		&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: &own},
	}
}

func diskFile(disk *types.VirtualDisk) string {
	if b, ok := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		return b.GetVirtualDeviceFileBackingInfo().FileName
	}
	return ""
}

// randomMAC is an address of the range that VMware keeps for addresses set by hand: 00:50:56:00:00:00 to 00:50:56:3f:ff:ff.
func randomMAC() string {
	var b [3]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("00:50:56:%02x:%02x:%02x", b[0]&0x3f, b[1], b[2])
}
