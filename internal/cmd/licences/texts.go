// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A text is one file about a licence.
type text struct {
	holder  string // the module, and the directory in it where that is not its root
	licence string // as SPDX says it; "" for a notice, which goes with a licence
	head    string // whose copyright it is, where the file says so above a licence that many have
	body    string
}

// files are the names that a licence and what goes with it may have.
var files = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)([._-][^/]*)?$`)

// code are the names that are no texts.
var code = regexp.MustCompile(`\.(go|s|c|h)$`)

// known maps words of licences to their identifiers at SPDX; a file may hold several licences.
var known = []struct{ words, licence string }{
	{"Mozilla Public License", "MPL-2.0"},
	{"Apache License", "Apache-2.0"},
	{"Permission is hereby granted, free of charge", "MIT"},
	{"Neither the name", threeClauses},
	{"Redistributions in binary form must reproduce", twoClauses},
	{"Permission to use, copy, modify, and/or distribute", "ISC"},
}

// The first two clauses of BSD's licences are the same.
const (
	twoClauses   = "BSD-2-Clause"
	threeClauses = "BSD-3-Clause"
)

// textsOf returns the texts beside the packages and in every directory above them up to their module's root, where each module has a
// licence.
func textsOf(packages []linkedPackage) ([]text, error) {
	var out []text
	read, licensed, modules := map[string]bool{}, map[string]bool{}, map[string]string{}
	for _, p := range packages {
		modules[p.Module.Path] = p.Module.Dir
		for dir := p.Dir; ; dir = filepath.Dir(dir) {
			if !read[dir] {
				read[dir] = true
				texts, err := textsIn(dir, p.Module.Path, p.Module.Dir)
				if err != nil {
					return nil, err
				}
				out = append(out, texts...)
			}
			if dir == p.Module.Dir {
				break
			}
		}
	}
	for _, t := range out {
		licensed[strings.Fields(t.holder)[0]] = licensed[strings.Fields(t.holder)[0]] || t.licence != ""
	}
	for module, dir := range modules {
		if !licensed[module] {
			return nil, fmt.Errorf("%s: no licence in %s that is known here: without one nothing of it may be given away", module, dir)
		}
	}
	return out, nil
}

// textsIn reads the texts of one directory of a module.
func textsIn(dir, module, root string) ([]text, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []text
	for _, entry := range entries {
		if name := entry.Name(); !entry.Type().IsRegular() || !files.MatchString(name) || code.MatchString(name) {
			continue
		}
		body, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		holder := module
		if inside, err := filepath.Rel(root, dir); err != nil {
			return nil, err
		} else if inside != "." {
			holder += " (" + filepath.ToSlash(inside) + ")"
		}
		t := text{holder: holder}
		t.head, t.body = parted(plain(string(body)))
		if !strings.HasPrefix(strings.ToLower(entry.Name()), "notice") {
			if t.licence = identify(t.body); t.licence == "" {
				return nil, fmt.Errorf("%s: %s is a licence that is not known here: may what is under it be given away with ours?",
					module, filepath.Join(dir, entry.Name()))
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// identify returns the identifiers of the licences in a text, joined as SPDX joins them, or "".
func identify(body string) string {
	words := strings.Join(strings.Fields(body), " ")
	var found []string
	for _, k := range known {
		if strings.Contains(words, k.words) && (k.licence != twoClauses || !slices.Contains(found, threeClauses)) {
			found = append(found, k.licence)
		}
	}
	slices.Sort(found)
	return strings.Join(found, " AND ")
}

// parted returns the lines of copyright above the Mozilla Public License apart from it: it is long, and many have it word for word.
func parted(body string) (head, licence string) {
	above, _, found := strings.Cut(body, known[0].words)
	for line := range strings.Lines(above) {
		found = found && (strings.TrimSpace(line) == "" || strings.HasPrefix(line, "Copyright"))
	}
	if !found {
		return "", body
	}
	return strings.TrimSpace(above), body[len(above):]
}

// plain cuts what differs between copies of the same text: line ends, and space at the ends.
func plain(body string) string {
	lines := strings.Split(strings.ReplaceAll(body, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n") + "\n"
}
