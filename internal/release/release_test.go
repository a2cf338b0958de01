// SPDX-License-Identifier: MPL-2.0

package release

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	t.Parallel()
	if got := Line("novasim", "1.2.3", "abc"); !strings.HasPrefix(got, "novasim 1.2.3 (commit abc, go") {
		t.Errorf("got %q", got)
	}
	if got := Line("novasim", "dev", ""); !strings.HasPrefix(got, "novasim dev (") || strings.Contains(got, "commit ,") {
		t.Errorf("got %q", got)
	}
}

func TestBuiltFrom(t *testing.T) {
	t.Parallel()
	revision, changed := debug.BuildSetting{Key: "vcs.revision", Value: "abc"}, debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	for want, settings := range map[string][]debug.BuildSetting{
		"":                 {changed},
		"abc":              {revision, {Key: "vcs.modified", Value: "false"}},
		"abc with changes": {revision, changed},
	} {
		if got := builtFrom(&debug.BuildInfo{Settings: settings}, true); got != want {
			t.Errorf("got %q, and %q expected", got, want)
		}
	}
	if got := builtFrom(nil, false); got != "" {
		t.Errorf("a program without a stamp says %q", got)
	}
}
