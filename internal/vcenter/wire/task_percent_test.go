// SPDX-License-Identifier: MPL-2.0

package wire

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/vim25/types"
)

// TestPercents: each figure that grows is told once, in its order; 100 and what repeats or falls is not.
func TestPercents(t *testing.T) {
	t.Parallel()
	if saw, ended := percents(t.Context()); saw != nil {
		ended()
		t.Error("nobody listens, and it would tell")
	}
	var told []int32
	saw, ended := percents(WithPercent(t.Context(), func(percent int32) { told = append(told, percent) }))
	for _, percent := range []int32{0, 7, 7, 40, 12, 99, 100} {
		saw(types.ObjectContent{Obj: types.ManagedObjectReference{Type: "Task", Value: "task-1"},
			PropSet: []types.DynamicProperty{{Name: "info.progress", Val: percent}}})
	}
	saw(types.ObjectContent{Obj: types.ManagedObjectReference{Type: "Task", Value: "task-1"}})
	ended()
	if !slices.Equal(told, []int32{7, 40, 99}) {
		t.Error(told)
	}
}
