package model

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

type fileModel struct {
	File    types.String `tfsdk:"file"`
	Content types.String `tfsdk:"content"`
}

// Personality returns the files to write into the guest, sorted by path.
func Personality(blocks types.List) []openstack.File {
	var models []fileModel
	if !blocks.IsUnknown() {
		models = crud.Elements[fileModel](blocks)
	}
	var files []openstack.File
	for _, m := range models {
		files = append(files, openstack.File{Path: m.File.ValueString(), Content: m.Content.ValueString()})
	}
	return openstack.SortedFiles(files)
}
