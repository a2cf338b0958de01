// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// copyFile copies a disk as a file.
func (l *diskLab) copyFile(from, to string, force bool) error {
	dc, err := l.find.Datacenter(l.ctx, "dc1")
	l.ok(err)
	return l.done(object.NewVirtualDiskManager(l.c.Client).CopyVirtualDisk(l.ctx, from, dc, to, dc, nil, force))
}

func TestDiskFileIsCopied(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	vm, from := l.mustClone("a", nil, on), pathOf(l.config(l.mustMake(l.spec("a", 3))))
	l.write(from, 1<<20, "copied")
	l.ok(l.copyFile(from, "[vmfs-2] b.vmdk", false))
	if l.content("[vmfs-2] b.vmdk") != l.content(from) {
		t.Error("the copy has other bytes")
	}
	faults(t, l.copyFile(from, "[vmfs-2] b.vmdk", false), &types.FileAlreadyExists{})
	l.ok(l.copyFile(from, "[vmfs-2] b.vmdk", true))
	faults(t, l.copyFile("[vmfs-1] none.vmdk", "[vmfs-2] c.vmdk", false), &types.FileNotFound{})
	faults(t, l.copyFile(from, "[vmfs-2] none/c.vmdk", false), &types.FileNotFound{})
	faults(t, l.copyFile(from, "[none] c.vmdk", false), &types.InvalidDatastorePath{})
	root := fileOf(disksOf(l.see(vm))[0])
	faults(t, l.copyFile(root, "[vmfs-2] c.vmdk", false), &types.FileLocked{})
	l.ok(l.done(vm.PowerOff(l.ctx)))
	l.ok(l.copyFile(root, "[vmfs-2] c.vmdk", false))
}

// streamOf is a disk in the format streamOptimized. govmomi's writer does not pad its grains, against the specification.
func streamOf(disk []byte) []byte {
	const sector, overhead, grain = 512, 128, 128
	header := make([]byte, overhead*sector)
	copy(header, "KDMV")
	for at, v := range map[int]uint64{4: 3, 12: uint64(len(disk)) / sector, 20: grain, 28: 1, 36: 20, 64: overhead} {
		binary.LittleEndian.PutUint64(header[at:], v)
	}
	out := slices.Clone(header)
	for at := 0; at < len(disk); at += grain * sector {
		data := disk[at:min(at+grain*sector, len(disk))]
		if bytes.Count(data, []byte{0}) == len(data) {
			continue
		}
		var packed bytes.Buffer
		z := zlib.NewWriter(&packed)
		_, _ = z.Write(data)
		_ = z.Close()
		out = binary.LittleEndian.AppendUint64(out, uint64(at/sector))
		out = binary.LittleEndian.AppendUint32(out, uint32(packed.Len()))
		out = append(out, packed.Bytes()...)
		out = append(out, make([]byte, (sector-len(out)%sector)%sector)...)
	}
	return append(out, make([]byte, sector)...) // the end of the stream
}

// TestDiskStreamIsUnpacked: a file in the format of uploads becomes a disk that can be registered.
func TestDiskStreamIsUnpacked(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	want := make([]byte, 4<<20)
	copy(want[1<<20:], bytes.Repeat([]byte("stream"), 50_000))
	upload := strings.TrimSuffix(l.local("[vmfs-1] upload.vmdk"), "-flat.vmdk") + ".vmdk"
	l.ok(os.WriteFile(upload, streamOf(want), 0o600))
	l.ok(l.copyFile("[vmfs-1] upload.vmdk", "[vmfs-1] disk.vmdk", false))
	if l.content("[vmfs-1] disk.vmdk") != string(want) {
		t.Error("the disk holds something else")
	}
	o, err := l.RegisterDisk(l.ctx, l.url("disk.vmdk"), "a")
	l.ok(err)
	if o.Config.CapacityInMB != 4 {
		t.Errorf("%d MB", o.Config.CapacityInMB)
	}
	l.ok(os.Truncate(upload, 66_000)) // half of it was uploaded
	faults(t, l.copyFile("[vmfs-1] upload.vmdk", "[vmfs-1] half.vmdk", false), &types.InvalidDiskFormat{})
	if l.exists("[vmfs-1] half.vmdk") {
		t.Error("half a disk is left")
	}
}

// TestVsanHasNoFoldersAtTheTop: they are made by another manager there.
func TestVsanHasNoFoldersAtTheTop(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	own := base.Apart(l.v.context())
	store := base.Get[*simulator.Datastore](own, l.other.Reference())
	own.WithLock(store, func() { store.Summary.Type = "vsan" })
	dc, err := l.find.Datacenter(l.ctx, "dc1")
	l.ok(err)
	m := object.NewFileManager(l.c.Client)
	l.ok(m.MakeDirectory(l.ctx, "[vmfs-1] x", dc, false))
	faults(t, m.MakeDirectory(l.ctx, "[vmfs-2] x", dc, false), &types.CannotCreateFile{})
}
