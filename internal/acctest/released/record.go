// SPDX-License-Identifier: MPL-2.0

package released

import (
	"fmt"
	"strings"
)

// A Record is what is kept of a release.
type Record struct {
	Release string // "0.1.0", or "0.1.0 (unreleased)" while nobody can have it yet
	Lines   Lines
}

const unreleased = " (unreleased)"

// Text returns the record as a file.
func (r Record) Text() string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n", r.Release)
	for _, key := range r.Lines.keys() {
		fmt.Fprintf(&out, "%s: %s\n", key, r.Lines[key])
	}
	return out.String()
}

// Parse reads a record's file.
func Parse(text string) (Record, error) {
	first, rest, _ := strings.Cut(text, "\n")
	release, is := strings.CutPrefix(first, "# ")
	if !is {
		return Record{}, fmt.Errorf("the first line is %q, and should name the release", first)
	}
	r := Record{Release: release, Lines: Lines{}}
	for line := range strings.Lines(rest) {
		key, facts, is := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !is {
			return Record{}, fmt.Errorf("the line %q has no facts", line)
		}
		r.Lines[key] = facts
	}
	return r, nil
}

// Newest returns what a record has to be of by a changelog: the newest release, or, while there is none, the first that is being made. The
// changelog has a heading "## 0.1.0" for each, or "## 0.1.0 (unreleased)", newest first; what follows the number of a release, such as its
// date, does not matter.
func Newest(changelog string) (release string) {
	for line := range strings.Lines(changelog) {
		heading, is := strings.CutPrefix(strings.TrimSpace(line), "## ")
		switch {
		case !is:
		case strings.HasSuffix(heading, unreleased):
			release = heading
		default:
			number, _, _ := strings.Cut(heading, " ")
			return number
		}
	}
	return release
}

// MayBecome returns the record that is to be kept of the present schemas, or an error where that would take back a promise. While the
// release is being made, anything may change. Afterwards the record stays until the next release, which may only add.
func (r Record) MayBecome(release string, now Lines, breaks []string) (Record, error) {
	if !r.Made() {
		return Record{Release: release, Lines: now}, nil
	}
	if len(breaks) > 0 {
		return r, fmt.Errorf("%s is released, and %d of its lines would be dropped or changed:\n%s", r.Release, len(breaks),
			strings.Join(breaks, "\n"))
	}
	if r.Release == release {
		return r, nil // what has been added since is not promised yet
	}
	return Record{Release: release, Lines: now}, nil
}

// Made reports whether the release exists, so that somebody may rely on it.
func (r Record) Made() bool { return !strings.HasSuffix(r.Release, unreleased) }
