// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"slices"
	"strings"
)

// Differences returns the lines that one inventory has more often than the other: more are the unwanted ones, missing the absent ones.
func Differences(want, have Inventory) (more, missing []string) {
	count := map[string]int{}
	for _, line := range have {
		count[line]++
	}
	for _, line := range want {
		count[line]--
	}
	for line, n := range count {
		for range n {
			more = append(more, line)
		}
		for range -n {
			if !strings.HasPrefix(line, label) {
				missing = append(missing, line)
			}
		}
	}
	slices.Sort(more)
	slices.Sort(missing)
	return more, missing
}
