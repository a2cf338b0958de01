// SPDX-License-Identifier: MPL-2.0

package release

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
)

// heading is that of a release in CHANGELOG.md: its version, and its day or that it has none yet.
var heading = regexp.MustCompile(`^## (\d+\.\d+\.\d+\S*) \((unreleased|\d{4}-\d{2}-\d{2})\)$`)

// chapters are what a release may tell of, in bold and in this order.
var chapters = []string{"Changed", "Deprecated", "Removed", "New", "Fixed", "Security"}

// A section is what CHANGELOG.md says of one release.
type section struct {
	version  *version.Version
	day      string
	chapters []string
}

// sections reads a changelog. It returns what is wrong with it too.
func sections(text string) (out []section, wrong []string) {
	chapter := regexp.MustCompile(`^\*\*(.+)\*\*$`)
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "## ") {
			found := heading.FindStringSubmatch(line)
			if found == nil {
				wrong = append(wrong, line+": a heading is like ## 1.2.3 (2006-01-02), or (unreleased)")
				continue
			}
			v, err := version.NewSemver(found[1])
			if err != nil {
				wrong = append(wrong, line+": "+err.Error())
				continue
			}
			out = append(out, section{version: v, day: found[2]})
		} else if found := chapter.FindStringSubmatch(line); found != nil {
			if len(out) == 0 || !slices.Contains(chapters, found[1]) {
				wrong = append(wrong, line+": a release tells of "+strings.Join(chapters, ", "))
				continue
			}
			out[len(out)-1].chapters = append(out[len(out)-1].chapters, found[1])
		}
	}
	return out, append(wrong, disordered(out)...)
}

// disordered tells which releases are not older than the one above them, which are unreleased below the first, and which say nothing.
func disordered(releases []section) (wrong []string) {
	for i, s := range releases {
		if i > 0 && (!s.version.LessThan(releases[i-1].version) || s.day == "unreleased" ||
			releases[i-1].day != "unreleased" && s.day > releases[i-1].day) {
			wrong = append(wrong, s.version.Original()+" is below "+releases[i-1].version.Original()+": the newest is first, with its day")
		}
		if len(s.chapters) == 0 {
			wrong = append(wrong, s.version.Original()+" has no chapter: what is new, changed or mended?")
		}
	}
	return wrong
}

func TestChangelogBeginsWithThisVersion(t *testing.T) {
	t.Parallel()
	releases, wrong := sections(contentOf(t, "CHANGELOG.md"))
	for _, w := range wrong {
		t.Errorf("CHANGELOG.md: %s", w)
	}
	if len(releases) == 0 || releases[0].version.Original() != current(t) {
		t.Errorf("the first section of CHANGELOG.md is not that of %s, which VERSION says", current(t))
	}
}

func TestChangelogsAreRead(t *testing.T) {
	t.Parallel()
	const good = "# Changelog\n\n## 0.2.0 (unreleased)\n\n**New**\n\n* A\n\n## 0.1.0 (2026-12-01)\n\n**New**\n"
	if releases, wrong := sections(good); len(releases) != 2 || len(wrong) > 0 {
		t.Errorf("got %v, %v", releases, wrong)
	}
	for text, want := range map[string]string{
		strings.Replace(good, "0.2.0", "0.1.0", 1):                   "0.1.0 is below 0.1.0",
		strings.Replace(good, "2026-12-01", "unreleased", 1):         "0.1.0 is below 0.2.0",
		strings.Replace(good, "(unreleased)", "(2026-11-30)", 1):     "0.1.0 is below 0.2.0",
		strings.Replace(good, " (unreleased)", "", 1):                "a heading is like",
		strings.Replace(good, "**New**", "**Wonders**", 1):           "a release tells of",
		strings.Replace(good, "**New**\n\n* A", "nothing to say", 1): "0.2.0 has no chapter",
	} {
		if _, wrong := sections(text); len(wrong) == 0 || !strings.Contains(strings.Join(wrong, "\n"), want) {
			t.Errorf("%q: %q, and %q expected", text, wrong, want)
		}
	}
}
