// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"slices"
	"strings"
)

// disks adds first class disks with their records and snapshots.
func (l *look) disks() {
	for _, d := range l.vc.Disks() {
		var record []string
		for _, pair := range d.Metadata {
			if strings.HasPrefix(pair.Key, "novasphere.snapshot.") {
				l.say("snapshot of volume %q with %s=%s", d.Name, pair.Key, pair.Value)
			} else {
				record = append(record, withoutChosen(pair.Key+"="+pair.Value))
			}
		}
		slices.Sort(record)
		l.say("volume %q of %d MB in %s keep=%s, attached %d times, %q", d.Name, d.CapacityInMB, d.Path(), text(d.KeepAfterDeleteVm),
			len(d.ConsumerId), record)
		for _, s := range d.Snapshots {
			l.say("snapshot of volume %q: %s", d.Name, s.Description)
		}
	}
}
