// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vmdk"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// folder is where a datastore keeps first class disks that nobody has given a path.
const folder = "fcd"

// pathOn is "[vmfs-1] fcd/1.vmdk" for a file of a datastore.
func pathOn(store *simulator.Datastore, file string) string {
	return (&object.DatastorePath{Datastore: store.Name, Path: file}).String()
}

// local is where the descriptor of a disk lies on this computer, and content the file with its bytes.
func local(store *simulator.Datastore, path string) string {
	var p object.DatastorePath
	p.FromString(path)
	return filepath.Join(store.Summary.Url, filepath.FromSlash(p.Path))
}

func content(descriptor string) string { return simulator.VirtualDiskBackingFileName(descriptor) }

// createFile makes an empty disk of a size: a descriptor with the id of the disk, and a sparse file of zeros.
func createFile(descriptor, id string, megabytes int64) types.BaseMethodFault {
	if _, err := os.Lstat(descriptor); err == nil {
		return &types.FileAlreadyExists{FileFault: types.FileFault{File: descriptor}}
	}
	if err := os.MkdirAll(filepath.Dir(descriptor), 0o700); err != nil {
		return cannotCreate(descriptor)
	}
	f, err := os.Create(content(descriptor))
	if err != nil {
		return cannotCreate(descriptor)
	}
	defer f.Close()
	return sizeFile(descriptor, id, megabytes)
}

func cannotCreate(file string) types.BaseMethodFault {
	return &types.CannotCreateFile{FileFault: types.FileFault{File: file}}
}

// sizeFile writes an id and a size in the descriptor, and gives the content that length.
func sizeFile(descriptor, id string, megabytes int64) types.BaseMethodFault {
	size := megabytes * base.MiB
	f, err := os.Create(descriptor)
	if err != nil {
		return cannotCreate(descriptor)
	}
	defer f.Close()
	extent := vmdk.Extent{Info: filepath.Base(content(descriptor)), Size: size / vmdk.SectorSize}
	written := vmdk.NewDescriptor(extent)
	if id != "" {
		written.DDB[idInFile] = id
	}
	if errors.Join(written.Write(f), os.Truncate(content(descriptor), size)) != nil {
		return cannotCreate(descriptor)
	}
	return nil
}

// idInFile is the key of a descriptor that has the id of a first class disk. A copy of the file has it too.
const idInFile = "fcd.uuid"

// readFile reads the id, which may be empty, and the size of a disk in its descriptor.
func readFile(descriptor string) (id string, megabytes int64, err error) {
	f, err := os.Open(descriptor)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	read, err := vmdk.ParseDescriptor(f)
	if err != nil || len(read.Extent) == 0 {
		return "", 0, errors.Join(err, errNoDisk)
	}
	return read.DDB[idInFile], (read.Capacity() + base.MiB - 1) / base.MiB, nil
}

var errNoDisk = errors.New("not the descriptor of a disk")

// copyFile makes a disk of an id with the bytes of another.
func copyFile(from, to, id string, megabytes int64) types.BaseMethodFault {
	if fault := createFile(to, id, megabytes); fault != nil {
		return fault
	}
	if err := copyBytes(content(from), content(to)); err != nil {
		removeFile(to)
		return &types.CannotAccessFile{FileFault: types.FileFault{File: from}}
	}
	return nil
}

// copyBytes copies what is written of a sparse file. A source that is not there has nothing: the simulator's own disks are empty.
func copyBytes(from, to string) error {
	source, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer target.Close()
	block := make([]byte, base.MiB)
	for at := nextData(source, 0); at >= 0; at = nextData(source, at) {
		n, err := source.ReadAt(block, at)
		if n == 0 {
			return ignoreEnd(err)
		}
		if _, err := target.WriteAt(block[:n], at); err != nil {
			return err
		}
		at += int64(n)
	}
	return nil
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// nextData is where a file has bytes at or after an offset; -1 where nothing follows. Where the system does not tell, everything is data.
func nextData(f *os.File, from int64) int64 {
	const seekData = 3 // SEEK_DATA of Linux
	if runtime.GOOS != "linux" {
		return from
	}
	at, err := f.Seek(from, seekData)
	if err != nil {
		return -1
	}
	return at
}

// removeFile deletes a disk's files.
func removeFile(descriptor string) {
	_, _ = os.Remove(descriptor), os.Remove(content(descriptor))
}

// moveFile takes a disk's files to another place, which may lie on another datastore.
func moveFile(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return errors.Join(os.Rename(from, to), os.Rename(content(from), content(to)))
}
