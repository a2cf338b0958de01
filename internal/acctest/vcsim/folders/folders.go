// SPDX-License-Identifier: MPL-2.0

// Package folders simulates folders and the search for what lies in them.
package folders

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/machines"
)

// Register has the rules about folders and searches answer.
func Register(r *base.Receivers, m *machines.Machines) {
	r.Receive("Folder", &folderRules{Machines: m})
	r.Receive("SearchIndex", &searchRules{})
}

// folderRules are those of Folder.
type folderRules struct {
	base.Receiver
	*machines.Machines
}

// CreateFolder refuses a name that is too long or taken. The simulator would escape what is escaped already.
func (f *folderRules) CreateFolder(ctx *simulator.Context, req *types.CreateFolder) soap.HasFault {
	if fault := base.CheckName(req.Name); fault != nil {
		return &methods.CreateFolderBody{Fault_: simulator.Fault("", fault)}
	}
	folder := base.Get[*simulator.Folder](ctx, req.This)
	unlock := ctx.Map.AcquireLock(ctx, folder)
	defer unlock()
	if !slices.Contains(folder.ChildType, "Folder") {
		return folder.CreateFolder(ctx, req)
	}
	name := base.StoredName(req.Name)
	if fault := base.NameTaken(ctx, folder.Folder, name, types.ManagedObjectReference{}); fault != nil {
		return &methods.CreateFolderBody{Fault_: simulator.Fault("", fault)}
	}
	child := new(simulator.Folder)
	child.Name, child.ChildType = name, folder.ChildType
	ctx.Map.NewEntity(child)
	folder.ChildEntity = append(folder.ChildEntity, child.Self)
	ctx.Map.PutEntity(folder, child)
	return &methods.CreateFolderBody{Res: &types.CreateFolderResponse{Returnval: child.Self}}
}

// RenameTask answers DuplicateName to a name that is taken. The simulator answers InvalidArgument.
func (f *folderRules) RenameTask(ctx *simulator.Context, req *types.Rename_Task) soap.HasFault {
	folder := base.Get[*simulator.Folder](ctx, req.This)
	task := simulator.CreateTask(folder, "rename", func(*simulator.Task) (_ types.AnyType, fault types.BaseMethodFault) {
		parent := base.FolderOf(ctx, folder)
		if parent == nil {
			return nil, new(types.NotSupported) // one of the datacenter's own folders
		}
		if fault := base.CheckName(req.NewName); fault != nil {
			return nil, fault
		}
		name := base.StoredName(req.NewName)
		ctx.WithLock(parent, func() {
			if fault = base.NameTaken(ctx, parent.Folder, name, folder.Self); fault == nil {
				ctx.Update(folder, []types.PropertyChange{{Name: "name", Val: name}})
			}
		})
		return nil, fault
	})
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{Returnval: task.Run(ctx)}}
}

// MoveIntoFolderTask refuses to move something next to another of its name, and what the folder cannot hold. It locks
// what it moves before the folder: the simulator does so the other way round, and would meet a machine that is destroyed.
func (f *folderRules) MoveIntoFolderTask(ctx *simulator.Context, req *types.MoveIntoFolder_Task) soap.HasFault {
	folder := base.Get[*simulator.Folder](ctx, req.This)
	task := f.Unlocked(ctx, folder, "moveIntoFolder", func() (_ types.AnyType, fault types.BaseMethodFault) {
		for _, ref := range req.List {
			if _, ok := ctx.Map.Get(ref).(mo.Entity); !ok || !slices.Contains(folder.ChildType, ref.Type) {
				return nil, new(types.NotSupported)
			}
		}
		for _, ref := range req.List {
			defer ctx.Map.AcquireLock(ctx, ref)()
		}
		ctx.WithLock(folder, func() { fault = f.moveInto(ctx, folder, req) })
		return nil, fault
	})
	return &methods.MoveIntoFolder_TaskBody{Res: &types.MoveIntoFolder_TaskResponse{Returnval: task}}
}

func (f *folderRules) moveInto(ctx *simulator.Context, folder *simulator.Folder, req *types.MoveIntoFolder_Task) types.BaseMethodFault {
	for _, ref := range req.List {
		e, ok := ctx.Map.Get(ref).(mo.Entity)
		if !ok {
			return &types.ManagedObjectNotFound{Obj: ref}
		}
		if fault := base.NameTaken(ctx, folder.Folder, e.Entity().Name, ref); fault != nil {
			return fault
		}
	}
	_, fault := base.Wait(ctx, base.TaskOf(folder.MoveIntoFolderTask(ctx, req)))
	return fault
}

// DestroyTask takes everything inside along: folders, and machines with their files. The simulator leaves the machines
// behind, in no folder.
func (f *folderRules) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	folder := base.Get[*simulator.Folder](ctx, req.This)
	task := f.Unlocked(ctx, folder, "destroy", func() (types.AnyType, types.BaseMethodFault) {
		if base.FolderOf(ctx, folder) == nil {
			return nil, new(types.NotSupported)
		}
		if fault := runningInside(ctx, folder); fault != nil {
			return nil, fault
		}
		return nil, f.removeAll(ctx, folder)
	})
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: task}}
}

func children(ctx *simulator.Context, folder *simulator.Folder) (refs []types.ManagedObjectReference) {
	ctx.WithLock(folder, func() { refs = slices.Clone(folder.ChildEntity) })
	return refs
}

// runningInside finds a machine inside that is not powered off.
func runningInside(ctx *simulator.Context, folder *simulator.Folder) (fault types.BaseMethodFault) {
	for _, ref := range children(ctx, folder) {
		switch child := ctx.Map.Get(ref).(type) {
		case *simulator.Folder:
			fault = runningInside(ctx, child)
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

// removeAll removes a folder from the inside out.
func (f *folderRules) removeAll(ctx *simulator.Context, folder *simulator.Folder) types.BaseMethodFault {
	for _, ref := range children(ctx, folder) {
		var fault types.BaseMethodFault
		switch child := ctx.Map.Get(ref).(type) {
		case *simulator.Folder:
			fault = f.removeAll(ctx, child)
		case *simulator.VirtualMachine:
			fault = f.Remove(base.Apart(ctx), child)
		}
		if fault != nil {
			return fault
		}
	}
	_, fault := base.Wait(ctx, base.TaskOf(folder.DestroyTask(base.Apart(ctx), &types.Destroy_Task{This: folder.Self})))
	return fault
}
