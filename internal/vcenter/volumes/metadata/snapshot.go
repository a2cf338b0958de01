// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// snapshotPrefix begins the keys of snapshots' records in the metadata of their volume: a snapshot has none of its own.
const snapshotPrefix = "novasphere.snapshot."

// notePrefix begins the description that a vCenter shows beside a snapshot of this provider's, which is all that the call takes.
const notePrefix = "novasphere "

// SnapshotNote is that description: it tells a snapshot whose creation was not answered.
func SnapshotNote(markID, name string) string {
	return strings.TrimSpace(notePrefix + markID + " " + name)
}

// SnapshotKeys begin the keys of one snapshot's record.
func SnapshotKeys(id string) string { return snapshotPrefix + id + "." }

// EncodeSnapshot gives the metadata of a snapshot's record. The mark shows that it was written.
func EncodeSnapshot(id, markID string, spec openstack.VolumeSnapshotSpec) map[string]string {
	out := map[string]string{SnapshotKeys(id) + "mark": markID}
	if spec.Name != "" {
		out[SnapshotKeys(id)+"name"] = spec.Name
	}
	if spec.Description != "" {
		out[SnapshotKeys(id)+"description"] = spec.Description
	}
	for key, value := range spec.Metadata {
		out[SnapshotKeys(id)+"meta."+key] = value
	}
	return out
}

// CheckSnapshot refuses what the metadata of a snapshot's volume cannot hold, at its attribute.
func CheckSnapshot(spec openstack.VolumeSnapshotSpec) error {
	return Check(openstack.VolumeSpec{Name: spec.Name, Description: spec.Description, Metadata: spec.Metadata})
}

// DecodeSnapshot is a snapshot with its record, as the metadata of its volume hold it.
func DecodeSnapshot(volume, id, note string, metadata map[string]string) openstack.VolumeSnapshot {
	s := openstack.VolumeSnapshot{ID: id, VolumeID: volume, Note: note, Own: strings.HasPrefix(note, notePrefix)}
	s.Metadata = map[string]string{}
	for key, value := range metadata {
		key, ok := strings.CutPrefix(key, SnapshotKeys(id))
		if !ok {
			continue
		}
		switch name, user := strings.CutPrefix(key, "meta."); {
		case user:
			s.Metadata[name] = value
		case key == "name":
			s.Name = value
		case key == "description":
			s.Description = value
		case key == "mark":
			s.MarkID = value
		}
	}
	return s
}
