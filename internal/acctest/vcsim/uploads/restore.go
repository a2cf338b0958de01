// SPDX-License-Identifier: MPL-2.0

package uploads

import (
	"os"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// Restore gives the disks of a machine what some streams hold, one after the other. A file that is no stream leaves its disk empty.
func Restore(ctx *simulator.Context, ref types.ManagedObjectReference, streams []string) {
	vm, _ := ctx.Map.Get(ref).(*simulator.VirtualMachine)
	if vm == nil {
		return
	}
	var to []*target
	ctx = base.Apart(ctx)
	ctx.WithLock(vm, func() {
		for _, d := range object.VirtualDeviceList(vm.Config.Hardware.Device).SelectByType((*types.VirtualDisk)(nil)) {
			disk := d.(*types.VirtualDisk)
			to = append(to, &target{file: fileOf(ctx, vm, disk), capacity: disk.CapacityInBytes})
		}
	})
	for i, name := range streams[:min(len(streams), len(to))] {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		_ = to[i].write(f)
		_ = f.Close()
	}
}
