// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"context"
	"errors"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// iso is the file of a CD-ROM image in the folder of the machine that keeps it.
func (h home) iso() string { return h.file("image.iso") }

// insert sends a CD-ROM image into the folder of a machine, and puts it into the machine's drive. So a machine without it was not finished.
func (u *Uploads) insert(ctx context.Context, m Machine, vm ref) error {
	ctx, stop := openstack.Breakable(ctx)
	defer stop()
	at, err := u.homeOf(ctx, vm)
	if err == nil {
		err = u.put(ctx, m, at, at.iso())
	}
	if err != nil {
		return faults.Explain("sending the image "+m.Name+" to "+at.iso(), err)
	}
	drive := hardware.CDROM(hardware.ISO{File: at.iso(), Store: m.Store.Self}, hardware.IDEKey, 0)
	change := types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{hardware.Add(drive)}}
	err = u.wire.ReconfigureRaw(ctx, vm, change)
	if faults.OutcomeUnknown(err) { // the machine tells whether it has it
		now, failed := u.homeOf(ctx, vm)
		switch {
		case failed != nil:
			return errors.Join(err, failed)
		case hardware.Inserted(now.config.Hardware.Device).File != "":
			return nil
		}
		err = u.wire.ReconfigureRaw(ctx, vm, change)
	}
	return faults.Explain("putting the image "+m.Name+" into its drive", err)
}

// DropISO deletes the CD-ROM image that a machine keeps in its own folder. None is no error.
func (u *Uploads) DropISO(ctx context.Context, vm ref) error {
	at, err := u.homeOf(ctx, vm)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil
	}
	if err != nil || hardware.Inserted(at.config.Hardware.Device).File != at.iso() {
		return err
	}
	return u.files.DropFile(ctx, at.iso())
}
