// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Nearest returns up to five of the names, the most similar to wanted first, to offer when nothing is found.
func Nearest(wanted string, names []string) []string {
	sorted := append([]string(nil), names...)
	sort.Strings(sorted)
	like := func(s string) float64 { return levenshtein.Match(strings.ToLower(wanted), strings.ToLower(s), nil) }
	sort.SliceStable(sorted, func(i, j int) bool { return like(sorted[i]) > like(sorted[j]) })
	return sorted[:min(5, len(sorted))]
}

// NoSuch returns the error for a name that does not exist. It offers the nearest names, and is openstack.ErrNotFound.
func NoSuch(kind, wanted, where string, names []string) error {
	if len(names) == 0 {
		return openstack.NotFound("no %s %q in %s, which has none", kind, wanted, where)
	}
	return openstack.NotFound("no %s %q in %s; the nearest names are %s", kind, wanted, where, Quoted(Nearest(wanted, names)))
}

// Quoted joins names for a sentence, each in quotes.
func Quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(out, ", ")
}

// MostNamed is how many names an error lists at most.
const MostNamed = 10

// Some lists up to MostNamed names and counts the rest.
func Some(names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) <= MostNamed {
		return Quoted(names)
	}
	return fmt.Sprintf("%s and %d more", Quoted(names[:MostNamed]), len(names)-MostNamed)
}
