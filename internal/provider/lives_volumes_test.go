// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"

	"github.com/vmware/govmomi/object"
)

// volumeLives are the lives of block storage.
var volumeLives = []life{
	{noun: "blockstorage_volume", stages: []string{volumeOf(1, "name = \"p-1\"") + copied + imaged,
		volumeOf(2, "name = \"p-2\"") + copied + imaged}},
	{noun: "blockstorage_volume", feature: "`volume_type`", stages: []string{volumeOf(1, inGold), volumeOf(1, inSilver)}},
	{noun: "blockstorage_volume", feature: "another `volume_type` for one that an instance has",
		before: func(l *laboratory) {
			l.t.Helper()
			l.admin("", twoFlavors+server("p.small", "debian-12", "  depends_on = [novasphere_compute_flavor.small]\n"))
		},
		stages: []string{volumeOf(1, inGold), volumeOf(1, inSilver)},
		between: map[int]func(*laboratory){1: func(l *laboratory) { l.t.Helper(); l.attachVolumes("it") },
			2: func(l *laboratory) { l.t.Helper(); l.detachVolumes("it") }}},
	{noun: "blockstorage_snapshot", stages: []string{snapshotOf("nightly"), snapshotOf("weekly")}},
}

const (
	inGold   = "volume_type = \"vSAN Default Storage Policy\""
	inSilver = "volume_type = \"VVol No Requirements Policy\""
	imaged   = "data \"novasphere_images_image\" \"i\" { name = \"debian-12\" }\nresource \"novasphere_blockstorage_volume\" \"boot\" {\n" +
		"  name = \"p-boot\"\n  size = 3\n  image_id = data.novasphere_images_image.i.id\n}\n"
	copied = "resource \"novasphere_blockstorage_volume\" \"copy\" {\n  size = 1\n  source_vol_id = " +
		"novasphere_blockstorage_volume.it.id\n}\n"
)

// volumeOf returns a volume of a size with one more argument.
func volumeOf(size int, argument string) string {
	return fmt.Sprintf("resource \"novasphere_blockstorage_volume\" \"it\" {\n  size = %d\n  %s\n}\n", size, argument)
}

// snapshotOf returns a snapshot of a name, with the volume that it is of.
func snapshotOf(name string) string {
	return fmt.Sprintf("resource \"novasphere_blockstorage_volume\" \"v\" {\n  name = \"p-volume\"\n  size = 1\n}\nresource "+
		"\"novasphere_blockstorage_snapshot\" \"it\" {\n  volume_id = novasphere_blockstorage_volume.v.id\n  name = %q\n}\n", name)
}

// attachVolumes gives an instance all volumes.
func (l *laboratory) attachVolumes(name string) {
	l.t.Helper()
	for _, d := range l.Disks() {
		l.AttachDisk(l.VM("OpenStack/"+name).Self, d)
	}
}

// detachVolumes takes all volumes from an instance.
func (l *laboratory) detachVolumes(name string) {
	l.t.Helper()
	vm := l.VM("OpenStack/" + name)
	for _, id := range l.Attached(vm) {
		if err := object.NewVirtualMachine(l.Client().Client, vm.Self).DetachDisk(l.t.Context(), id); err != nil {
			l.t.Fatal(err)
		}
	}
}
