// SPDX-License-Identifier: MPL-2.0

package property

import "github.com/vmware/govmomi/vim25/types"

// ChildrenOf returns a walk to the objects directly in a folder.
func ChildrenOf(folder ref) types.ObjectSpec {
	return types.ObjectSpec{Obj: folder, Skip: types.NewBool(true),
		SelectSet: []types.BaseSelectionSpec{&types.TraversalSpec{Type: "Folder", Path: "childEntity"}}}
}

// Below returns a walk from a folder through all folders below it, to everything in them.
func Below(root ref) types.ObjectSpec {
	walk := &types.TraversalSpec{
		SelectionSpec: types.SelectionSpec{Name: "walk"}, Type: "Folder", Path: "childEntity",
		SelectSet: []types.BaseSelectionSpec{&types.SelectionSpec{Name: "walk"}},
	}
	return types.ObjectSpec{Obj: root, SelectSet: []types.BaseSelectionSpec{walk}}
}

// PortgroupsOf returns a walk to the portgroups of a distributed switch.
func PortgroupsOf(dvs ref) types.ObjectSpec {
	return types.ObjectSpec{Obj: dvs, Skip: types.NewBool(true),
		SelectSet: []types.BaseSelectionSpec{&types.TraversalSpec{Type: "DistributedVirtualSwitch", Path: "portgroup"}}}
}
