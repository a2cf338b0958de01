// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/reconfigure"
)

// verify compares a clone with what was wanted, sends once more what the server did not keep, does what must happen before the first
// power-on, and starts the VM where that is still to do. It may be repeated.
func (c *Servers) verify(ctx context.Context, made *cloned) (openstack.Server, error) {
	act := "reading " + made.name + " after it was made"
	vm, err := wire.Read[mo.VirtualMachine](context.WithoutCancel(ctx), c.wire, made.vm, machine.WholePaths)
	if err != nil {
		return openstack.Server{}, faults.Explain(act, err)
	}
	if vm.Config == nil {
		return openstack.Server{}, fmt.Errorf("%s: vCenter does not show its configuration", act)
	}
	want, err := c.substituted(ctx, vm, made.want)
	if err != nil {
		return openstack.Server{}, err
	}
	missing := reconfigure.Delta(*vm.Config, want)
	missing.DeviceChange = append(missing.DeviceChange, ownDisk(vm, made.source)...)
	off := made.runs() && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff
	if made.staged() && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
		drive, notes, err := c.stage(ctx, vm, *made)
		if err != nil {
			return openstack.Server{}, err
		}
		missing.DeviceChange, missing.ExtraConfig = append(missing.DeviceChange, drive...), append(missing.ExtraConfig, notes...)
		if property.ExtraConfig(vm.Config.ExtraConfig)[machine.UnfinishedKey] != "" {
			missing.ExtraConfig = append(missing.ExtraConfig, records.Diff{machine.UnfinishedKey: ""}.Options()...)
		}
	}
	if reconfigure.Empty(missing) && !off && !made.staged() {
		return c.machines.Instance(ctx, vm)
	}
	if !reconfigure.Empty(missing) {
		if err := c.sendAgain(ctx, vm, *made, missing); err != nil {
			return openstack.Server{}, err
		}
	}
	if off { // the clone had to leave it off, or vCenter went away between making and starting it
		made.started = true // even where the answer is lost
		e := &wire.TaskRun{Kind: "PowerOnVM_Task", Along: &property.Query{Object: vm.Self, Paths: machine.SeenPaths}}
		if err := c.machines.PowerOnAlong(ctx, e, vm); err != nil {
			var refused *faults.TaskError
			made.started = !errors.As(err, &refused)
			return openstack.Server{}, err
		}
		if seen := e.Machine(func(vm mo.VirtualMachine) bool { return !machine.IsOff(vm) }); seen != nil {
			return c.machines.Instance(ctx, *seen)
		}
	}
	vm, err = wire.Read[mo.VirtualMachine](context.WithoutCancel(ctx), c.wire, made.vm, machine.WholePaths)
	if err != nil {
		return openstack.Server{}, faults.Explain(act, err)
	}
	return c.machines.Instance(ctx, vm)
}

// sendAgain sends what the server did not keep, without a changeVersion: a stage may have increased it since the VM was read, and no
// other client knows the VM yet.
func (c *Servers) sendAgain(ctx context.Context, vm mo.VirtualMachine, made cloned, missing types.VirtualMachineConfigSpec) error {
	config := *vm.Config
	config.ChangeVersion = ""
	vm.Config = &config
	return faults.Explain("reconfiguring "+made.name, c.machines.Amend(ctx, &wire.TaskRun{Kind: "ReconfigVM_Task"}, vm, missing))
}

// stage raises the hardware version, sets the EVC mode and the cluster's rules, uploads the config drive, and makes and attaches volumes.
// It returns the device change that the drive still needs, and the parameters that note the volumes.
func (c *Servers) stage(ctx context.Context, vm mo.VirtualMachine, made cloned) (drive []types.BaseVirtualDeviceConfigSpec,
	notes []types.BaseOptionValue, err error) {
	if vmspec.Older(vm.Config.Version, made.needs.Version) {
		if err := c.inventory.Upgrade(ctx, made.vm, made.name, made.needs.Version); err != nil {
			return nil, nil, err
		}
	}
	if made.needs.EVCMode != "" {
		if err := c.inventory.ApplyEVCMode(ctx, made.vm, made.name, made.needs.EVCMode); err != nil {
			return nil, nil, err
		}
	}
	if made.affinity.Hard() {
		if err := c.settleMade(ctx, made); err != nil {
			return nil, nil, err
		}
	}
	if notes, err = c.fill(ctx, vm); err != nil || made.drive == nil {
		return nil, notes, err
	}
	iso, err := made.drive()
	if err != nil {
		return nil, nil, fmt.Errorf("making the config drive of %s: %w", made.name, err)
	}
	file, store, err := c.uploadISO(ctx, vm, iso)
	if err != nil {
		return nil, nil, err
	}
	return hardware.ConfigDrive(vm.Config.Hardware.Device, file, store), notes, nil
}

// ownDisk replaces the root disk of a clone that still uses its template's file by the copy that was made for it. vCenter makes a copy
// and uses it; a server that only makes it (as the plain simulator does when the clone grows the disk) would delete the template's disk
// with the instance.
func ownDisk(vm mo.VirtualMachine, source image.Template) []types.BaseVirtualDeviceConfigSpec {
	mine, theirs := hardware.RootDisk(vm.Config.Hardware.Device), hardware.RootDisk(source.Config.Hardware.Device)
	if mine == nil || theirs == nil {
		return nil
	}
	file := machine.DiskFile(mine)
	if file == "" || file != machine.DiskFile(theirs) {
		return nil
	}
	own := *mine
	own.Key = -100
	own.Backing = &types.VirtualDiskFlatVer2BackingInfo{
		VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: strings.TrimSuffix(vm.Config.Files.VmPathName, ".vmx") +
			".vmdk"},
		DiskMode: string(types.VirtualDiskModePersistent),
	}
	return []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationRemove, Device: mine},
		&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: &own},
	}
}
