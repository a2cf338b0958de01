// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/reconfigure"
)

// change is what an update must do to a VM, in the order of the fields.
type change struct {
	version string  // to raise its hardware version to
	evc     *string // the EVC mode to set; empty removes it
	spec    types.VirtualMachineConfigSpec

	was, now machine.Affinity // where they differ, the cluster's rules follow
}

func (ch change) empty() bool { return !ch.staged() && reconfigure.Empty(ch.spec) }

// cold reports whether the VM must be off for the change.
func (ch change) cold(have types.VirtualMachineConfigInfo) bool { return ch.coldReason(have) != "" }

// coldReason returns why the VM must be off for the change; empty if it need not be.
func (ch change) coldReason(have types.VirtualMachineConfigInfo) string {
	switch {
	case ch.version != "":
		return "its hardware version is raised to " + ch.version
	case ch.evc != nil:
		return "its EVC mode changes"
	}
	return reconfigure.NeedsPowerOff(have, ch.spec)
}

// staged reports whether the change has a part that no reconfigure can do.
func (ch change) staged() bool { return ch.version != "" || ch.evc != nil }

// change computes what must be done to a VM. A VM that this provider did not make also gets its record and mark.
func (c *Servers) change(ctx context.Context, specs *vmspec.Compiler, vm mo.VirtualMachine, have openstack.Server,
	want Update) (ch change, err error) {
	next, err := c.next(ctx, have, want)
	if err != nil {
		return ch, err
	}
	resized := resizes(have, next.Flavor)
	if resized {
		next.BlockDevices = blockdevices.RootSized(next.BlockDevices, next.Flavor)
	}
	if ch, err = c.fit(ctx, specs, vm, have, &next, resized); err != nil {
		return ch, err
	}
	if have.Unfinished {
		next.ConfigDrive = want.ConfigDrive
		if err := c.makeUp(specs, vm, have, next, &ch); err != nil {
			return ch, err
		}
	}
	ch.was, ch.now = machine.ReadAffinity(machine.RecordsOn(vm.Config)[machine.AffinityKey]), machine.AffinityOf(next)
	extra, err := c.changedParameters(vm, have, next, want, ch)
	if err != nil {
		return ch, err
	}
	wish := vmspec.Instance{ID: have.ID, Name: next.Name, Flavor: next.Flavor, ImageID: annotatedImage(next.ServerSpec),
		Properties: have.Properties, Clock: next.Clock, Disks: next.Disks, Owner: c.owner, Extra: extra}
	if wish.NICs, err = c.cards(ctx, vm, have.NICs, next.NICs); err != nil {
		return ch, err
	}
	if have.BootVolume { // it is no flavor's to grow
		wish.Root = vmspec.Root{GiB: new(int64), Bus: rootOf(next.BlockDevices).Bus}
	}
	spec, err := wanted(specs, wish, have, resized)
	if err != nil {
		return ch, err
	}
	policies := ch.spec
	ch.spec = reconfigure.Delta(*vm.Config, spec)
	ch.spec.DeviceChange = append(hardware.Unplug(vm.Config.Hardware.Device, machine.GoneNICs(have.NICs, next.NICs)...),
		ch.spec.DeviceChange...)
	ch.spec.DeviceChange = hardware.Reconnect(vm.Config.Hardware.Device, ch.spec.DeviceChange, machine.CutNICs(have, next.NICs),
		have.PowerState == openstack.Active)
	ch.spec.VmProfile = policies.VmProfile
	if next.Name != have.Name {
		ch.spec.Name = property.EscapeName(next.Name)
	}
	return ch, nil
}

// next returns the instance as it will be, except for what a resize adds. What was chosen at creation stays, unless no record of it
// exists.
func (c *Servers) next(ctx context.Context, have openstack.Server, want Update) (next openstack.Server, err error) {
	next = have
	next.Name, next.Description, next.Metadata, next.Tags, next.Flavor = want.Name, want.Description, want.Metadata, want.Tags, want.Flavor
	next.SecurityGroups, next.PowerState, next.Personality = want.SecurityGroups, want.PowerState, want.Personality
	next.Zone = cmp.Or(want.Zone, have.Zone)
	if want.Move || have.Mark != nil && next.Zone != cmp.Or(have.Zone, inventory.DefaultZone) {
		if next.Pin, err = c.inventory.PinOf(ctx, next.Zone); err != nil {
			return next, err
		}
	}
	if !have.Recorded {
		next.ImageID, next.ImageName, next.KeyPair, next.ConfigDrive, next.BlockDevices = want.ImageID, want.ImageName, want.KeyPair,
			want.ConfigDrive, want.BlockDevices
		next.Hints = want.Hints
	}
	if next.UserData = ""; want.UserData != "" {
		if next.HideUserData = want.HideUserData; machine.SumOf(want.UserData) != have.UserDataSum {
			next.UserData = want.UserData
		}
	}
	if len(want.Personality) > 0 {
		next.HideFiles = want.HideFiles
	}
	next.NICs = machine.NextNICs(have.NICs, want.NICs)
	return next, nil
}

// resizes reports whether everything that the flavor sets on the VM must be compared. An instance keeps what it was made with; an
// adopted one is only touched where it is smaller than its flavor.
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

// fit computes what a resize needs before the ConfigSpec can be compiled: places for disks, the hosts' clock, hardware version, EVC mode
// and storage policy.
func (c *Servers) fit(ctx context.Context, specs *vmspec.Compiler, vm mo.VirtualMachine, have openstack.Server, next *openstack.Server,
	resized bool) (ch change, err error) {
	if !resized {
		return ch, nil
	}
	var old vmspec.Needs // a flavor that does not compile any more needs nothing
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
		if next.Clock, err = c.inventory.Clock(ctx, next.Zone); err != nil {
			return ch, err
		}
	}
	if needs.StoragePolicy != "" && needs.StoragePolicy != old.StoragePolicy {
		id, err := c.inventory.Policies.Id(ctx, needs.StoragePolicy)
		if err != nil {
			return ch, err
		}
		ch.spec.VmProfile = []types.BaseVirtualMachineProfileSpec{&types.VirtualMachineDefinedProfileSpec{ProfileId: id}}
	}
	disks, err := blockdevices.Disks(next.Flavor, next.BlockDevices)
	if err != nil {
		return ch, err
	}
	if disks, err = blockdevices.ResizedDisks(have.Disks, disks); err != nil {
		return ch, err
	}
	next.Disks, err = hardware.Placed(vm.Config.Hardware.Device, vm.Config.Version, disks, "")
	return ch, err
}

// makeUp adds what an interrupted creation has left undone, except for the config drive.
func (c *Servers) makeUp(specs *vmspec.Compiler, vm mo.VirtualMachine, have, next openstack.Server, ch *change) error {
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

// wanted returns the ConfigSpec that the VM should have, as far as this change touches it: all of it for a resize, else its records, its
// NICs and, where this provider made it, CPU and memory, so that changes made outside Terraform are put back. The notes of an imported
// VM belong to its owner.
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
	// A port keeps its key, whose number need not be the NIC's index.
	spec.ExtraConfig = slices.DeleteFunc(spec.ExtraConfig, func(o types.BaseOptionValue) bool {
		_, set := w.Extra[o.GetOptionValue().Key]
		return !set && strings.HasPrefix(o.GetOptionValue().Key, vmspec.PortKey)
	})
	if resized && have.Flavor.ID != "" {
		former := w
		former.Flavor = have.Flavor
		if compiled, err := specs.Compile(former.Flavor, former.Properties); err == nil {
			if old, err := compiled.Spec(former); err == nil {
				spec = reconfigure.Reset(old, spec)
			}
		}
	}
	if !resized {
		kept := types.VirtualMachineConfigSpec{InstanceUuid: have.ID, Annotation: spec.Annotation, ExtraConfig: spec.ExtraConfig}
		if have.Own() {
			kept.NumCPUs, kept.NumCoresPerSocket, kept.MemoryMB = spec.NumCPUs, spec.NumCoresPerSocket, spec.MemoryMB
			kept.CpuAllocation, kept.MemoryAllocation = spec.CpuAllocation, spec.MemoryAllocation
		}
		kept.DeviceChange = hardware.OnlyNICs(spec.DeviceChange)
		spec = kept
	}
	if !have.Own() {
		spec.Annotation = ""
	}
	return spec, nil
}
