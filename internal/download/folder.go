// SPDX-License-Identifier: MPL-2.0

package download

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// folder is a temporary folder that only this user may read.
type folder struct {
	path string
}

// prefix begins the names of temporary folders; the id of the process follows.
const prefix = "novasphere-download-"

// abandoned is for how long nothing happens in a folder before it is taken for one of a process that was killed.
const abandoned = 24 * time.Hour

// newFolder makes a folder within another, after it has removed those that killed processes left there. "" is the system's folder for
// temporary files.
func newFolder(within string) (folder, error) {
	if within == "" {
		within = os.TempDir()
	}
	sweep(within)
	path, err := os.MkdirTemp(within, prefix+strconv.Itoa(os.Getpid())+"-*")
	return folder{path}, err
}

// file returns the path of a file of the folder.
func (f folder) file(name string) string { return filepath.Join(f.path, name) }

// Close removes the folder with what is in it.
func (f folder) Close() error { return os.RemoveAll(f.path) }

// sweep removes folders of processes that were killed. Errors are left to the next time: the folder may be another user's.
func sweep(within string) {
	found, err := filepath.Glob(filepath.Join(within, prefix+"*"))
	if err != nil {
		return
	}
	for _, path := range found {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), prefix), "-")
		process, err := strconv.Atoi(owner)
		if err == nil && process > 0 && process != os.Getpid() && untouched(path) && ended(process) {
			_ = os.RemoveAll(path)
		}
	}
}

// untouched reports whether nothing has happened for long in a folder. A link is none.
func untouched(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() {
		return false
	}
	inside, err := os.ReadDir(path)
	if err != nil {
		return false
	}
	newest := info.ModTime()
	for _, entry := range inside {
		if of, err := entry.Info(); err == nil && of.ModTime().After(newest) {
			newest = of.ModTime()
		}
	}
	return time.Since(newest) > abandoned
}

// ended reports whether a process is certainly gone.
func ended(id int) bool {
	process, err := os.FindProcess(id)
	if err != nil {
		return true // as Windows tells it
	}
	err = process.Signal(syscall.Signal(0))
	return errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH)
}
