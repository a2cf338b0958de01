// SPDX-License-Identifier: MPL-2.0

package download

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func TestFetchTakesAFileOfThisMachineAsItIs(t *testing.T) { //nolint:paralleltest // it sets the environment
	temporary(t)
	folder, content := t.TempDir(), noise(1<<20)
	path := filepath.Join(folder, "a.img")
	if err := os.WriteFile(path, content, 0o400); err != nil {
		t.Fatal(err)
	}
	file := fetched(t, Request{Path: path, Checksum: "sha256:" + sha(content)}, content)
	if file.Path != path || file.Name != path {
		t.Errorf("got %+v", file)
	}
	closed(t, file)
	if _, err := os.Stat(path); err != nil {
		t.Errorf("it was removed: %v", err)
	}
	refused(t, Request{Path: path, Checksum: "sha256:" + sha(nil)}, "has the checksum sha256:"+sha(content))
	refused(t, Request{Path: path, Limit: 1}, "is longer than 1 bytes")
	refused(t, Request{Path: path, Decompress: true}, "is not compressed")
	refused(t, Request{Path: folder}, "it is not a file")
	refused(t, Request{Path: os.DevNull}, "it is not a file")
	refused(t, Request{Path: filepath.Join(folder, "gone")}, "no such file")
}

// What a killed process left is removed a day later, and nothing else.
func TestSweepRemovesWhatKilledProcessesLeft(t *testing.T) {
	t.Parallel()
	within := t.TempDir()
	const ended = 1<<22 + 1 // more than Linux has processes
	day := time.Now().Add(-25 * time.Hour)
	left := func(name string, old, oldFile time.Time) string {
		t.Helper()
		path := filepath.Join(within, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(path, "image")
		if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		for path, when := range map[string]time.Time{file: oldFile, path: old} {
			if err := os.Chtimes(path, when, when); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	gone := left(fmt.Sprint(prefix, ended, "-1"), day, day)
	kept := []string{
		left(fmt.Sprint(prefix, ended, "-2"), day, time.Now()),
		left(fmt.Sprint(prefix, ended, "-3"), time.Now(), time.Now()),
		left(prefix+strconv.Itoa(os.Getppid())+"-4", day, day),
		left(prefix+strconv.Itoa(os.Getpid())+"-5", day, day),
		left(prefix+"x-6", day, day),
		left(fmt.Sprint("other-", ended, "-7"), day, day),
		filepath.Join(within, fmt.Sprint(prefix, ended, "-8")),
	}
	if err := os.Symlink(kept[5], kept[6]); err != nil {
		t.Fatal(err)
	}
	sweep(within)
	if _, err := os.Stat(gone); !os.IsNotExist(err) {
		t.Errorf("%s is there: %v", gone, err)
	}
	for _, path := range kept {
		if _, err := os.Stat(filepath.Join(path, "image")); err != nil {
			t.Error(err)
		}
	}
}
