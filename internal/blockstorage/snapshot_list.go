// SPDX-License-Identifier: MPL-2.0

package blockstorage

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// SnapshotList lists snapshots of volumes.
var SnapshotList = crud.List[*vcenter.Client, snapshotModel, snapshotListFilters]{Of: Snapshot, Check: snapshotListFilters.check,
	Find: findSnapshots, About: "Lists the snapshots of a volume, or of all volumes that this provider made, sorted by name. All that is " +
		"written must fit.",
	Filters: map[string]schema.Attribute{
		"name_regex": crud.ListText("A regular expression (RE2) that the names must match."),
		"volume_id":  crud.ListText("The id of their volume, whoever made it."),
	}}

type snapshotListFilters struct {
	crud.ListPlace
	NameRegex types.String `tfsdk:"name_regex"`
	VolumeID  types.String `tfsdk:"volume_id"`
}

func (f snapshotListFilters) check() error { return crud.CheckPattern("name_regex", f.NameRegex) }

func findSnapshots(ctx context.Context, client *vcenter.Client, f snapshotListFilters) ([]crud.Listed[snapshotModel], error) {
	name, err := crud.Pattern("name_regex", f.NameRegex)
	if err != nil {
		return nil, err
	}
	all, err := snapshotDataModel{VolumeID: f.VolumeID}.candidates(ctx, client)
	var out []crud.Listed[snapshotModel]
	for _, s := range all {
		if name.MatchString(s.Name) {
			out = append(out, crud.Listed[snapshotModel]{ID: s.VolumeID + "/" + s.ID, Name: s.Name})
		}
	}
	return out, err
}
