// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// differs are the parts of the output that are not the same twice: times, ports, versions, addresses of a pool, and those of guests, which
// they get in the order of their starts.
var differs = []struct {
	what *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(` +\d+\.\d s  `), " TIME  "},
	{regexp.MustCompile(` +\d+\.\d s\n`), " TIME\n"},
	{regexp.MustCompile(`in \d+\.\d s`), "in TIME"},
	{regexp.MustCompile(`(choose a CLI TIME).*`), "$1"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "LOOPBACK"},
	{regexp.MustCompile(`203\.0\.113\.\d+`), "POOL"},
	{regexp.MustCompile(`10\.0\.1\.\d+`), "GUEST"},
}

// asShown returns an output without what is not the same twice.
func asShown(output string) string {
	for _, d := range differs {
		output = d.what.ReplaceAllString(output, d.by)
	}
	return strings.TrimSpace(output)
}

// compare refuses an output that a page shows otherwise, in the block behind the command that makes it. What is said at the end is left
// out.
func compare(page, command, output string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	_, rest, found := strings.Cut(string(text), "```shell\n"+command+"\n```\n\n```text\n")
	shown, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		return fmt.Errorf("%s shows no output of %s", page, command)
	}
	if asShown(shown) != asShown(output) {
		return fmt.Errorf("%s shows another output of %s: put this one there", page, command)
	}
	return nil
}
