// SPDX-License-Identifier: MPL-2.0

package diskimage

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"syscall"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/vmdk"
)

// local is a file of this machine.
type local struct {
	*os.File
	size  int64
	mu    sync.Mutex // holds the position of the file, which reads do not use
	blind bool       // whether the file system does not tell holes
}

// openLocal opens a regular file, after a look at what it is: to open a pipe waits until somebody writes into it.
func openLocal(name string) (*local, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, reason(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errNoFile
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, reason(err)
	}
	return newLocal(file)
}

var errNoFile = errors.New("it is not a file")

// reason returns why a file was not opened, without the path, which stands elsewhere in the error.
func reason(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

func newLocal(file *os.File) (*local, error) {
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNoFile
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	// Elsewhere than on Linux these calls do not exist or have other numbers.
	return &local{File: file, size: info.Size(), blind: runtime.GOOS != "linux"}, nil
}

// Size returns the length of the file when it was opened.
func (l *local) Size() int64 { return l.size }

// Linux's ways to seek in a file with holes.
const (
	seekData = 3
	seekHole = 4
)

// NextData returns the next extent of the file that is not a hole.
func (l *local) NextData(offset int64) (start, end int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.blind || offset >= l.size {
		return min(offset, l.size), l.size, nil
	}
	start, err = l.Seek(offset, seekData)
	if errors.Is(err, syscall.ENXIO) {
		return l.size, l.size, nil // the rest is a hole
	}
	if err == nil {
		end, err = l.Seek(start, seekHole)
	}
	if err != nil || end <= start {
		l.blind = true
		return offset, l.size, nil
	}
	return min(start, l.size), min(end, l.size), nil
}

// folder opens files of a folder by their names, and nothing that a link points to.
type folder struct {
	path string
}

// Open opens a regular file.
func (f folder) Open(name string) (vmdk.Extent, error) {
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Lstat(name)
	if err != nil {
		return nil, reason(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errNoFile
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, reason(err)
	}
	opened, err := file.Stat()
	if err != nil || !os.SameFile(info, opened) {
		return nil, errors.Join(errors.New("it was replaced while it was opened"), file.Close())
	}
	return newLocal(file)
}
