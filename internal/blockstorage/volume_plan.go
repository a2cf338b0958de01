// SPDX-License-Identifier: MPL-2.0

package blockstorage

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// checkVolume refuses what contradicts itself.
func checkVolume(m volumeModel) error {
	first := ""
	for _, of := range []struct {
		argument string
		value    types.String
	}{{"image_id", m.ImageID}, {"snapshot_id", m.SnapshotID}, {"source_vol_id", m.SourceID}} {
		if of.value.ValueString() == "" {
			continue
		}
		if first != "" {
			return openstack.AttributeErrorf(of.argument, "a volume is filled from one source, and %s names another: write only one of them", first)
		}
		first = of.argument
	}
	if first != "" && first != "source_vol_id" && m.Multiattach.ValueBool() {
		return openstack.AttributeErrorf("multiattach", "a volume that several instances may have is written with zeros beforehand, which no "+
			"disk from %s can be: make a volume of it, and copy that (source_vol_id)", first)
	}
	if _, host := inventory.SplitZone(m.Zone.ValueString()); host != "" {
		return openstack.AttributeErrorf("availability_zone", "a volume lies on a datastore, and no host is named for it: write the zone alone")
	}
	return nil
}

// checkMissing refuses what a vCenter does not have.
func (m volumeModel) checkMissing() error {
	for _, of := range []struct {
		argument string
		value    types.String
		why      string
	}{
		{"backup_id", m.BackupID, "there is no backup service here: restore the backup with the tool that has made it, and import the disk, or " +
			"write source_vol_id or snapshot_id"},
		{"consistency_group_id", m.GroupID, "a vCenter has no groups of volumes: take it out, and stop what writes to the volumes while " +
			"their snapshots are taken"},
		{"source_replica", m.Replica, "a vCenter does not replicate single volumes: write source_vol_id for a copy, or use the array's own " +
			"replication with a storage policy (volume_type)"},
	} {
		if of.value.ValueString() != "" {
			return openstack.AttributeErrorf(of.argument, "%s", of.why)
		}
	}
	return nil
}

// planVolume completes a plan, and refuses what no vCenter, or not this one, can do.
func planVolume(ctx context.Context, req volumeRequest) error {
	plan := req.Plan
	if err := checkVolume(*plan); err != nil {
		return err
	}
	if err := plan.checkMissing(); err != nil {
		return err
	}
	planComputed(req)
	if crud.Known(plan.Name, plan.Description, plan.Metadata) {
		if err := metadata.Check(plan.spec()); err != nil {
			return err
		}
	}
	if req.State == nil {
		return planCreation(ctx, req)
	}
	if replaced := plan.replacing(*req.State); len(replaced) > 0 { // the second plan looks at the new one
		req.Replace(replaced...)
		return nil
	}
	return planChange(ctx, req)
}

// planComputed plans what is not written.
func planComputed(req volumeRequest) {
	plan, state, config := req.Plan, req.State, req.Config
	before := emptyVolume()
	before.Zone, before.Metadata = types.StringValue(inventory.DefaultZone), crud.MapOf(nil)
	before.Attachment, before.Type = types.SetValueMust(attachmentType, nil), types.StringNull()
	if state != nil {
		before = *state
	}
	if plan.Attachment = before.Attachment; config.Zone.IsNull() {
		plan.Zone = before.Zone
	}
	if config.Metadata.IsNull() {
		plan.Metadata = before.Metadata
	}
	if !config.Type.IsNull() {
		return
	}
	if plan.Type = before.Type; state == nil && !plan.Zone.IsUnknown() && req.Client != nil {
		plan.Type = typeOf(req.Client.Inventory.PolicyOf(plan.zone()))
	} else if state == nil {
		plan.Type = types.StringUnknown()
	}
}

// replacing are the arguments whose change makes another volume. An empty string is as none.
func (m volumeModel) replacing(was volumeModel) (arguments path.Paths) {
	change := func(argument string, changed bool) {
		if changed {
			arguments = append(arguments, path.Root(argument))
		}
	}
	zone, _ := inventory.SplitZone(m.Zone.ValueString())
	former, _ := inventory.SplitZone(was.Zone.ValueString())
	change("availability_zone", m.Zone.IsUnknown() || zone != former)
	change("multiattach", m.Multiattach.IsUnknown() || m.Multiattach.ValueBool() != was.Multiattach.ValueBool())
	other := func(now, before types.String) bool {
		return now.IsUnknown() || now.ValueString() != before.ValueString()
	}
	change("image_id", other(m.ImageID, was.ImageID))
	change("snapshot_id", other(m.SnapshotID, was.SnapshotID))
	change("source_vol_id", other(m.SourceID, was.SourceID))
	change("scheduler_hints", len(was.Hints.Elements()) > 0 && !m.Hints.Equal(was.Hints))
	return arguments
}

// planCreation refuses a volume that cannot be made. What is not known yet is left out.
func planCreation(ctx context.Context, req volumeRequest) error {
	client, plan := req.Client, *req.Plan
	plan.warnHints(ctx, client)
	if client == nil || plan.Zone.IsUnknown() {
		return nil
	}
	r := plan.request()
	image, planned := client.Planned.Images.Lookup(plan.ImageID.ValueString(), "")
	if planned && !plan.Size.IsUnknown() && r.Size < image.LeastDisk() {
		return openstack.AttributeErrorf("size", "the volume has %d GiB, and the image %s needs %d: write at least that", r.Size, image.Name,
			image.LeastDisk())
	}
	if planned {
		if _, err := client.Images.ByID(ctx, image.ID); errors.Is(err, openstack.ErrNotFound) {
			r.Source = openstack.VolumeSource{} // its creation looks at the image
		}
	}
	return client.Volumes.Check(ctx, r)
}

// planChange refuses a change that this volume cannot take.
func planChange(ctx context.Context, req volumeRequest) error {
	client, plan, state := req.Client, *req.Plan, *req.State
	grows, retyped := !plan.Size.IsUnknown() && !plan.Size.Equal(state.Size), plan.retyped(state) && !plan.Type.IsUnknown()
	switch {
	case !grows && !retyped:
		return nil
	case client == nil && grows:
		return volumes.CheckSize(openstack.Volume{VolumeSpec: state.spec()}, plan.Size.ValueInt64())
	case client == nil:
		return nil
	}
	v, err := client.Volumes.Recent(ctx, state.ID.ValueString())
	if errors.Is(err, openstack.ErrNotFound) { // the next refresh tells
		return nil
	}
	if err == nil && grows {
		err = planGrowth(ctx, client, plan, v)
	}
	if err == nil && retyped {
		err = client.Volumes.CheckType(ctx, v.ID, plan.change(state))
	}
	return err
}

// planGrowth refuses a size that a volume cannot have, and a growth while an instance has it unless that is allowed. The refresh has told
// whether one has it.
func planGrowth(ctx context.Context, client *vcenter.Client, plan volumeModel, v openstack.Volume) error {
	size := plan.Size.ValueInt64()
	if err := volumes.CheckSize(v, size); err != nil || size == v.Size || len(plan.Attachment.Elements()) == 0 {
		return err
	}
	held, err := client.Volumes.Attachments(ctx, v.ID)
	if err != nil {
		return err
	}
	if len(held) > 0 && !plan.OnlineResize.ValueBool() && !plan.OnlineResize.IsUnknown() {
		return openstack.AttributeErrorf("size", "the volume %s is attached to %s, and enable_online_resize is not true: set it, or detach the "+
			"volume before it grows", v.Name, held[0].ServerName)
	}
	return client.Volumes.CheckGrowth(ctx, v, size)
}

// retyped reports whether the volume is to have another type than it has. An empty string says nothing.
func (m volumeModel) retyped(was volumeModel) bool {
	return m.Type.ValueString() != "" && m.Type.ValueString() != was.Type.ValueString()
}
