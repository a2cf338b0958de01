// SPDX-License-Identifier: MPL-2.0

// Package replay repeats the recorded calls of Nova's own VMware driver on an embedded vCenter, which then holds the machines that Nova
// would have left there.
package replay

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
)

// Folder is the VM folder that Nova's driver uses for the project of the recordings.
const Folder = "OpenStack/" + Project

// Project is that of the recordings, as Nova's driver names the folders of its machines.
const Project = "Project (11111111222243338444555555555555)/Instances"

// Machine is a VM as Nova's own driver made it.
type Machine struct {
	ID   string // Nova's instance UUID
	Path string // below the datacenter's VM folder
	VM   *object.VirtualMachine
	Of   recordings.Recording
}

// Replayer repeats the calls on one vCenter. Placeholders become the vCenter's own switch, portgroups, datastore, folder and pool. The
// recording's number is put into its UUIDs, addresses and flavor names, so that many can exist at once.
type Replayer struct {
	client     *vim25.Client
	datacenter *object.Datacenter
	folder     *object.Folder
	pool       *object.ResourcePool
	store      *object.Datastore

	plugs   map[string]types.DistributedVirtualSwitchPortConnection // by the recorded portgroup key
	segment string                                                  // id of the logical switch
}

// storeName is the datastore that stands for Nova's.
const storeName = "vmfs-1"

// New makes Nova's folders in a datacenter, named by its inventory path, and returns a Replayer. The client is logged in as somebody who
// may make VMs.
func New(ctx context.Context, client *vim25.Client, datacenter string) (*Replayer, error) {
	r := &Replayer{client: client, plugs: map[string]types.DistributedVirtualSwitchPortConnection{}}
	finder := find.NewFinder(client)
	var err error
	if r.datacenter, err = finder.Datacenter(ctx, datacenter); err != nil {
		return nil, err
	}
	finder.SetDatacenter(r.datacenter)
	if r.pool, err = finder.ResourcePool(ctx, datacenter+"/host/compute/Resources"); err != nil {
		return nil, err
	}
	if r.store, err = finder.Datastore(ctx, storeName); err != nil {
		return nil, err
	}
	if r.folder, err = folderAt(ctx, finder, datacenter+"/vm", Folder); err != nil {
		return nil, err
	}
	return r, r.findNetworks(ctx, finder)
}

// folderAt returns a folder below another one, and makes the missing parts of its path.
func folderAt(ctx context.Context, finder *find.Finder, at, path string) (*object.Folder, error) {
	folder, err := finder.Folder(ctx, at)
	for name := range strings.SplitSeq(path, "/") {
		if err != nil {
			return nil, err
		}
		parent := folder
		at += "/" + name
		if folder, err = finder.Folder(ctx, at); err != nil {
			folder, err = parent.CreateFolder(ctx, name)
		}
	}
	return folder, err
}

// findNetworks finds what stands for the recorded portgroups, and for Neutron's network on NSX.
func (r *Replayer) findNetworks(ctx context.Context, finder *find.Finder) error {
	for key, name := range map[string]string{"dvportgroup-12": "public", "dvportgroup-14": "private"} {
		group, err := finder.Network(ctx, name)
		if err != nil {
			return err
		}
		backing, err := group.EthernetCardBackingInfo(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		port, is := backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
		if !is {
			return fmt.Errorf("%s is no portgroup of a distributed switch", name)
		}
		r.plugs[key] = port.Port
	}
	var segment mo.DistributedVirtualPortgroup
	found, err := finder.Network(ctx, "nsx-segment")
	if err == nil {
		err = property.DefaultCollector(r.client).RetrieveOne(ctx, found.Reference(), []string{"config.logicalSwitchUuid"}, &segment)
	}
	r.segment = segment.Config.LogicalSwitchUuid
	return err
}

// All replays every recording that leaves a machine, and returns the machines in the recordings' order. It ends at the first recording that
// cannot be replayed, or leaves none all the same.
func (r *Replayer) All(ctx context.Context, all []recordings.Recording) (machines []Machine, err error) {
	for _, rec := range all {
		if rec.Machineless() != "" {
			continue
		}
		made, err := r.Replay(ctx, rec, 0)
		if err == nil && len(made) == 0 {
			err = errors.New("it leaves no machine")
		}
		if err != nil {
			return machines, fmt.Errorf("the recording %s cannot be replayed: %w", rec.Name, err)
		}
		machines = append(machines, made...)
	}
	return machines, nil
}

// Replay executes the first steps of a recording, or all of them if steps is 0, and returns the VMs that it made. Its error is the
// vCenter's refusal.
func (r *Replayer) Replay(ctx context.Context, rec recordings.Recording, steps int) (made []Machine, err error) {
	for i, step := range rec.Steps {
		if steps > 0 && i == steps {
			break
		}
		for _, call := range step.Calls {
			if made, err = r.repeat(ctx, take{rec, i + 1}, call, made); err != nil {
				return made, fmt.Errorf("%s: %s: %w", step.Op, call.Method, err)
			}
		}
	}
	return made, nil
}

// take is a place in a recording: the step that is replayed, counted from one.
type take struct {
	recordings.Recording
	step int
}

func (r *Replayer) repeat(ctx context.Context, at take, call recordings.Call, made []Machine) ([]Machine, error) {
	var args struct {
		Config, Spec *types.VirtualMachineConfigSpec
		NewName      string
	}
	if err := types.NewJSONDecoder(strings.NewReader(r.own(at, string(call.Args)))).Decode(&args); err != nil {
		return made, err
	}
	if call.Method == "CreateVM_Task" {
		if err := r.localize(ctx, nil, args.Config, at); err != nil {
			return made, err
		}
		info, err := result(ctx, func() (*object.Task, error) { return r.folder.CreateVM(ctx, *args.Config, r.pool, nil) })
		if err != nil {
			return made, err
		}
		vm := object.NewVirtualMachine(r.client, info.Result.(types.ManagedObjectReference))
		return append(made, Machine{args.Config.InstanceUuid, Folder + "/" + args.Config.Name, vm, at.Recording}), nil
	}
	if len(made) == 0 {
		return made, nil // on a foreign VM
	}
	last := &made[len(made)-1]
	_, err := result(ctx, func() (*object.Task, error) {
		switch call.Method {
		case "ReconfigVM_Task":
			if err := r.localize(ctx, last.VM, args.Spec, at); err != nil {
				return nil, err
			}
			return last.VM.Reconfigure(ctx, *args.Spec)
		case "Rename_Task":
			last.Path = Folder + "/" + args.NewName
			return last.VM.Rename(ctx, args.NewName)
		case "PowerOnVM_Task":
			return last.VM.PowerOn(ctx)
		case "PowerOffVM_Task":
			return last.VM.PowerOff(ctx)
		}
		return nil, nil // a call about files, folders or other VMs
	})
	if state, is := err.(task); is && strings.HasPrefix(call.Method, "Power") && state.already() {
		err = nil // Nova requests a state that is already reached
	}
	return made, err
}
