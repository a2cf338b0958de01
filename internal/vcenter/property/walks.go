package property

import "github.com/vmware/govmomi/vim25/types"

// ChildrenOf describes a walk to what lies in a folder itself.
func ChildrenOf(folder ref) types.ObjectSpec {
	return types.ObjectSpec{Obj: folder, Skip: types.NewBool(true),
		SelectSet: []types.BaseSelectionSpec{&types.TraversalSpec{Type: "Folder", Path: "childEntity"}}}
}

// Below describes a walk from a folder through all folders under it, to whatever is in them.
func Below(root ref) types.ObjectSpec {
	walk := &types.TraversalSpec{
		SelectionSpec: types.SelectionSpec{Name: "walk"}, Type: "Folder", Path: "childEntity",
		SelectSet: []types.BaseSelectionSpec{&types.SelectionSpec{Name: "walk"}},
	}
	return types.ObjectSpec{Obj: root, SelectSet: []types.BaseSelectionSpec{walk}}
}
