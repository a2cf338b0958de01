// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// recorded is a volume with everything that its disk's metadata hold.
func recorded() openstack.Volume {
	v := openstack.Volume{}
	v.Description, v.Zone, v.Type, v.Multiattach = "of the shop", "az-1", "gold", true
	v.Source = openstack.VolumeSource{Kind: openstack.SourceSnapshot, ID: "1/2"}
	v.Metadata = map[string]string{"role": "db", "empty": ""}
	v.ImageProperties = map[string]string{"hw_firmware_type": "uefi"}
	v.Created = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	v.MarkID, v.Mark = "the mark", &openstack.Mark{By: "anna, project a", Provider: "1.0", Fingerprint: "0123", At: v.Created}
	return v
}

// TestRecord guards the names under which a volume's record is stored.
func TestRecord(t *testing.T) {
	t.Parallel()
	stored := map[string]string{
		"novasphere.mark": "the mark", "novasphere.description": "of the shop", "novasphere.zone": "az-1", "novasphere.type": "gold",
		"novasphere.source": "snapshot:1/2", "novasphere.multiattach": "true", "novasphere.by": "anna, project a",
		"novasphere.provider": "1.0", "novasphere.fingerprint": "0123", "novasphere.meta.role": "db", "novasphere.meta.empty": "",
		"novasphere.image.hw_firmware_type": "uefi",
	}
	if got := Encode(recorded()); !maps.Equal(got, stored) {
		t.Errorf("it is stored as %v", got)
	}
	stored["cns.containerCluster"] = "another's"
	read := openstack.Volume{VolumeStatus: openstack.VolumeStatus{Created: recorded().Created}}
	Decode(stored, &read)
	if !reflect.DeepEqual(read, recorded()) {
		t.Errorf("read %+v", read)
	}
}

// TestRecordOfAnother: a disk without a mark is nobody's, whatever else its metadata hold.
func TestRecordOfAnother(t *testing.T) {
	t.Parallel()
	var read openstack.Volume
	Decode(map[string]string{"novasphere.by": "anna", "cinder.name": "x"}, &read)
	if read.Mark != nil || read.MarkID != "" || len(read.Metadata) != 0 {
		t.Errorf("read %+v", read)
	}
	if got := Encode(openstack.Volume{}); len(got) != 0 {
		t.Errorf("nothing is stored as %v", got)
	}
}

func TestRecordDiffers(t *testing.T) {
	t.Parallel()
	want := recorded()
	want.Description, want.Metadata = "", map[string]string{"role": "web", "tier": "1"}
	set, remove := Difference(Encode(recorded()), Encode(want))
	if len(set) != 2 || set[0].Key != "novasphere.meta.role" || set[0].Value != "web" || set[1].Key != "novasphere.meta.tier" {
		t.Errorf("written are %v", set)
	}
	if !slices.Equal(remove, []string{"novasphere.description", "novasphere.meta.empty"}) {
		t.Errorf("deleted are %v", remove)
	}
}

// TestRecordTooLong: what the metadata cannot hold is refused at its attribute.
func TestRecordTooLong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 128) // 256 bytes
	for name, tc := range map[string]struct {
		spec       openstack.VolumeSpec
		field, key string
	}{
		"name":         {openstack.VolumeSpec{Name: long}, "name", ""},
		"description":  {openstack.VolumeSpec{Description: long}, "description", ""},
		"type":         {openstack.VolumeSpec{Type: long}, "volume_type", ""},
		"value":        {openstack.VolumeSpec{Metadata: map[string]string{"k": long}}, "metadata", "k"},
		"key":          {openstack.VolumeSpec{Metadata: map[string]string{long: "v"}}, "metadata", long},
		"an empty key": {openstack.VolumeSpec{Metadata: map[string]string{"": "v"}}, "metadata", ""},
		"nothing":      {openstack.VolumeSpec{Name: long[:254], Metadata: map[string]string{"k": ""}}, "", ""},
	} {
		var field *openstack.FieldError
		err := Check(tc.spec)
		if errors.As(err, &field) != (tc.field != "") || field != nil && (field.Field != tc.field || field.Key != tc.key) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSnapshotRecord guards the names under which a snapshot's record is stored on its volume.
func TestSnapshotRecord(t *testing.T) {
	t.Parallel()
	spec := openstack.VolumeSnapshotSpec{Name: "nightly", Description: "of the shop", Metadata: map[string]string{"keep": "7d"}}
	stored := map[string]string{"novasphere.snapshot.s1.mark": "m", "novasphere.snapshot.s1.name": "nightly",
		"novasphere.snapshot.s1.description": "of the shop",
		"novasphere.snapshot.s1.meta.keep":   "7d"}
	if got := EncodeSnapshot("s1", "m", spec); !maps.Equal(got, stored) {
		t.Errorf("it is stored as %v", got)
	}
	stored["novasphere.snapshot.s2.name"] = "another"
	read := DecodeSnapshot("v", "s1", SnapshotNote("m", "nightly"), stored)
	if !reflect.DeepEqual(read.VolumeSnapshotSpec, spec) || !read.Own || read.VolumeID != "v" || read.Note != "novasphere m nightly" ||
		read.MarkID != "m" {
		t.Errorf("read %+v", read)
	}
	if foreign := DecodeSnapshot("v", "s3", "velero", stored); foreign.Own || foreign.Name != "" || foreign.Note != "velero" {
		t.Errorf("read %+v", foreign)
	}
}
