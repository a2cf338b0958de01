// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"os"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// Fill gives disks of a new machine the bytes of files on datastores, by the disks' keys. The simulator makes every disk empty, and most
// files are.
func (d *Disks) Fill(ctx *simulator.Context, vm *simulator.VirtualMachine, files map[int32]string) {
	ctx.WithLock(vm, func() {
		d.Storage.Lock()
		defer d.Storage.Unlock()
		for _, device := range vm.Config.Hardware.Device {
			disk, ok := device.(*types.VirtualDisk)
			if !ok || files[disk.Key] == "" {
				continue
			}
			from, to := contentOf(ctx, vm, files[disk.Key]), contentOf(ctx, vm, disk.Backing.(types.BaseVirtualDeviceFileBackingInfo).
				GetVirtualDeviceFileBackingInfo().FileName)
			if from != to && hasData(from) && copyBytes(from, to) == nil {
				_ = os.Truncate(to, disk.CapacityInBytes)
			}
		}
	})
}

// contentOf is where the bytes of a disk lie on this computer.
func contentOf(ctx *simulator.Context, vm *simulator.VirtualMachine, path string) string {
	store, fault := base.StoreOfPath(ctx, path, base.DatacenterOf(ctx, vm).Datastore)
	if fault != nil {
		return ""
	}
	return content(local(store, path))
}

// hasData reports whether anything is written in a file.
func hasData(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	return nextData(f, 0) >= 0
}
