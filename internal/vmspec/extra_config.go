// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vmware/govmomi/vim25/types"
)

// extra joins Nova's extraConfig keys with those of the table and of the caller.
func extra(w Instance, table map[string]string) map[string]string {
	out := map[string]string{InstanceKey: w.ID, "disk.EnableUUID": "true"}
	maps.Copy(out, table)
	for i, nic := range w.NICs {
		if nic.Port != "" {
			out[fmt.Sprintf("%s%d", PortKey, i)] = nic.Port
		}
	}
	maps.Copy(out, w.Extra)
	return out
}

// options returns extraConfig values sorted by key.
func options(values map[string]string) []types.BaseOptionValue {
	out := make([]types.BaseOptionValue, 0, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		out = append(out, &types.OptionValue{Key: key, Value: values[key]})
	}
	return out
}
