// SPDX-License-Identifier: MPL-2.0

// Package release says which release a program is of. Its tests hold what a release is made of to what registries and users expect of it.
package release

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Line is what a program's -version prints: its name, its version, the commit where it is known, and what it was built with and for.
func Line(program, version, commit string) string {
	if commit == "" {
		commit = builtFrom(debug.ReadBuildInfo())
	}
	if commit != "" {
		commit = "commit " + commit + ", "
	}
	return fmt.Sprintf("%s %s (%s%s %s/%s)", program, version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// builtFrom returns the commit that Go has stamped on a program, with a mark where the tree had other changes, or "" without a stamp.
func builtFrom(info *debug.BuildInfo, stamped bool) string {
	if !stamped {
		return ""
	}
	commit, changed := "", ""
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			commit = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			changed = " with changes"
		}
	}
	if commit == "" {
		return ""
	}
	return commit + changed
}
