// SPDX-License-Identifier: MPL-2.0

package release

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A workflow is what the tests look at in a file of .github/workflows.
type workflow struct {
	On          map[string]any
	Permissions map[string]string
	Jobs        map[string]struct {
		Timeout     int `yaml:"timeout-minutes"`
		Permissions map[string]string
		Steps       []step
	}
}

type step struct {
	Uses, Run string
	With      map[string]any
}

// targets are those that a step has make make.
func (s step) targets() []string {
	named, makes := strings.CutPrefix(s.Run, "make ")
	if !makes {
		return nil
	}
	return slices.DeleteFunc(strings.Fields(named), func(word string) bool { return strings.Contains(word, "=") })
}

func workflows(t *testing.T) map[string]workflow {
	t.Helper()
	files, err := filepath.Glob(root + "/.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	out := map[string]workflow{}
	for _, file := range files {
		name := filepath.Base(file)
		var w workflow
		decoded(t, ".github/workflows/"+name, &w)
		out[name] = w
	}
	return out
}

// TestWorkflowsMayReadOnly: a release writes, and attests; nothing else has a token that could.
func TestWorkflowsMayReadOnly(t *testing.T) {
	t.Parallel()
	for name, w := range workflows(t) {
		if len(w.Permissions) != 1 || w.Permissions["contents"] != "read" {
			t.Errorf("%s may %v: contents: read is enough, and a job says what it needs besides", name, w.Permissions)
		}
		for job, j := range w.Jobs {
			if len(j.Permissions) > 0 && name != "release.yml" {
				t.Errorf("%s: %s may %v", name, job, j.Permissions)
			}
			if j.Timeout == 0 {
				t.Errorf("%s: %s has no timeout-minutes, and six hours are too many", name, job)
			}
		}
	}
}

// TestActionsArePinned: by their whole commit, for a tag can be moved to other code, and with the tag for people and for dependabot.
func TestActionsArePinned(t *testing.T) {
	t.Parallel()
	used, pinned := regexp.MustCompile(`uses:.*`), regexp.MustCompile(`^uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	commits := map[string]string{}
	for name := range workflows(t) {
		for _, use := range used.FindAllString(contentOf(t, ".github/workflows/"+name), -1) {
			if !pinned.MatchString(use) {
				t.Errorf("%s: %q, and a commit of 40 digits with its tag in a comment expected", name, use)
			}
			action, at, _ := strings.Cut(use, "@")
			if other := commits[action]; other != "" && other != at {
				t.Errorf("%s: %s is %s here and %s elsewhere", name, action, at, other)
			}
			commits[action] = at
		}
	}
}

// TestWorkflowsRunWhatThereIs: each target of make that they name exists, and Go and GoReleaser are those of go.mod and GNUmakefile.
func TestWorkflowsRunWhatThereIs(t *testing.T) {
	t.Parallel()
	makefile := contentOf(t, "GNUmakefile")
	minor := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(contentOf(t, "go.mod"))[1]
	for name, w := range workflows(t) {
		for job, j := range w.Jobs {
			for _, step := range j.Steps {
				for _, target := range step.targets() {
					if !strings.Contains(makefile, "\n"+target+": ") {
						t.Errorf("%s: %s makes %s, which GNUmakefile does not", name, job, target)
					}
				}
				if asked := step.With["go-version"]; strings.HasPrefix(step.Uses, "actions/setup-go@") && asked != minor+".x" {
					t.Errorf("%s: %s takes Go %v, and go.mod says %s", name, job, asked, minor)
				}
				asked, _ := step.With["version"].(string)
				if strings.HasPrefix(step.Uses, "goreleaser/") && !strings.Contains(makefile, "/goreleaser/v2@"+asked+"\n") {
					t.Errorf("%s: %s takes GoReleaser %s, and GNUmakefile another", name, job, asked)
				}
			}
		}
	}
}

// TestReleaseIsForTags: by nothing but a tag, with the changes of the version as its text.
func TestReleaseIsForTags(t *testing.T) {
	t.Parallel()
	text := contentOf(t, ".github/workflows/release.yml")
	if on := workflows(t)["release.yml"].On; len(on) != 1 || !strings.Contains(text, "    tags: [\"v*\"]\n") {
		t.Errorf("a release begins with %v", on)
	}
	for _, part := range []string{"make release-tag", "gpg_private_key: ${{ secrets.GPG_PRIVATE_KEY }}", "GPG_FINGERPRINT:",
		"actions/attest@", "--release-notes="} {
		if !strings.Contains(text, part) {
			t.Errorf("release.yml lacks %s", part)
		}
	}
}

// TestDependabotKnowsTheModules: each go.mod of the tree, and the workflows.
func TestDependabotKnowsTheModules(t *testing.T) {
	t.Parallel()
	var c struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directory   string
			Directories []string
		}
	}
	decoded(t, ".github/dependabot.yml", &c)
	var known []string
	for _, u := range c.Updates {
		for _, directory := range append(u.Directories, u.Directory) {
			if directory != "" {
				known = append(known, u.Ecosystem+" "+directory)
			}
		}
	}
	want := []string{"gomod /", "github-actions /"}
	modules, err := filepath.Glob(root + "/internal/tools/*/go.mod")
	if err != nil || len(modules) == 0 {
		t.Fatal(modules, err)
	}
	for _, module := range modules {
		want = append(want, "gomod "+filepath.ToSlash(strings.TrimPrefix(filepath.Dir(module), root)))
	}
	slices.Sort(known)
	slices.Sort(want)
	if !slices.Equal(known, want) {
		t.Errorf("dependabot looks at %v, and %v expected", known, want)
	}
}

// relative finds the links of a page of Markdown that lead to another file of the tree.
var relative = regexp.MustCompile(`\]\(([^)#:]+)[^):]*\)`)

// TestPagesOfTheProjectLeadSomewhere: those that a forge shows to whoever comes by, and where they link to.
func TestPagesOfTheProjectLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"README.md", "CONTRIBUTING.md", "RELEASING.md", "SECURITY.md", "SUPPORT.md", "CODE_OF_CONDUCT.md"} {
		for _, link := range relative.FindAllStringSubmatch(contentOf(t, page), -1) {
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(link[1]))); err != nil {
				t.Errorf("%s links to %s: %v", page, link[1], err)
			}
		}
	}
}

// TestFormsAsk: the forms of issues are read by the forge, which shows none that it does not understand.
func TestFormsAsk(t *testing.T) {
	t.Parallel()
	kinds := []string{"markdown", "textarea", "dropdown", "checkboxes", "input"}
	for _, form := range []string{"bug.yml", "feature.yml"} {
		var f struct {
			Name, Description string
			Body              []struct{ Type, ID string }
		}
		decoded(t, ".github/ISSUE_TEMPLATE/"+form, &f)
		seen := map[string]bool{}
		for _, field := range f.Body {
			if !slices.Contains(kinds, field.Type) || seen[field.ID] || field.ID == "" && field.Type != "markdown" {
				t.Errorf("%s: the field %q of type %q is nothing that the forge shows", form, field.ID, field.Type)
			}
			seen[field.ID] = true
		}
		if f.Name == "" || f.Description == "" || len(f.Body) < 3 {
			t.Errorf("%s: a form has a name, a description and fields: %+v", form, f)
		}
	}
}
