// SPDX-License-Identifier: MPL-2.0

package automation

import (
	"archive/tar"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vim25/types"
)

// streamSuffix ends the name of a disk as it was sent. The simulator keeps less of it.
const streamSuffix = ".stream"

// keepStreams keeps a disk as it came beside what the simulator keeps, and the disks in an OVA.
func (s *Service) keepStreams(session, name string, spool io.ReadSeeker) {
	folder := ""
	s.withUpdate(session, func(u *update) { folder = s.folderOf(u.library, u.LibraryItemID) })
	if _, err := spool.Seek(0, io.SeekStart); err != nil || folder == "" {
		return
	}
	switch filepath.Ext(name) {
	case ".vmdk":
		keepStream(folder, name, spool)
	case ".ova":
		archive := tar.NewReader(spool)
		for {
			inside, err := archive.Next()
			if err != nil {
				return
			}
			if filepath.Ext(inside.Name) == ".vmdk" {
				keepStream(folder, filepath.Base(inside.Name), archive)
			}
		}
	}
}

func keepStream(folder, name string, from io.Reader) {
	if os.MkdirAll(folder, 0o750) != nil {
		return
	}
	f, err := os.Create(filepath.Join(folder, name+streamSuffix))
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = io.Copy(f, from)
}

// folderOf is where the files of an item lie on this computer.
func (s *Service) folderOf(l *library.Library, item string) string {
	if len(l.Storage) == 0 {
		return ""
	}
	store, _ := s.registry.Get(types.ManagedObjectReference{Type: "Datastore", Value: l.Storage[0].DatastoreID}).(*simulator.Datastore)
	if store == nil {
		return ""
	}
	return filepath.Join(store.Summary.Url, "contentlib-"+l.ID, item)
}

// Streams are the disks of an item as they were sent, as files of this computer in the order of their names.
func (s *Service) Streams(item string) (files []string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for all := s.libraries.MapRange(); all.Next(); {
		content := all.Value().Elem()
		if !content.FieldByName("Item").MapIndex(reflect.ValueOf(item)).IsValid() {
			continue
		}
		l, _ := content.FieldByName("Library").Interface().(*library.Library)
		folder := s.folderOf(l, item)
		entries, _ := os.ReadDir(folder)
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), streamSuffix) {
				files = append(files, filepath.Join(folder, e.Name()))
			}
		}
	}
	slices.Sort(files)
	return files
}
