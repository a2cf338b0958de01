package vcenter

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// ServerUpdate is what an instance is to become.
type ServerUpdate struct {
	openstack.ServerSpec // the zero flavor keeps the one it has
	openstack.ServerChange

	// Drive makes the ISO image of the config drive of an instance whose creation did not come to its end; nil: it has none.
	Drive func(openstack.Server) ([]byte, error)
}

// UpdateServer makes an instance what want says: name, description, metadata, tags, flavor, NICs and power state, with one
// reconfigure at the most, and where it is to move with one relocation before. A NIC without an address is a new one, and one of the
// instance's own that is not asked for goes. What somebody else changed of its CPU, memory and NICs is put back. A running machine is shut
// down first where vCenter demands it, once, and started again, also where the change is refused. What the creation of an unfinished
// instance had to do before its first start is done first.
func (c *Client) UpdateServer(ctx context.Context, key ServerKey, want ServerUpdate) (now openstack.Server, err error) {
	for i := range want.NICs { // chosen once, however often this is repeated
		if want.NICs[i].MAC == "" {
			want.NICs[i].Port, want.NICs[i].MAC = uuid.NewString(), openstack.RandomMAC()
		}
	}
	ctx, end := c.wire.BeginOperation(ctx)
	defer end()
	u := &serverUpdate{c: c, key: key, want: want}
	tries := retry.Backoff{Longest: retry.LongestRace}
	for range retry.WriteAttempts { // until nobody else, compute_interface_attach for one, has changed the machine since it was read
		err = retry.Once(func() error {
			now, err = u.attempt(ctx)
			return err
		})
		if !faults.Is[*types.ConcurrentAccess](err) || !tries.Wait(ctx) {
			break
		}
		logging.VCenter.Info(ctx, "a machine is read anew", "name", u.vm.Name, "object", u.vm.Self.Value, "reason",
			"somebody else has changed it since it was read")
	}
	if err != nil {
		err = errors.Join(err, u.startAgain(ctx))
	}
	return now, err
}

// serverUpdate is one UpdateServer through all of its attempts. A real vCenter moves changeVersion with every power operation, so whatever
// was read before the machine was stopped is read and computed anew afterwards, and no later attempt may stop or start it again.
type serverUpdate struct {
	c    *Client
	key  ServerKey
	want ServerUpdate

	specs vmspec.Compiler // what flavors say, however often the change is computed

	vm      mo.VirtualMachine  // as last read
	seen    *mo.VirtualMachine // as the task that was done last has left it; nil: it is to be read
	stopped bool               // it was running and was told to stop: it is to be started again, whatever becomes of the change
	unheard bool               // whether it was told so nobody knows
	stops   bool               // its guest may still be shutting down
	was     *affinity          // what bound it at first
	evc     *string            // the EVC mode that was applied, which nothing shows
}

// attempt looks at the machine and does what is missing.
func (u *serverUpdate) attempt(ctx context.Context) (openstack.Server, error) {
	u.seen = nil // what an earlier attempt saw may have changed
	have, ch, err := u.look(ctx)
	if err == nil && u.mustStop(ch) {
		logging.VCenter.Info(ctx, "a change needs the machine off", "name", u.vm.Name, "object", u.vm.Self.Value, "reason", u.stopReason(ch))
		if err = u.stop(ctx); err == nil {
			have, ch, err = u.look(ctx)
		}
	}
	for stages := 0; err == nil && ch.staged() && stages < 2; stages++ {
		if err = u.stage(ctx, have.Name, ch); err == nil {
			have, ch, err = u.look(ctx)
		}
	}
	if err == nil && have.Unfinished && u.want.Drive != nil {
		err = u.insert(ctx, have, &ch)
	}
	if err == nil && (!vmspec.Empty(ch.spec) || isOff(u.vm) && owes(u.vm) || unfinished(u.vm)) {
		err = u.reconfigure(ctx, have.Name, ch.spec)
		if off(u.want.PowerState) && (err == nil || errors.Is(err, wire.ErrInterrupted)) {
			u.stopped = false // it is changed, and off as it is wished for, whatever fails now
		}
	}
	if err == nil && u.was.text() != ch.now.text() {
		err = u.c.settleMachine(ctx, u.vm.Runtime.Host, have.ID, *u.was, ch.now)
	}
	if err != nil {
		return have, err
	}
	u.stopped = false // it is changed: from here on its power state is the one that is wanted
	if err := u.power(ctx); err != nil {
		return have, err
	}
	if u.seen != nil {
		return u.c.observe(context.WithoutCancel(ctx), *u.seen)
	}
	return u.c.ReadServer(context.WithoutCancel(ctx), ServerKey{ID: have.ID, MoRef: u.vm.Self.Value})
}

// reconfigure sends the change, and reads what has become of it along where nothing comes after it.
func (u *serverUpdate) reconfigure(ctx context.Context, name string, spec types.VirtualMachineConfigSpec) error {
	e := &wire.TaskRun{Kind: "ReconfigVM_Task"}
	if powerState(u.vm.Runtime.PowerState) == u.want.PowerState {
		e.Along = &property.Query{Object: u.vm.Self, Paths: seenPaths}
	}
	if err := u.c.amend(ctx, e, u.vm, spec); err != nil {
		return faults.Explain("reconfiguring "+name, err)
	}
	u.seen = e.Machine(func(vm mo.VirtualMachine) bool { return vm.Config.ChangeVersion != u.vm.Config.ChangeVersion })
	return nil
}

// insert uploads the config drive of an instance that has never run, and has it put in.
func (u *serverUpdate) insert(ctx context.Context, have openstack.Server, ch *change) error {
	iso, err := u.want.Drive(have)
	if err != nil {
		return fmt.Errorf("making the config drive of %s: %w", have.Name, err)
	}
	file, store, err := u.c.uploadISO(ctx, u.vm, iso)
	if err != nil {
		return err
	}
	ch.spec.DeviceChange = append(ch.spec.DeviceChange, vmspec.ConfigDrive(u.vm.Config.Hardware.Device, file, store)...)
	return nil
}

// power brings the machine to the power state that is wished for.
func (u *serverUpdate) power(ctx context.Context) error {
	from := powerState(u.vm.Runtime.PowerState)
	if from == u.want.PowerState || u.want.PowerState == "" {
		return nil
	}
	if u.seen = nil; u.want.PowerState != openstack.Active {
		return u.c.power(ctx, u.vm, from, u.want.PowerState)
	}
	e := &wire.TaskRun{Kind: "PowerOnVM_Task", Along: &property.Query{Object: u.vm.Self, Paths: seenPaths}}
	err := u.c.powerOnAlong(ctx, e, u.vm)
	u.seen = e.Machine(func(vm mo.VirtualMachine) bool {
		return vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
	})
	return err
}

// look reads the machine, moves it where that is wished for, and finds what must be done to it.
func (u *serverUpdate) look(ctx context.Context) (have openstack.Server, ch change, err error) {
	vm, err := u.read(ctx)
	if err != nil { // who starts it again needs the one that was read before
		return have, ch, err
	}
	u.vm = vm
	if have, err = observe(u.vm); err != nil {
		return have, ch, err
	}
	if u.want.Flavor.ID == "" {
		u.want.Flavor = have.Flavor
	}
	if u.want.PowerState == "" {
		u.want.PowerState = have.PowerState // it is kept, through a later look too
	}
	if vm, have, err = u.c.moved(ctx, vm, have, u.want); err != nil {
		return have, ch, err
	}
	u.vm = vm
	ch, err = u.c.change(ctx, &u.specs, u.vm, have, u.want)
	if u.evc != nil {
		ch.evc = nil
	}
	if err == nil && u.was == nil {
		u.was = &ch.was
	}
	return have, ch, err
}

// read gives the machine as it is.
func (u *serverUpdate) read(ctx context.Context) (mo.VirtualMachine, error) {
	if seen := u.seen; seen != nil {
		u.seen = nil
		return u.c.effective(ctx, *seen)
	}
	return u.c.machine(ctx, u.key, wholePaths)
}

// mustStop says that the change needs the machine off, and that it is not. One that is to be off is stopped first, and then takes along
// what was pending for it.
func (u *serverUpdate) mustStop(ch change) bool {
	switch {
	case isOff(u.vm):
		return false
	case off(u.want.PowerState):
		return !ch.empty() || owes(u.vm)
	}
	return !ch.empty() && ch.cold(*u.vm.Config)
}

// stop turns the machine off, once. One that runs all the same was started by somebody else, who is not overruled.
func (u *serverUpdate) stop(ctx context.Context) (err error) {
	if u.stopped && !u.unheard {
		u.stopped = false
		return fmt.Errorf("%s was told to stop for this change, and runs: somebody else has started it again. It keeps running and is "+
			"unchanged; apply again", u.vm.Name)
	}
	u.stopped = u.vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
	u.seen, err = u.c.stop(ctx, u.vm, true)
	var still *stillStopping
	u.stops, u.unheard = errors.As(err, &still), faults.OutcomeUnknown(err)
	u.stopped = u.stopped && !wire.HeldThroughout(err) && !errors.Is(err, openstack.ErrNotBegun)
	return err
}

// stage does what no reconfigure can, one thing at a time: each moves changeVersion.
func (u *serverUpdate) stage(ctx context.Context, name string, ch change) error {
	if ch.version != "" {
		return u.c.Inventory.Upgrade(ctx, u.vm.Self, name, ch.version)
	}
	err := u.c.Inventory.ApplyEVCMode(ctx, u.vm.Self, name, *ch.evc)
	if err == nil {
		u.evc = ch.evc
	}
	return err
}

// startPatience is how long the start of a machine may take whose change was refused, when the operation's own time may be over.
const startPatience = 5 * time.Minute

// startAgain lets a machine run that was stopped for a change which did not come about. An interrupt does not keep it off.
func (u *serverUpdate) startAgain(ctx context.Context) error {
	if !u.stopped {
		return nil
	}
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), startPatience)
	defer stop()
	if u.stops { // before it is off it cannot be started, and would go off afterwards
		if _, err := u.c.shutDown(end, u.vm); errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("%s was told to shut down for this change, and still runs; should it stop now, start it, or apply again", u.vm.Name)
		}
	}
	untold := u.refreshGuestNetwork(end)
	if err := u.c.powerOn(end, u.vm); err != nil && !errors.Is(err, openstack.ErrNotFound) {
		return fmt.Errorf("%s was shut down for this change and is off now: start it, or apply again (%w)", u.vm.Name, err)
	}
	return untold
}

// refreshGuestNetwork has a guest that is started again told what it is to be told: the vCenter may have forgotten it with the power.
func (u *serverUpdate) refreshGuestNetwork(ctx context.Context) error {
	if vm, err := u.c.machine(ctx, u.key, wholePaths); err == nil && isOff(vm) {
		if err := u.c.refreshGuestNetwork(ctx, vm); err != nil {
			return faults.Explain("telling the guest of "+vm.Name+" anew before it was started again", err)
		}
	}
	return nil
}

// off says that a power state is one of a machine that does not run.
func off(state string) bool { return state == openstack.Shutoff || state == openstack.Shelved }

// change is what must be done to a machine, in the order of the fields.
type change struct {
	version string  // to raise its hardware version to
	evc     *string // the EVC mode to set; empty takes it away
	spec    types.VirtualMachineConfigSpec

	was, now affinity // where they differ the rules of the cluster follow
}

func (ch change) empty() bool { return !ch.staged() && vmspec.Empty(ch.spec) }

// cold reports whether the machine must be off for it.
func (ch change) cold(have types.VirtualMachineConfigInfo) bool { return ch.coldReason(have) != "" }

// coldReason is why the machine must be off for it; empty: it need not be.
func (ch change) coldReason(have types.VirtualMachineConfigInfo) string {
	switch {
	case ch.version != "":
		return "its hardware version is raised to " + ch.version
	case ch.evc != nil:
		return "its EVC mode changes"
	}
	return vmspec.NeedsPowerOff(have, ch.spec)
}

// staged says that something must be done that is no reconfigure.
func (ch change) staged() bool { return ch.version != "" || ch.evc != nil }

// change is what must be done. A machine that somebody else made is recorded as it is described.
func (c *Client) change(ctx context.Context, specs *vmspec.Compiler, vm mo.VirtualMachine, have openstack.Server,
	want ServerUpdate) (ch change,
	err error) {
	next := have
	next.Name, next.Description, next.Metadata, next.Tags, next.Flavor = want.Name, want.Description, want.Metadata, want.Tags, want.Flavor
	next.SecurityGroups, next.PowerState, next.Personality = want.SecurityGroups, want.PowerState, want.Personality
	next.Zone = cmp.Or(want.Zone, have.Zone)
	if want.Move || have.Mark != nil && next.Zone != cmp.Or(have.Zone, inventory.DefaultZone) {
		if next.Pin, err = c.Inventory.PinOf(ctx, next.Zone); err != nil {
			return ch, err
		}
	}
	if !have.Recorded {
		next.ImageID, next.ImageName, next.KeyPair, next.ConfigDrive, next.BlockDevices = want.ImageID, want.ImageName, want.KeyPair,
			want.ConfigDrive, want.BlockDevices
		next.Hints = want.Hints
	}
	if next.UserData = ""; want.UserData != "" && sumOf(want.UserData) != have.UserDataSum {
		next.UserData = want.UserData
	}
	next.NICs = nextNICs(have.NICs, want.NICs)
	resized := resizes(have, next.Flavor)
	if resized {
		next.BlockDevices = vmspec.RootSized(next.BlockDevices, next.Flavor)
	}
	if ch, err = c.fit(ctx, specs, vm, have, &next, resized); err != nil {
		return ch, err
	}
	raw, keys := parameters(vm), recordedOn(vm.Config)
	again := retold(keys, have)
	maps.Copy(keys, again)
	if have.Unfinished {
		next.ConfigDrive = want.ConfigDrive
		if err := c.makeUp(specs, vm, have, next, &ch); err != nil {
			return ch, err
		}
	}
	extra, err := changedRecords(keys, have, next, want.RewriteUserData)
	if err != nil {
		return ch, err
	}
	maps.Copy(again, extra)
	extra = again
	if have.Unfinished {
		extra[unfinishedKey] = ""
	}
	if want.RewriteNetwork && have.Own() {
		now := maps.Clone(keys)
		maps.Copy(now, extra)
		guest, err := vmspec.WithNetwork(now["guestinfo.metadata"], now["guestinfo.metadata.encoding"], cloudInitNICs(have.Properties, next.NICs))
		if err != nil {
			return ch, err
		}
		maps.Copy(extra, guest)
	}
	maps.Copy(extra, vmspec.PortKeys(raw, portsOf(keys, recordOf(next), gonePorts(recordedNICs(keys), next.NICs))))
	if !have.Recorded && have.Mark == nil {
		mark := c.Records.Mark(fingerprint(next))
		mark.Adopted = true
		extra[records.MarkKey] = records.MarkText(mark)
	}
	if ch.was, ch.now = readAffinity(keys[affinityKey]), affinityOf(next); ch.was.text() != ch.now.text() {
		extra[affinityKey] = ch.now.text()
	}
	if len(extra) > 0 {
		extra = identified(raw, have.ID, extra)
	}
	wish := vmspec.Instance{ID: have.ID, Name: next.Name, Flavor: next.Flavor, ImageID: next.ImageID, Properties: have.Properties,
		Clock: next.Clock, Disks: next.Disks, Owner: c.owner(), Extra: extra}
	if wish.NICs, err = c.cards(ctx, vm, have.NICs, next.NICs); err != nil {
		return ch, err
	}
	if have.BootVolume { // it is no flavor's to grow
		wish.Flavor.Disk = 0
	}
	spec, err := wanted(specs, wish, have, resized)
	if err != nil {
		return ch, err
	}
	policies := ch.spec
	ch.spec = vmspec.Delta(*vm.Config, spec)
	ch.spec.DeviceChange = append(vmspec.Unplug(vm.Config.Hardware.Device, gone(have.NICs, next.NICs)...), ch.spec.DeviceChange...)
	ch.spec.DeviceChange = vmspec.Reconnect(vm.Config.Hardware.Device, ch.spec.DeviceChange, cut(have, next.NICs),
		have.PowerState == openstack.Active)
	ch.spec.VmProfile = policies.VmProfile
	if next.Name != have.Name {
		ch.spec.Name = property.EscapeName(next.Name)
	}
	return ch, nil
}

// resizes says that the flavor's whole side of the machine is to be looked at. An instance keeps what it was made with; one
// that was adopted is only touched where it is not as large as its flavor.
func resizes(have openstack.Server, to openstack.Flavor) bool {
	switch {
	case to.ID == "":
		return false
	case !have.Recorded:
		return !have.Fits(to)
	case have.BootVolume:
		return have.Flavor.ID != "" && !have.Flavor.Same(to) || !have.Own() && (have.VCPUs != to.VCPUs || have.RAM != to.RAM)
	case !have.Own() && (have.VCPUs != to.VCPUs || have.RAM != to.RAM || have.Disk < to.Disk):
		return true
	}
	return have.Flavor.ID != "" && !have.Flavor.Same(to)
}

// fit plans what a resize needs beside the specification: disks in their places, the hosts' clock, hardware version, EVC mode and
// storage policy.
func (c *Client) fit(ctx context.Context, specs *vmspec.Compiler, vm mo.VirtualMachine, have openstack.Server, next *openstack.Server,
	resized bool) (ch change, err error) {
	if !resized {
		return ch, nil
	}
	var old vmspec.Needs // what nobody could have today needs nothing
	if former, failed := specs.Compile(have.Flavor, have.Properties); failed == nil {
		old = former.Needs
	}
	compiled, err := specs.Compile(next.Flavor, have.Properties)
	if err != nil {
		return ch, err
	}
	needs := compiled.Needs
	if err := vmspec.CheckVersion(vm.Config.Version, needs.Version, have.Name); err != nil {
		return ch, err
	}
	if vmspec.Older(vm.Config.Version, needs.Version) {
		ch.version = needs.Version
	}
	if old.EVCMode != needs.EVCMode {
		ch.evc = &needs.EVCMode
	}
	if needs.Clock {
		if next.Clock, err = c.Inventory.Clock(ctx, next.Zone); err != nil {
			return ch, err
		}
	}
	if needs.StoragePolicy != "" && needs.StoragePolicy != old.StoragePolicy {
		id, err := c.Inventory.Policies.Id(ctx, needs.StoragePolicy)
		if err != nil {
			return ch, err
		}
		ch.spec.VmProfile = []types.BaseVirtualMachineProfileSpec{&types.VirtualMachineDefinedProfileSpec{ProfileId: id}}
	}
	disks, err := vmspec.Disks(next.Flavor, next.BlockDevices)
	if err != nil {
		return ch, err
	}
	if disks, err = vmspec.ResizedDisks(have.Disks, disks); err != nil {
		return ch, err
	}
	next.Disks, err = vmspec.Placed(vm.Config.Hardware.Device, disks, "")
	return ch, err
}

// makeUp plans what the creation of an instance has not come to beside its config drive.
func (c *Client) makeUp(specs *vmspec.Compiler, vm mo.VirtualMachine, have, next openstack.Server, ch *change) error {
	compiled, err := specs.Compile(next.Flavor, have.Properties)
	if err != nil {
		return err
	}
	needs := compiled.Needs
	if vmspec.Older(vm.Config.Version, needs.Version) {
		ch.version = needs.Version
	}
	if needs.EVCMode != "" {
		ch.evc = &needs.EVCMode
	}
	return nil
}

// wanted is the machine as it should be, as far as this change is about it: all of it for a resize, else what the plan of an
// instance shows of CPU, memory and NICs, so that what somebody changed is put back. An imported machine's notes are its
// owner's.
func wanted(specs *vmspec.Compiler, w vmspec.Instance, have openstack.Server, resized bool) (types.VirtualMachineConfigSpec, error) {
	if w.Disks == nil {
		w.Disks = []openstack.Disk{}
	}
	compiled, err := specs.Compile(w.Flavor, w.Properties)
	if err != nil {
		return types.VirtualMachineConfigSpec{}, err
	}
	spec, err := compiled.Spec(w)
	if err != nil {
		return spec, err
	}
	// a port keeps its key, which need not be that of its place
	spec.ExtraConfig = slices.DeleteFunc(spec.ExtraConfig, func(o types.BaseOptionValue) bool {
		_, set := w.Extra[o.GetOptionValue().Key]
		return !set && strings.HasPrefix(o.GetOptionValue().Key, vmspec.PortKey)
	})
	if resized && have.Flavor.ID != "" {
		former := w
		former.Flavor = have.Flavor
		if compiled, err := specs.Compile(former.Flavor, former.Properties); err == nil {
			if old, err := compiled.Spec(former); err == nil {
				spec = vmspec.Reset(old, spec)
			}
		}
	}
	if !resized {
		kept := types.VirtualMachineConfigSpec{InstanceUuid: have.ID, Annotation: spec.Annotation, ExtraConfig: spec.ExtraConfig}
		if have.Own() {
			kept.NumCPUs, kept.NumCoresPerSocket, kept.MemoryMB = spec.NumCPUs, spec.NumCoresPerSocket, spec.MemoryMB
			kept.CpuAllocation, kept.MemoryAllocation = spec.CpuAllocation, spec.MemoryAllocation
		}
		kept.DeviceChange = vmspec.OnlyNICs(spec.DeviceChange)
		spec = kept
	}
	if !have.Own() {
		spec.Annotation = ""
	}
	return spec, nil
}

// changedRecords are the extraConfig keys that follow from what is recorded of an instance. The guest of a machine that somebody else
// made is told by them, and never by us.
func changedRecords(keys map[string]string, have, next openstack.Server, rewrite bool) (map[string]string, error) {
	extra := map[string]string{}
	if have.Own() && !maps.Equal(have.Metadata, next.Metadata) {
		guest, err := vmspec.WithMetadata(keys["guestinfo.metadata"], keys["guestinfo.metadata.encoding"], next.Metadata)
		if err != nil {
			return nil, err
		}
		maps.Copy(extra, guest)
	}
	if rewrite && have.Own() && next.UserData != "" {
		guest, err := vmspec.UserDataKeys(next.UserData)
		if err != nil {
			return nil, err
		}
		maps.Copy(extra, guest)
	}
	if text := keepUpdated(keys[serverKey], recordOf(next)); text != "" {
		extra[serverKey] = text
	}
	return extra, nil
}

// keepUpdated gives the record's new text, or nothing where only its time would differ.
func keepUpdated(old string, next serverRecord) string {
	var had serverRecord
	if json.Unmarshal([]byte(old), &had) == nil {
		next.Updated = had.Updated
		if next.text() == old {
			return ""
		}
	}
	next.Updated = time.Now().UTC().Truncate(time.Second)
	return next.text()
}
