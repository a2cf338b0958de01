package faults

import (
	"regexp"
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

// stray matches what a killed creation of a volume leaves: a volume that bears the provider's mark, in its
// record or in its name, and that no machine has, and its file.
var stray = regexp.MustCompile(`^volume .*attached 0 times.*novasphere\.mark=|^volume "novasphere-<uuid>" .*attached 0 times|^file .*/fcd/<uuid>|^file .*/novasphere-<hash>(-flat)?\.vmdk$`)

// withoutStrays removes from the unwanted lines of an inventory those of volumes whose creation was killed before the state was written:
// names of volumes need not be unique, so that nothing could say whose they are. The data source blockstorage_volumes lists them.
func withoutStrays(more []string) []string {
	return slices.DeleteFunc(more, stray.MatchString)
}
