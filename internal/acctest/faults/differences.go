package faults

import (
	"slices"
	"strings"
)

// Differences are the lines that one inventory has more often than another: what is more than wanted, and what is missing.
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
