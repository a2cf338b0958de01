// SPDX-License-Identifier: MPL-2.0

package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Counted returns this CLI behind a script in dir that records each start. Without a POSIX shell nothing is counted.
func (c CLI) Counted(dir string) (CLI, error) {
	if runtime.GOOS == "windows" {
		return c, nil
	}
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		return CLI{}, err
	}
	counted := c
	counted.starts, counted.Path = filepath.Join(dir, "starts"), filepath.Join(bin, filepath.Base(c.Path))
	// A short append is atomic, so that simultaneous starts are all recorded. The script execs the CLI, so that signals reach it.
	script := fmt.Sprintf("#!/bin/sh\nprintf . >>'%s'\nexec '%s' \"$@\"\n", counted.starts, c.Path)
	return counted, os.WriteFile(counted.Path, []byte(script), 0o700)
}

// Starts returns how often a counted CLI was started.
func (c CLI) Starts() int64 {
	noted, err := os.Stat(c.starts)
	if err != nil {
		return 0 // never started
	}
	return noted.Size()
}
