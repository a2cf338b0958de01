package volumes

import (
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// snapshotPrefix begins the keys of snapshots' records in the metadata of their volume: a snapshot has none of its own.
const snapshotPrefix = "novasphere.snapshot."

// notePrefix begins the description that a vCenter shows beside a snapshot of this provider's, which is all that the call takes.
const notePrefix = "novasphere "

// snapshotNote is that description: it tells a snapshot whose creation was not answered.
func snapshotNote(markID, name string) string {
	return strings.TrimSpace(notePrefix + markID + " " + name)
}

// snapshotKeys begin the keys of one snapshot's record.
func snapshotKeys(id string) string { return snapshotPrefix + id + "." }

// encodeSnapshot gives the metadata of a snapshot's record.
func encodeSnapshot(id string, spec openstack.VolumeSnapshotSpec) map[string]string {
	out := map[string]string{}
	if spec.Name != "" {
		out[snapshotKeys(id)+"name"] = spec.Name
	}
	if spec.Description != "" {
		out[snapshotKeys(id)+"description"] = spec.Description
	}
	for key, value := range spec.Metadata {
		out[snapshotKeys(id)+"meta."+key] = value
	}
	return out
}

// recordedSnapshot is a snapshot with its record, as the metadata of its volume hold it.
func recordedSnapshot(volume, id, note string, metadata map[string]string) openstack.VolumeSnapshot {
	s := openstack.VolumeSnapshot{ID: id, VolumeID: volume, Note: note, Own: strings.HasPrefix(note, notePrefix)}
	s.Metadata = map[string]string{}
	for key, value := range metadata {
		key, ok := strings.CutPrefix(key, snapshotKeys(id))
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
		}
	}
	return s
}
