package volumes

import (
	"fmt"
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

// encodeSnapshot gives the metadata of a snapshot's record. The mark shows that it was written.
func encodeSnapshot(id, markID string, spec openstack.VolumeSnapshotSpec) map[string]string {
	out := map[string]string{snapshotKeys(id) + "mark": markID}
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

// CheckSnapshotRecord refuses what the metadata of a snapshot's volume cannot hold, at its attribute.
func CheckSnapshotRecord(spec openstack.VolumeSnapshotSpec) error {
	return CheckRecord(openstack.VolumeSpec{Name: spec.Name, Description: spec.Description, Metadata: spec.Metadata})
}

// CheckSnapshot refuses to take a snapshot of a volume that several instances may write to (Broadcom KB 326781).
func CheckSnapshot(of openstack.Volume) error {
	if !of.Multiattach {
		return nil
	}
	return fmt.Errorf("the volume %s may be written to by several instances (multiattach), and has no snapshots: copy it while no instance "+
		"has it (source_vol_id)", of.Name)
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
		case key == "mark":
			s.MarkID = value
		}
	}
	return s
}
