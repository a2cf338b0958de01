// SPDX-License-Identifier: MPL-2.0

package blockstorage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// SnapshotData finds one snapshot of a volume.
var SnapshotData = crud.DataSource[*vcenter.Client, snapshotDataModel]{Name: "blockstorage_snapshot", Schema: snapshotDataSchema,
	Read: readSnapshotData}

func snapshotDataSchema(context.Context) schema.Schema {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Optional: true, Computed: true}
	}
	return schema.Schema{
		MarkdownDescription: "Finds one snapshot of a volume. With `volume_id` those of that volume are looked at, whoever has made the " +
			"volume or taken them, otherwise those of the volumes that this provider has made.",
		Attributes: map[string]schema.Attribute{
			"id":        schema.StringAttribute{MarkdownDescription: "`<volume>/<snapshot>`.", Computed: true},
			"name":      text("The snapshot's name. One that another tool has taken has none."),
			"volume_id": text("The id of the volume."),
			"status":    text("Always `available`; another one fits no snapshot."),
			"most_recent": schema.BoolAttribute{MarkdownDescription: "Of several that fit take the one taken last. Otherwise several are an " +
				"error that lists them.", Optional: true},
			"region":      crud.DataRegion(),
			"description": schema.StringAttribute{MarkdownDescription: "What the snapshot is for.", Computed: true},
			"metadata": schema.MapAttribute{MarkdownDescription: "Keys and values kept with it.", Computed: true,
				ElementType: types.StringType},
			"size": schema.Int64Attribute{MarkdownDescription: "The size of the volume in GiB.", Computed: true},
		},
	}
}

type snapshotDataModel struct {
	ID          types.String      `tfsdk:"id"`
	Name        types.String      `tfsdk:"name"`
	VolumeID    types.String      `tfsdk:"volume_id"`
	Status      types.String      `tfsdk:"status"`
	MostRecent  types.Bool        `tfsdk:"most_recent"`
	Region      types.String      `tfsdk:"region"`
	Description types.String      `tfsdk:"description"`
	Metadata    map[string]string `tfsdk:"metadata"`
	Size        types.Int64       `tfsdk:"size"`
}

func readSnapshotData(ctx context.Context, client *vcenter.Client, m snapshotDataModel) (snapshotDataModel, error) {
	all, err := m.candidates(ctx, client)
	if err != nil {
		return m, err
	}
	fits := slices.DeleteFunc(slices.Clone(all), func(s openstack.VolumeSnapshot) bool { return !m.fits(s) })
	if len(fits) > 1 && m.MostRecent.ValueBool() {
		last, err := newest(ctx, client, fits)
		return m.with(last), err
	}
	switch len(fits) {
	case 0:
		return m, openstack.NotFound("no snapshot fits; there are %s", snapshotList(all))
	case 1:
		return m.with(fits[0]), nil
	}
	return m, fmt.Errorf("%d snapshots fit: %s; narrow the search, or set most_recent = true", len(fits), snapshotList(fits))
}

// candidates are the snapshots of the volume that is written, or of all of this provider's.
func (m snapshotDataModel) candidates(ctx context.Context, client *vcenter.Client) ([]openstack.VolumeSnapshot, error) {
	if id := m.VolumeID.ValueString(); id != "" {
		all, err := client.Volumes.Snapshots(ctx, id)
		if err != nil {
			err = openstack.AttributeErrorf("volume_id", "%w", err)
		}
		return all, err
	}
	listed, err := client.Volumes.List(ctx)
	var all []openstack.VolumeSnapshot
	for _, v := range listed {
		all = append(all, v.Snapshots...)
	}
	return all, err
}

func (m snapshotDataModel) fits(s openstack.VolumeSnapshot) bool {
	status := m.Status.ValueString()
	return (m.Name.ValueString() == "" || s.Name == m.Name.ValueString()) && (status == "" || status == statusAvailable)
}

// newest is the snapshot that was taken last. A list of volumes does not tell when.
func newest(ctx context.Context, client *vcenter.Client, fits []openstack.VolumeSnapshot) (openstack.VolumeSnapshot, error) {
	dated := map[string]openstack.VolumeSnapshot{}
	for i, s := range fits {
		if !s.Created.IsZero() {
			continue
		}
		if _, known := dated[s.ID]; !known {
			of, err := client.Volumes.Snapshots(ctx, s.VolumeID)
			if err != nil {
				return s, err
			}
			for _, each := range of {
				dated[each.ID] = each
			}
		}
		fits[i].Created = dated[s.ID].Created
	}
	return slices.MaxFunc(fits, func(a, b openstack.VolumeSnapshot) int { return a.Created.Compare(b.Created) }), nil
}

// with returns the model of a snapshot.
func (m snapshotDataModel) with(s openstack.VolumeSnapshot) snapshotDataModel {
	m.ID, m.VolumeID, m.Name = types.StringValue(s.VolumeID+"/"+s.ID), types.StringValue(s.VolumeID), types.StringValue(s.Name)
	m.Description, m.Size, m.Status = types.StringValue(s.Description), types.Int64Value(s.Size), types.StringValue(statusAvailable)
	if m.Metadata = s.Metadata; m.Metadata == nil {
		m.Metadata = map[string]string{}
	}
	return m
}

// manyListed is how many snapshots an error lists.
const manyListed = 20

func snapshotList(all []openstack.VolumeSnapshot) string {
	if len(all) == 0 {
		return "none"
	}
	var out []string
	for i, s := range all {
		if i == manyListed {
			out = append(out, fmt.Sprintf("and %d more", len(all)-i))
			break
		}
		out = append(out, fmt.Sprintf("%q (%s/%s)", s.Name, s.VolumeID, s.ID))
	}
	return strings.Join(out, ", ")
}
