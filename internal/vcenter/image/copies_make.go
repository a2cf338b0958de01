// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vapi/vcenter"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// deploy makes a copy of a library item. It returns nil without an error if the name was taken meanwhile.
func (c *Images) deploy(ctx context.Context, image Template, want imageCopy, folder ref) (*ref, error) {
	api, err := c.wire.API(ctx)
	if err != nil {
		return nil, err
	}
	manager := vcenter.NewManager(api)
	store := want.Store.Self.Value
	var made *ref
	if image.ItemType == library.ItemTypeVMTX {
		made, err = manager.DeployTemplateLibraryItem(ctx, image.ID, vcenter.DeployTemplate{
			Name: want.name, Placement: &vcenter.Placement{Folder: folder.Value, ResourcePool: want.Pool.Value},
			DiskStorage: &vcenter.DiskStorage{Datastore: store}, VMHomeStorage: &vcenter.DiskStorage{Datastore: store},
		})
	} else {
		made, err = manager.DeployLibraryItem(ctx, image.ID, vcenter.Deploy{
			DeploymentSpec: vcenter.DeploymentSpec{Name: want.name, AcceptAllEULA: true, DefaultDatastoreID: store,
				Annotation: "Copy of content library item " + image.Path + ", which instances are cloned from."},
			Target: vcenter.Target{ResourcePoolID: want.Pool.Value, FolderID: folder.Value},
		})
	}
	if nameTaken(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("deploying the content library item %s to datastore %s failed: %w", image.Path, want.Store.Name,
			faults.BareRefusal(err))
	}
	return made, nil
}

// nameTaken reports whether a deployment was refused because its name is taken, which vCenter tells in three ways.
func nameTaken(err error) bool {
	return err != nil && (wire.AlreadyExists(err) || strings.Contains(err.Error(), "AlreadyExists") ||
		strings.Contains(err.Error(), "DuplicateName"))
}

// cloneCopy makes a copy of a template: a whole one, of the wanted size and with our mark from its first moment. It returns nil without an
// error if another process has taken the name.
func (c *Images) cloneCopy(ctx context.Context, image Template, want imageCopy, folder ref) (*ref, error) {
	mark := c.records.Mark(uuid.NewString()) // tells this copy from one that another process makes at the same time
	changes := types.VirtualMachineConfigSpec{Annotation: "Copy of the image " + image.Path + ", which instances are cloned from.",
		ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: records.MarkKey, Value: records.MarkText(mark)}}}
	changes.DeviceChange = grown(image.Config.Hardware.Device, want.RootGiB)
	// not as a template: for one the pool is ignored, and with it the cluster whose hosts see the datastore
	spec := types.VirtualMachineCloneSpec{Config: &changes, Location: types.VirtualMachineRelocateSpec{
		Pool: &want.Pool, Datastore: &want.Store.Self,
		DiskMoveType: string(types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndConsolidate)}}
	start := func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.CloneVM_Task(ctx, vim, &types.CloneVM_Task{This: ref{Type: "VirtualMachine", Value: image.MoRef},
			Folder: folder, Name: property.EscapeName(want.name), Spec: spec})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	unheard := false
	for {
		result, err := c.wire.RunTaskWith(ctx, &wire.TaskRun{Kind: "CloneVM_Task"},
			func(ctx context.Context) (ref, error) { return start(ctx, vim) })
		vm, made := result.(ref)
		switch {
		case made:
			return &vm, nil
		case faults.OutcomeUnknown(err) && !unheard: // the name lets one of two clones through
			unheard = true
		case (faults.Is[*types.DuplicateName](err) || faults.Is[*types.AlreadyExists](err)) && unheard:
			return c.copyMarked(ctx, want, mark)
		case faults.Is[*types.DuplicateName](err) || faults.Is[*types.AlreadyExists](err):
			return nil, nil
		default:
			return nil, faults.Explain(fmt.Sprintf("copying the image %s to the datastore %s", image.Name, want.Store.Name), err)
		}
	}
}

// copyMarked finds the copy of a call whose answer was lost, once it is there; nil: another process has made it.
func (c *Images) copyMarked(ctx context.Context, want imageCopy, mark openstack.Mark) (*ref, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	dc, err := c.inventory.Places.Datacenter(ctx)
	if err != nil {
		return nil, err
	}
	found, err := wire.FindByPath(ctx, vim, dc.Kept+"/vm/"+records.Folder+"/"+want.name)
	if err != nil || found == nil {
		return nil, faults.Explain("looking for the copy "+want.name, err)
	}
	var its *openstack.Mark
	err = c.wire.Until(ctx, *found, []string{"config.extraConfig"}, func(content types.ObjectContent, there bool) (bool, error) {
		var vm mo.VirtualMachine
		if !there {
			return true, nil
		}
		if err := property.Load(content, &vm); err != nil || vm.Config == nil {
			return false, err
		}
		its = markOn(vm)
		return true, nil
	})
	if err != nil || its == nil || its.Fingerprint != mark.Fingerprint {
		return nil, faults.Explain("reading the copy "+want.name, err)
	}
	return found, nil
}

// grown is the change that gives the root disk among some devices a size; none where it has that, or a larger one.
func grown(devices []types.BaseVirtualDevice, gib int64) []types.BaseVirtualDeviceConfigSpec {
	disk := hardware.RootDisk(devices)
	if disk == nil || disk.CapacityInKB >= gib<<20 {
		return nil
	}
	larger := *disk
	larger.CapacityInKB, larger.CapacityInBytes = gib<<20, gib<<30
	return []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit,
		Device: &larger}}
}

// finish makes a template of a copy: our mark and the wanted size, the snapshot that linked clones hang on, which a template does not take
// any more, and the rest.
func (c *Images) finish(ctx context.Context, copied ref, want imageCopy) error {
	vm, err := wire.Read[mo.VirtualMachine](ctx, c.wire, copied, []string{"config.extraConfig", "config.hardware.device", "config.template",
		"snapshot.currentSnapshot"})
	switch {
	case err != nil:
		return faults.Explain("reading the copy "+want.name, err)
	case vm.Config == nil:
		return fmt.Errorf("the copy %s is there, but the vCenter does not show its configuration: check that its host is connected", want.name)
	case vm.Config.Template:
		return nil
	}
	if err := c.markCopy(ctx, vm, want); err != nil {
		return err
	}
	if want.Linked && vm.Snapshot == nil {
		if err := c.takeBase(ctx, copied, want.name); err != nil {
			return err
		}
	}
	return c.asTemplate(ctx, copied, want.name)
}

// markCopy gives a copy our mark and its size, where it has them not.
func (c *Images) markCopy(ctx context.Context, vm mo.VirtualMachine, want imageCopy) error {
	var changes types.VirtualMachineConfigSpec
	if markOn(vm) == nil {
		changes.ExtraConfig = []types.BaseOptionValue{&types.OptionValue{Key: records.MarkKey, Value: records.MarkText(c.records.Mark(""))}}
	}
	if vm.Snapshot == nil {
		changes.DeviceChange = grown(vm.Config.Hardware.Device, want.RootGiB)
	}
	if len(changes.ExtraConfig) == 0 && len(changes.DeviceChange) == 0 {
		return nil
	}
	err := c.wire.ReconfigureWith(ctx, &wire.TaskRun{Kind: "ReconfigVM_Task"}, vm.Self, changes)
	if faults.OutcomeUnknown(err) { // the same size and mark twice change nothing
		err = c.wire.ReconfigureWith(ctx, &wire.TaskRun{Kind: "ReconfigVM_Task"}, vm.Self, changes)
	}
	return faults.Explain("reconfiguring "+want.name, err)
}

// takeBase takes the snapshot that linked clones hang on. A second one, after a lost answer, does no harm.
func (c *Images) takeBase(ctx context.Context, copied ref, name string) error {
	how := &wire.TaskRun{On: copied, Kind: "CreateSnapshot_Task"}
	err := c.wire.RunIdempotentWith(ctx, how, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.CreateSnapshot_Task(ctx, vim, &types.CreateSnapshot_Task{This: copied, Name: "novasphere",
			Description: "Linked clones of the image hang on it. Never remove it."})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if err != nil && c.isTemplate(ctx, copied) {
		return nil // another process has finished the copy meanwhile
	}
	return faults.Explain("taking the snapshot of "+name+" for linked clones", err)
}

func (c *Images) isTemplate(ctx context.Context, vm ref) bool {
	read, err := wire.Read[mo.VirtualMachine](ctx, c.wire, vm, []string{"summary.config.template"})
	return err == nil && read.Summary.Config.Template
}

// asTemplate turns a copy into a template.
func (c *Images) asTemplate(ctx context.Context, copied ref, name string) error {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	_, err = methods.MarkAsTemplate(ctx, vim, &types.MarkAsTemplate{This: copied})
	if faults.NoResponse(err) {
		_, err = methods.MarkAsTemplate(ctx, vim, &types.MarkAsTemplate{This: copied})
		if !faults.NoResponse(err) {
			return nil // it is a template, or awaitTemplate waits for it and names it if it never becomes one
		}
	}
	if err != nil && !errors.Is(err, context.Canceled) && c.isTemplate(ctx, copied) {
		return nil // another process has finished it meanwhile
	}
	return faults.Explain("turning the copy "+name+" of an image into a template", err)
}
