package vcsim

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// folderRules are those of Folder.
type folderRules struct {
	ruled
	*rules
}

// CreateFolder refuses a name that is too long; the simulator refuses one that is taken.
func (f *folderRules) CreateFolder(ctx *simulator.Context, req *types.CreateFolder) soap.HasFault {
	if fault := checkName(req.Name); fault != nil {
		return &methods.CreateFolderBody{Fault_: simulator.Fault("", fault)}
	}
	folder := ctx.Map.Get(req.This).(*simulator.Folder)
	unlock := ctx.Map.AcquireLock(ctx, folder)
	defer unlock()
	return folder.CreateFolder(ctx, req)
}

// RenameTask says DuplicateName where the simulator says InvalidArgument.
func (f *folderRules) RenameTask(ctx *simulator.Context, req *types.Rename_Task) soap.HasFault {
	folder := ctx.Map.Get(req.This).(*simulator.Folder)
	task := simulator.CreateTask(folder, "rename", func(*simulator.Task) (_ types.AnyType, fault types.BaseMethodFault) {
		parent := folderOf(ctx, folder)
		if parent == nil {
			return nil, new(types.NotSupported) // one of the datacenter's own folders
		}
		if fault := checkName(req.NewName); fault != nil {
			return nil, fault
		}
		name := escaped.Replace(req.NewName)
		ctx.WithLock(parent, func() {
			if fault = taken(ctx, parent.Folder, name, folder.Self); fault == nil {
				ctx.Update(folder, []types.PropertyChange{{Name: "name", Val: name}})
			}
		})
		return nil, fault
	})
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{Returnval: task.Run(ctx)}}
}

// MoveIntoFolderTask refuses to move something next to another of its name, and what the folder cannot hold.
func (f *folderRules) MoveIntoFolderTask(ctx *simulator.Context, req *types.MoveIntoFolder_Task) soap.HasFault {
	folder := ctx.Map.Get(req.This).(*simulator.Folder)
	unlock := ctx.Map.AcquireLock(ctx, folder)
	defer unlock()
	for _, ref := range req.List {
		var fault types.BaseMethodFault
		if e, ok := ctx.Map.Get(ref).(mo.Entity); !ok || !slices.Contains(folder.ChildType, ref.Type) {
			fault = new(types.NotSupported)
		} else {
			fault = taken(ctx, folder.Folder, e.Entity().Name, ref)
		}
		if fault != nil {
			return &methods.MoveIntoFolder_TaskBody{Res: &types.MoveIntoFolder_TaskResponse{
				Returnval: failed(ctx, folder, "moveIntoFolder", fault),
			}}
		}
	}
	return folder.MoveIntoFolderTask(ctx, req)
}

// DestroyTask takes everything inside along: folders, and machines with their files. The simulator leaves the machines
// behind, in no folder.
func (f *folderRules) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	folder := ctx.Map.Get(req.This).(*simulator.Folder)
	task := f.unlocked(ctx, folder, "destroy", func() (types.AnyType, types.BaseMethodFault) {
		if folderOf(ctx, folder) == nil {
			return nil, new(types.NotSupported)
		}
		if fault := running(ctx, folder); fault != nil {
			return nil, fault
		}
		return nil, destroy(ctx, folder)
	})
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: task}}
}

func children(ctx *simulator.Context, folder *simulator.Folder) (refs []types.ManagedObjectReference) {
	ctx.WithLock(folder, func() { refs = slices.Clone(folder.ChildEntity) })
	return refs
}

// running finds a machine inside that is not powered off.
func running(ctx *simulator.Context, folder *simulator.Folder) (fault types.BaseMethodFault) {
	for _, ref := range children(ctx, folder) {
		switch child := ctx.Map.Get(ref).(type) {
		case *simulator.Folder:
			fault = running(ctx, child)
		case *simulator.VirtualMachine:
			ctx.WithLock(child, func() {
				if state := child.Runtime.PowerState; state == types.VirtualMachinePowerStatePoweredOn {
					fault = &types.InvalidPowerState{RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: state}
				}
			})
		}
		if fault != nil {
			return fault
		}
	}
	return nil
}

// destroy removes a folder from the inside out.
func destroy(ctx *simulator.Context, folder *simulator.Folder) types.BaseMethodFault {
	for _, ref := range children(ctx, folder) {
		var fault types.BaseMethodFault
		switch child := ctx.Map.Get(ref).(type) {
		case *simulator.Folder:
			fault = destroy(ctx, child)
		case destroyable:
			_, fault = wait(ctx, child.DestroyTask(apart(ctx), &types.Destroy_Task{This: ref}).(*methods.Destroy_TaskBody).Res.Returnval)
		}
		if fault != nil {
			return fault
		}
	}
	_, fault := wait(ctx, folder.DestroyTask(apart(ctx), &types.Destroy_Task{This: folder.Self}).(*methods.Destroy_TaskBody).Res.Returnval)
	return fault
}

type destroyable interface {
	DestroyTask(*simulator.Context, *types.Destroy_Task) soap.HasFault
}
