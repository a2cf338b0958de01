// SPDX-License-Identifier: MPL-2.0

package uploads

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// importRules are those of ResourcePool about imports.
type importRules struct {
	base.Receiver
	*Uploads
}

// ImportVApp makes a machine and gives the lease under which its disks are uploaded. What is wrong with the machine's specification is the
// lease's error. The task lasts as long as the lease.
func (i *importRules) ImportVApp(ctx *simulator.Context, req *types.ImportVApp) soap.HasFault {
	body := new(methods.ImportVAppBody)
	spec, ok := req.Spec.(*types.VirtualMachineImportSpec)
	if !ok {
		body.Fault_ = simulator.Fault("", &types.InvalidArgument{InvalidProperty: "spec"})
		return body
	}
	pool, _ := ctx.Map.Get(req.This).(mo.Entity)
	folder := req.Folder
	if folder == nil {
		folder = &base.DatacenterOf(ctx, pool).VmFolder
	}
	l := newLease(ctx, i.Uploads, uuid.NewString())
	ctx.Map.Put(l)
	i.add(l)
	own := base.Apart(ctx)
	l.mu.Lock() // nobody sees the lease without its task
	l.task = i.machines.Unlocked(own, pool, "ImportVAppLRO", func() (types.AnyType, types.BaseMethodFault) {
		return nil, i.carryOut(own, l, &types.CreateVM_Task{This: *folder, Config: spec.ConfigSpec, Pool: req.This, Host: req.Host})
	})
	l.mu.Unlock()
	body.Res = &types.ImportVAppResponse{Returnval: l.Self}
	return body
}

// carryOut makes the machine and waits for the end of the lease.
func (i *importRules) carryOut(ctx *simulator.Context, l *lease, req *types.CreateVM_Task) types.BaseMethodFault {
	select {
	case <-i.machines.Stopped():
		return new(types.RequestCanceled)
	case <-time.After(i.knobs.ReadyTime):
	}
	if fault := i.prepare(ctx, l, req); fault != nil {
		l.fail(ctx, fault, "The machine cannot be imported.")
		return fault
	}
	select {
	case <-i.machines.Stopped():
		return new(types.RequestCanceled)
	case <-l.done:
	}
	if l.Error != nil {
		return l.Error.Fault
	}
	return nil
}

// prepare makes the machine and has the lease be ready.
func (i *importRules) prepare(ctx *simulator.Context, l *lease, req *types.CreateVM_Task) types.BaseMethodFault {
	if fault := checkProperties(req.Config.VAppConfig); fault != nil {
		return fault
	}
	vm, fault := i.machines.Create(ctx, req)
	if fault != nil {
		return fault
	}
	if !l.hold(vm.Self) {
		l.remove(ctx, vm.Self)
		return new(types.Timedout)
	}
	info, err := i.describe(ctx, l, vm)
	if err != nil {
		return &types.SystemError{Reason: err.Error()}
	}
	l.mu.Lock()
	l.ready = true
	l.mu.Unlock()
	l.timer.Reset(i.knobs.LeaseTime)
	l.show(ctx, types.PropertyChange{Name: "initializeProgress", Val: int32(100)}, types.PropertyChange{Name: "info", Val: *info},
		types.PropertyChange{Name: "state", Val: types.HttpNfcLeaseStateReady})
	return nil
}

// checkProperties refuses a value for a property of a vApp that nobody may set.
func checkProperties(config types.BaseVmConfigSpec) types.BaseMethodFault {
	if config == nil {
		return nil
	}
	for _, p := range config.GetVmConfigSpec().Property {
		if i := p.Info; i != nil && !base.IsTrue(i.UserConfigurable) && i.Value != "" && i.Value != i.DefaultValue {
			return &types.NotUserConfigurableProperty{VAppPropertyFault: types.VAppPropertyFault{
				Id: i.Id, Category: i.Category, Label: i.Label, Type: i.Type, Value: i.Value}}
		}
	}
	return nil
}

// describe tells where each disk of the machine is to be sent.
func (i *importRules) describe(ctx *simulator.Context, l *lease, vm *simulator.VirtualMachine) (*types.HttpNfcLeaseInfo, error) {
	address, thumbprint, err := i.host.open()
	if err != nil {
		return nil, err
	}
	info := &types.HttpNfcLeaseInfo{Lease: l.Self, Entity: vm.Self, LeaseTimeout: max(1, int32(i.knobs.LeaseTime.Seconds()))}
	ctx.WithLock(vm, func() {
		devices := object.VirtualDeviceList(vm.Config.Hardware.Device)
		for n, d := range devices.SelectByType((*types.VirtualDisk)(nil)) {
			disk := d.(*types.VirtualDisk)
			name := "disk-" + strconv.Itoa(n) + ".vmdk"
			key := fmt.Sprintf("%s:%d", devices.Type(d), n)
			to := &target{key: "/" + vm.Self.Value + "/" + key, file: fileOf(ctx, vm, disk), capacity: disk.CapacityInBytes}
			l.mu.Lock()
			l.disks[name] = to
			l.mu.Unlock()
			info.TotalDiskCapacityInKB += disk.CapacityInKB
			info.DeviceUrl = append(info.DeviceUrl, types.HttpNfcLeaseDeviceUrl{Key: to.key, ImportKey: "/" + vm.Name + "/" + key,
				Url:           (&url.URL{Scheme: "https", Host: address, Path: "/nfc/" + l.Self.Value + "/" + name}).String(),
				SslThumbprint: thumbprint, Disk: types.NewBool(true), TargetId: name})
		}
	})
	return info, nil
}

// fileOf is where the bytes of a machine's disk lie on this computer.
func fileOf(ctx *simulator.Context, vm *simulator.VirtualMachine, disk *types.VirtualDisk) string {
	var p object.DatastorePath
	backing, _ := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo)
	if backing == nil || !p.FromString(backing.GetVirtualDeviceFileBackingInfo().FileName) {
		return ""
	}
	store, _ := ctx.Map.FindByName(p.Datastore, vm.Datastore).(*simulator.Datastore)
	if store == nil {
		return ""
	}
	return simulator.VirtualDiskBackingFileName(filepath.Join(store.Summary.Url, filepath.FromSlash(p.Path)))
}
