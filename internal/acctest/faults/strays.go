// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"regexp"
	"slices"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vslm"
)

// stray matches what a killed creation of a volume leaves: a volume that bears the provider's mark, in its record or in its name, and that
// no machine has, and its file; and what one of a snapshot leaves. It matches what a killed deletion of an image leaves too: its record,
// which goes with the next change by a process that has found the image gone.
var stray = regexp.MustCompile(`^volume .*attached 0 times.*novasphere\.mark=|^volume "novasphere-<uuid>" .*attached 0 times|` +
	`^file .*/fcd/<uuid>|^file .*/novasphere-<hash>(-flat)?\.vmdk$|^snapshot of volume "|^record .* novasphere\.image\.<uuid> `)

// withoutStrays removes from the unwanted lines of an inventory the records of images, and those of volumes and snapshots whose creation
// was killed before the state was written: their names need not be unique, so that nothing could say whose they are. The data source
// blockstorage_volumes lists such volumes, and the error of a volume that is not deleted names its snapshots.
func withoutStrays(more []string) []string {
	return slices.DeleteFunc(more, stray.MatchString)
}

// sweep deletes the snapshots that are in no state, as a user does whose volume is not deleted for one.
func (s *stage) sweep() {
	s.t.Helper()
	known := map[string]bool{}
	for _, o := range s.ws.Objects() {
		known[o.Text("id")] = true
	}
	ctx, client := s.t.Context(), s.vc.Client().Client
	for _, d := range s.vc.Disks() {
		for _, snapshot := range d.Snapshots {
			if known[d.ID()+"/"+snapshot.Id.Id] {
				continue
			}
			var path object.DatastorePath
			path.FromString(d.Path())
			store, err := find.NewFinder(client).Datastore(ctx, s.vc.Datacenter(1)+"/datastore/"+path.Datastore)
			var task *object.Task
			if err == nil {
				task, err = vslm.NewObjectManager(client).DeleteSnapshot(ctx, store, d.ID(), snapshot.Id.Id)
			}
			if err == nil {
				err = task.Wait(ctx)
			}
			if err != nil {
				s.t.Fatal(err)
			}
		}
	}
}
