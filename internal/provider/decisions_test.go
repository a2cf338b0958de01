// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sections are the parts of a decision, in order.
var sections = []string{"Context", "Decision", "Consequences", "Guarded by"}

var (
	decisionFile  = regexp.MustCompile(`^(\d{4})(-[a-z0-9]+)+\.md$`)
	decisionTitle = regexp.MustCompile(`^# (\d{4})\. \S.*\n\n\* Status: (accepted|superseded by \d{4})\n\* Date: \d{4}-\d{2}-\d{2}\b`)
	heading       = regexp.MustCompile(`(?m)^## (.+)$`)
	namedTest     = regexp.MustCompile(`\b(Test|Fuzz|Benchmark)[A-Z]\w*`)
)

// TestDecisionsAreGuarded reads docs/adr: each decision has all its parts and is listed in README.md, and each test that it names
// exists. After a test is renamed or deleted, the decision must name another one, or nothing guards it.
func TestDecisionsAreGuarded(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(filepath.Join(root, "docs", "adr"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("docs/adr holds no decision")
	}
	list := textOf(t, "docs/adr/README.md")
	tests := testNames(t)
	numbers := map[string]string{}
	for _, file := range files {
		name := file.Name()
		if name == "README.md" {
			continue
		}
		number := decisionFile.FindStringSubmatch(name)
		if number == nil {
			t.Errorf("docs/adr/%s is not called NNNN-what-it-is-about.md", name)
			continue
		}
		if other, taken := numbers[number[1]]; taken {
			t.Errorf("docs/adr/%s has the number of %s", name, other)
		}
		numbers[number[1]] = name
		text := textOf(t, "docs/adr/"+name)
		title, _, _ := strings.Cut(strings.TrimPrefix(text, "# "+number[1]+". "), "\n")
		if line := "\n* [" + number[1] + "](" + name + ") " + title + "\n"; !strings.Contains(list, line) {
			t.Errorf("docs/adr/README.md lacks this line:%s", line)
		}
		for _, wrong := range faultsOfDecision(text, number[1], tests) {
			t.Errorf("docs/adr/%s %s", name, wrong)
		}
	}
	for _, link := range regexp.MustCompile(`\(([^)]+\.md)\)`).FindAllStringSubmatch(list, -1) {
		exists(t, "docs/adr", link[1])
	}
}

// faultsOfDecision returns what a decision lacks, each as the end of a sentence that begins with its name.
func faultsOfDecision(text, number string, tests map[string]bool) (wrong []string) {
	if title := decisionTitle.FindStringSubmatch(text); title == nil || title[1] != number {
		wrong = append(wrong, `does not begin with "# `+number+`. Title", "* Status: accepted" and "* Date: YYYY-MM-DD"`)
	}
	parts := heading.Split(text, -1)[1:]
	var names []string
	for _, found := range heading.FindAllStringSubmatch(text, -1) {
		names = append(names, found[1])
	}
	if strings.Join(names, ", ") != strings.Join(sections, ", ") {
		return append(wrong, "has the headings "+strings.Join(names, ", ")+" instead of "+strings.Join(sections, ", "))
	}
	for i, part := range parts {
		if strings.TrimSpace(part) == "" {
			wrong = append(wrong, "says nothing under "+sections[i])
		}
	}
	if !namedTest.MatchString(parts[len(parts)-1]) {
		wrong = append(wrong, "names no test that guards it")
	}
	for _, name := range namedTest.FindAllString(text, -1) {
		if !tests[name] {
			wrong = append(wrong, "names "+name+", which no package has")
		}
	}
	return wrong
}

func TestFaultsOfDecision(t *testing.T) {
	t.Parallel()
	const good = "# 0007. Title\n\n* Status: accepted\n* Date: 2026-11-22; later\n\n## Context\n\nc\n\n## Decision\n\nd\n\n" +
		"## Consequences\n\ne\n\n## Guarded by\n\n* `TestThere`.\n"
	for name, c := range map[string]struct{ old, with, want string }{
		"whole":           {"", "", ""},
		"another number":  {"# 0007", "# 0008", "does not begin"},
		"no status":       {"* Status: accepted\n", "", "does not begin"},
		"no date":         {"Date: 2026-11-22", "Date: then", "does not begin"},
		"no heading":      {"## Consequences\n\ne\n\n", "", "has the headings Context, Decision, Guarded by instead"},
		"an empty part":   {"\nd\n", "", "says nothing under Decision"},
		"an unknown test": {"TestThere", "TestGone", "names TestGone, which no package has"},
		"no test":         {"`TestThere`", "nobody", "names no test"},
	} {
		wrong := faultsOfDecision(strings.Replace(good, c.old, c.with, 1), "0007", map[string]bool{"TestThere": true})
		if c.want == "" && len(wrong) > 0 || c.want != "" && (len(wrong) != 1 || !strings.HasPrefix(wrong[0], c.want)) {
			t.Errorf("%s: %q", name, wrong)
		}
	}
}

// TestPathsOfTheWalk: the files and folders that the walk through the house names exist, at least by the end of their paths.
func TestPathsOfTheWalk(t *testing.T) {
	t.Parallel()
	var files []string
	eachFile(t, func(file string) { files = append(files, "/"+file) })
	named := regexp.MustCompile("`([a-z_]+(?:/[a-z_]+)+(?:\\.go)?)`").FindAllStringSubmatch(textOf(t, "docs/architecture.md"), -1)
	if len(named) < 30 {
		t.Errorf("the walk names %d places", len(named))
	}
	for _, place := range named {
		there := slices.ContainsFunc(files, func(file string) bool {
			return strings.HasSuffix(file, "/"+place[1]) || strings.HasPrefix(file, "/"+place[1]+"/")
		})
		if !there {
			t.Errorf("docs/architecture.md names %s, which is not there", place[1])
		}
	}
}

// testNames returns the names of all tests, fuzz tests and benchmarks of this module.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	eachGoFile(t, func(file string) {
		if !strings.HasSuffix(file, "_test.go") {
			return
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range parsed.Decls {
			if f, is := declared.(*ast.FuncDecl); is && f.Recv == nil && namedTest.MatchString(f.Name.Name) {
				names[f.Name.Name] = true
			}
		}
	})
	return names
}

// textOf reads a file of the tree.
func textOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
