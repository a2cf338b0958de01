// SPDX-License-Identifier: MPL-2.0

package actions

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/snapshots"
)

// snapshotTimeout is long because a snapshot's deletion joins the files of disks.
const snapshotTimeout = time.Hour

// The operations of the action on snapshots.
const (
	create = "create"
	revert = "revert"
	remove = "delete"
)

// longestSnapshotName is how many characters vSphere's client lets the name of a snapshot have.
const longestSnapshotName = 80

// Snapshot is the action that takes a snapshot of an instance, takes the instance back to one, or deletes one.
var Snapshot = crud.Action[*vcenter.Client, snapshotModel]{
	Name: "compute_instance_snapshot", Does: "handle the instance's snapshot", Schema: snapshotSchema, Check: snapshotModel.check,
	Plan: planSnapshot, Invoke: invokeSnapshot,
	Timeout: func(m snapshotModel) types.String { return m.Timeout }, Limit: snapshotTimeout,
}

func snapshotSchema(context.Context) schema.Schema {
	flag := func(text string) schema.BoolAttribute {
		return schema.BoolAttribute{MarkdownDescription: text, Optional: true}
	}
	return schema.Schema{
		MarkdownDescription: "Takes a snapshot of an instance's VM, takes the VM back to one, or deletes one. It is vSphere's snapshot, in " +
			"the VM itself, and no image of it.\n\n**`create`** lets the guest run; it stands still for a moment, longer with `memory`. " +
			"While an instance has a snapshot no disk of it grows, so that a plan refuses a flavor with a larger one, and the volumes that " +
			"it had cannot be detached; a destroy deletes the snapshots with the VM, unless they hold volumes: then it is refused. A " +
			"snapshot of the name is left as it is, with a warning: nothing is taken twice.\n\n**`revert`** cuts a running guest off. Disks, " +
			"hardware and what this provider records on the VM are as they were; afterwards the instance is off, or runs where the snapshot " +
			"holds its memory. The next plan shows what differs from the configuration: `power_state`, and what was changed since (flavor, " +
			"networks, metadata). It is refused where the VM got a disk of its own since, or lost a NIC; a volume that was attached since is " +
			"off it afterwards and keeps what it holds, and the next plan attaches it again.\n\n**`delete`** lets the guest run, and what " +
			"its disks hold stays. One that is gone is no error." + Needs,
		Attributes: map[string]schema.Attribute{
			"instance_id": instanceID(),
			"operation": schema.StringAttribute{MarkdownDescription: "`create`, `revert` or `delete`.", Required: true,
				Validators: []validator.String{stringvalidator.OneOf(create, revert, remove)}},
			"name": schema.StringAttribute{MarkdownDescription: "The snapshot's name. Where several have it, it is refused.", Required: true,
				Validators: []validator.String{stringvalidator.LengthBetween(1, longestSnapshotName)}},
			"description": schema.StringAttribute{MarkdownDescription: "For `create`: what the vSphere client shows beside the name.",
				Optional: true},
			"memory": flag("For `create`: whether what the guest has in memory is kept, so that it runs after a revert. Unset: no, as in " +
				"Nova. Without effect on an instance that is off."),
			"quiesce": flag("For `create`: whether VMware Tools have the guest write out its file systems first. Unset: yes, as in Nova, " +
				"unless `memory = true`. vSphere ignores it where VMware Tools do not run."),
			"revert_volumes": flag("For `revert`: whether the content of volumes that the snapshot holds is set back too. Unset: no, and a " +
				"snapshot that holds some is refused. Volumes that instances share are in no snapshot."),
			"remove_children": flag("For `delete`: whether the snapshots that were taken after this one, on top of it, go too. Unset: no."),
			"consolidate":     flag("For `delete`: whether the files of the disks are joined. Unset: yes."),
			"timeout":         crud.InvokeTimeout(snapshotTimeout),
			"region":          crud.ActionRegion(),
		},
	}
}

type snapshotModel struct {
	InstanceID  types.String `tfsdk:"instance_id"`
	Operation   types.String `tfsdk:"operation"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	Memory      types.Bool   `tfsdk:"memory"`
	Quiesce     types.Bool   `tfsdk:"quiesce"`
	Volumes     types.Bool   `tfsdk:"revert_volumes"`
	Children    types.Bool   `tfsdk:"remove_children"`
	Consolidate types.Bool   `tfsdk:"consolidate"`
	Timeout     types.String `tfsdk:"timeout"`
	Region      types.String `tfsdk:"region"`
}

// check refuses arguments of another operation, and the two ways of a running guest's snapshot at once.
func (m snapshotModel) check() error {
	if m.Operation.IsUnknown() {
		return nil
	}
	of := []struct {
		name      string
		value     attr.Value
		operation string
	}{{"description", m.Description, create}, {"memory", m.Memory, create}, {"quiesce", m.Quiesce, create},
		{"revert_volumes", m.Volumes, revert}, {"remove_children", m.Children, remove}, {"consolidate", m.Consolidate, remove}}
	for _, argument := range of {
		if !argument.value.IsNull() && argument.operation != m.Operation.ValueString() {
			return openstack.AttributeErrorf(argument.name, "it is for operation = %q only: leave it out", argument.operation)
		}
	}
	if m.Memory.ValueBool() && m.Quiesce.ValueBool() {
		return openstack.AttributeErrorf("quiesce", "a snapshot with memory holds what the guest has not written yet, and is not quiesced: "+
			"leave one of memory and quiesce out")
	}
	return nil
}

func (m snapshotModel) spec() snapshots.Spec {
	quiesce := !m.Memory.ValueBool()
	if !m.Quiesce.IsNull() {
		quiesce = m.Quiesce.ValueBool()
	}
	return snapshots.Spec{Name: m.Name.ValueString(), Description: m.Description.ValueString(), Memory: m.Memory.ValueBool(), Quiesce: quiesce}
}

// planSnapshot refuses what the vCenter would refuse, and warns of what a snapshot holds.
func planSnapshot(ctx context.Context, client *vcenter.Client, m snapshotModel) error {
	id, name := m.InstanceID.ValueString(), m.Name.ValueString()
	switch m.Operation.ValueString() {
	case revert:
		return client.Snapshots.CheckRevert(ctx, id, name, m.Volumes.ValueBool())
	case remove:
		return client.Snapshots.CheckDelete(ctx, id, name)
	}
	found, err := client.Snapshots.CheckCreate(ctx, id, m.spec())
	if err != nil {
		return err
	}
	if found.Taken == "" && len(found.Volumes) > 0 {
		crud.Warn(ctx, "The snapshot holds volumes", fmt.Sprintf("While the snapshot %q stands, these volumes can neither be detached nor "+
			"grow, and the instance is not destroyed: %s. A revert sets their content back too, if it is told to", name,
			strings.Join(found.Volumes, ", ")))
	}
	return nil
}

func invokeSnapshot(ctx context.Context, client *vcenter.Client, m snapshotModel, progress crud.Progress) error {
	id, name := m.InstanceID.ValueString(), m.Name.ValueString()
	switch m.Operation.ValueString() {
	case revert:
		return client.Snapshots.Revert(ctx, id, name, m.Volumes.ValueBool(), progress)
	case remove:
		return client.Snapshots.Delete(ctx, id, name, snapshots.Deletion{Children: m.Children.ValueBool(),
			Consolidate: m.Consolidate.IsNull() || m.Consolidate.ValueBool()}, progress)
	}
	found, err := client.Snapshots.Create(ctx, id, m.spec(), progress)
	if err == nil {
		warnTaken(ctx, name, found)
	}
	return err
}

// warnTaken warns of a snapshot that is there already.
func warnTaken(ctx context.Context, name string, found snapshots.Found) {
	if found.Taken != "" {
		crud.Warn(ctx, "There is a snapshot of that name", fmt.Sprintf("The snapshot %q was taken %s, and none is taken now. To have one "+
			"of this moment, delete that one first, or choose another name", name, found.Taken))
	}
}
