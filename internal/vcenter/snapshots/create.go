// SPDX-License-Identifier: MPL-2.0

package snapshots

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Spec is a snapshot that is to be taken.
type Spec struct {
	Name        string
	Description string
	Memory      bool // with what the guest has in memory
	Quiesce     bool // VMware Tools have the guest write out its file systems first; ignored where they do not run
}

// Found is what there is to tell about a snapshot that is to be taken.
type Found struct {
	Taken   string   // when the snapshot of that name was taken; empty: there is none
	Volumes []string // the ids of volumes that the snapshot holds
}

// CheckCreate refuses a snapshot that cannot be taken, whatever state the instance is in by then.
func (s *Snapshots) CheckCreate(ctx context.Context, id string, want Spec) (Found, error) {
	vm, is, err := s.machines.Managed(ctx, machine.Key{ID: id})
	if err != nil {
		return Found{}, err
	}
	return found(vm, is, want)
}

// found looks at what a snapshot would hold, and refuses one that a vCenter does not take: with several machines writing to a disk that is
// not independent (Broadcom KB 326781), or with memory while a disk is independent (vSphere Virtual Machine Administration).
func found(vm mo.VirtualMachine, is openstack.Server, want Spec) (f Found, err error) {
	there, err := named(vm, is, want.Name)
	if err != nil {
		return f, err
	}
	devices := vm.Config.Hardware.Device
	if f.Volumes = dependent(vm, devices); there != nil {
		f.Taken = taken(*there)
		return f, nil
	}
	if !want.Memory || is.PowerState != openstack.Active {
		return f, nil
	}
	for _, disk := range machine.DisksOf(vm) {
		if independent(disk) {
			return f, openstack.AttributeErrorf("memory", "%s runs and has a disk that is independent of snapshots (%s), and with such a "+
				"disk no snapshot with memory is taken: write memory = false, or detach the volume", is.Name, machine.DiskFile(disk))
		}
	}
	return f, nil
}

// Create takes a snapshot of an instance, and tells what it holds. One of that name is left as it is: a snapshot that was taken by a call
// that was killed is not taken twice.
func (s *Snapshots) Create(ctx context.Context, id string, want Spec, tell machine.Telling) (Found, error) {
	ctx, end := s.wire.BeginOperation(ctx)
	defer end()
	vm, is, err := s.machines.Actable(ctx, id)
	if err != nil {
		return Found{}, err
	}
	about, err := found(vm, is, want)
	if err == nil && about.Taken != "" {
		tell("%s has a snapshot %s, taken %s", is.Name, want.Name, about.Taken)
	}
	if err != nil || about.Taken != "" {
		return about, err
	}
	tell("the snapshot %s of %s is taken", want.Name, is.Name)
	told := wire.WithPercent(ctx, func(percent int32) { tell("the snapshot %s of %s is taken: %d%%", want.Name, is.Name, percent) })
	err = s.take(told, vm, want)
	if faults.OutcomeUnknown(err) {
		return about, s.lost(ctx, vm, is.Name, want.Name, err)
	}
	return about, explained("taking the snapshot "+want.Name+" of "+is.Name, err)
}

// take takes a snapshot, once. What held the machine may have been the taking of this very snapshot, for a call that was killed or got no
// answer: afterwards it is looked for, and not taken again.
func (s *Snapshots) take(ctx context.Context, vm mo.VirtualMachine, want Spec) error {
	vim, err := s.wire.Vim(ctx)
	if err != nil {
		return err
	}
	held := false
	_, err = s.wire.RunTaskWith(ctx, &wire.TaskRun{On: vm.Self, Kind: "CreateSnapshot_Task"}, func(ctx context.Context) (ref, error) {
		if held {
			if there, err := s.there(ctx, vm, want.Name); err != nil || there {
				return ref{}, cmp.Or(err, errTaken)
			}
		}
		held = true
		res, err := methods.CreateSnapshot_Task(ctx, vim, &types.CreateSnapshot_Task{This: vm.Self, Name: want.Name,
			Description: want.Description, Memory: want.Memory, Quiesce: want.Quiesce})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if errors.Is(err, errTaken) {
		return nil
	}
	return err
}

var errTaken = errors.New("a snapshot of that name is there")

// there reports whether a VM has a snapshot of a name by now.
func (s *Snapshots) there(ctx context.Context, was mo.VirtualMachine, name string) (bool, error) {
	now, err := s.machines.VM(ctx, machine.Key{ID: machine.InstanceID(was), MoRef: was.Self.Value}, machine.WholePaths)
	return slices.ContainsFunc(all(now), func(one tree) bool { return one.Name == name }), err
}

// lost looks for a snapshot whose creation was not answered, once no task is at work on the VM.
func (s *Snapshots) lost(ctx context.Context, was mo.VirtualMachine, instance, name string, why error) error {
	s.wire.AwaitOthers(ctx, was.Self)
	if there, err := s.there(context.WithoutCancel(ctx), was, name); err == nil && there {
		return nil
	}
	return faults.NotKnown("the snapshot "+name+" of "+instance+" was taken", "none of that name has appeared since; invoke the action "+
		"again, which takes it once", why)
}
