// SPDX-License-Identifier: MPL-2.0

package model

import (
	"cmp"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// File is a personality block.
type File struct {
	File         types.String `tfsdk:"file"`
	Content      types.String `tfsdk:"content"`
	ContentWO    types.String `tfsdk:"content_wo"` // in the configuration only
	ContentWOVer types.Int64  `tfsdk:"content_wo_version"`
}

var fileType = types.ObjectType{AttrTypes: map[string]attr.Type{"file": types.StringType, "content": types.StringType,
	"content_wo": types.StringType, "content_wo_version": types.Int64Type}}

// NoFiles returns the list of no blocks.
func NoFiles() types.List { return types.ListNull(fileType) }

// FileBlock names a personality block in an error.
func FileBlock(i int) string { return fmt.Sprintf("personality[%d]", i) }

// Files returns a list's blocks, none while the list is unknown.
func Files(blocks types.List) (out []File) {
	if !blocks.IsUnknown() {
		out = crud.Elements[File](blocks)
	}
	return out
}

// Personality returns the files to write into the guest, sorted by path.
func Personality(blocks types.List) []openstack.File {
	var files []openstack.File
	for _, m := range Files(blocks) {
		files = append(files, openstack.File{Path: m.File.ValueString(), Content: cmp.Or(m.Content.ValueString(), m.ContentWO.ValueString())})
	}
	return openstack.SortedFiles(files)
}
