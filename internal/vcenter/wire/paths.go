package wire

import (
	"context"
	"strings"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

func FindByPath(ctx context.Context, vim *vim25.Client, path string) (*ref, error) {
	res, err := methods.FindByInventoryPath(ctx, vim, &types.FindByInventoryPath{This: *vim.ServiceContent.SearchIndex, InventoryPath: path})
	if err != nil {
		return nil, err
	}
	return res.Returnval, nil
}

// EscapeName writes a name as vCenter keeps it: slash, backslash and percent sign are escaped. Given so, it is left as it is:
// vCenter escapes a percent sign only where it does not begin an escape sequence.
func EscapeName(name string) string {
	return strings.NewReplacer("%", "%25", "/", "%2f", `\`, "%5c").Replace(name)
}

func UnescapeName(name string) string {
	return strings.NewReplacer("%25", "%", "%2f", "/", "%2F", "/", "%5c", `\`, "%5C", `\`).Replace(name)
}

func EscapePath(path string) string {
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i] = EscapeName(parts[i])
	}
	return strings.Join(parts, "/")
}

// ChildrenOf describes a walk to what lies in a folder itself.
func ChildrenOf(folder ref) types.ObjectSpec {
	return types.ObjectSpec{Obj: folder, Skip: types.NewBool(true),
		SelectSet: []types.BaseSelectionSpec{&types.TraversalSpec{Type: "Folder", Path: "childEntity"}}}
}

// Below describes a walk from a folder through all folders under it, to whatever is in them.
func Below(root ref) types.ObjectSpec {
	walk := &types.TraversalSpec{
		SelectionSpec: types.SelectionSpec{Name: "walk"},
		Type:          "Folder", Path: "childEntity",
		SelectSet: []types.BaseSelectionSpec{&types.SelectionSpec{Name: "walk"}},
	}
	return types.ObjectSpec{Obj: root, SelectSet: []types.BaseSelectionSpec{walk}}
}
