// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"errors"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
)

// TestLostVolumeCreated cuts the connection at the call that makes a volume. One that was made is found by its mark, never made twice;
// one that was not is an error that says so.
func TestLostVolumeCreated(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"", openstack.SourceVolume, openstack.SourceSnapshot} {
		for where, cut := range cuts {
			t.Run(kind+" "+where, func(t *testing.T) {
				t.Parallel()
				l := volumeLabOf(t, vcsim.Options{})
				from := l.create("from", 1)
				call, act := l.making(kind, from)
				l.wire.Take()
				l.wire.Cut(call, cut)
				v, err := act()
				calls, _ := l.wire.Take()
				ids := slices.DeleteFunc(l.all(), func(id string) bool { return id == from.ID })
				if calls[call] != 1 {
					t.Errorf("%s was sent %d times", call, calls[call])
				}
				if cut == acctest.CutBefore {
					refusedAs(t, err, "no disk of it has appeared since: apply again")
					if len(ids) != 0 {
						t.Errorf("there are %v", ids)
					}
					return
				}
				if err != nil || len(ids) != 1 || v.ID != ids[0] || v.Kept == nil {
					t.Fatalf("%+v, %v; there are %v", v, err, ids)
				}
				if held := l.disk(v.ID); !*held.KeepAfterDeleteVm || metadataOf(held)["novasphere.mark"] != v.MarkID {
					t.Errorf("the vCenter holds %+v", held)
				}
			})
		}
	}
}

// making gives the call that makes a volume of a kind, and what sends it.
func (l *volumeLab) making(kind string, from openstack.Volume) (call string, act func() (openstack.Volume, error)) {
	l.Helper()
	ctx := l.Context()
	switch kind {
	case openstack.SourceVolume:
		return "CloneVStorageObject_Task", func() (openstack.Volume, error) { return l.Volumes.Clone(ctx, copyOf(kind, from.ID, 0)) }
	case openstack.SourceSnapshot:
		id := l.snapshot(from.ID, "s")
		return "CreateDiskFromSnapshot_Task", func() (openstack.Volume, error) {
			return l.Volumes.FromSnapshot(ctx, copyOf(kind, id, 0))
		}
	}
	return "CreateDisk_Task", func() (openstack.Volume, error) { return l.Volumes.Create(ctx, data("data", 1)) }
}

// TestVolumeMadeAgain: a creation with the mark of a killed one takes up what that has made.
func TestVolumeMadeAgain(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	first := data("data", 1)
	first.MarkID = "2f0c3a52-4d8e-4c36-9a0e-6c1f7a0d9b11"
	v := l.must(l.Volumes.Create(t.Context(), first))
	second := copyOf(openstack.SourceVolume, v.ID, 2)
	second.MarkID = "7b0f5b54-6f3a-4a55-8b8e-0d6a2f6f5a10"
	smaller := second
	smaller.Size = 1 // as a copy is that has not grown yet
	c := l.must(l.Volumes.Clone(t.Context(), smaller))
	if again := l.must(l.Volumes.Create(t.Context(), first)); again.ID != v.ID {
		t.Errorf("%s was made for %s", again.ID, v.ID)
	}
	if again := l.must(l.Volumes.Clone(t.Context(), second)); again.ID != c.ID || again.Size != 2 || l.disk(c.ID).CapacityInMB != 2<<10 {
		t.Errorf("%+v was made for %+v", again, c)
	}
	if n := len(l.all()); n != 2 {
		t.Errorf("there are %d disks", n)
	}
}

// TestLostVolumeChange cuts the connection at each change of a volume's life. The end is as if nothing had happened.
func TestLostVolumeChange(t *testing.T) {
	t.Parallel()
	update := func(l *volumeLab, v openstack.Volume) error {
		want := v.VolumeSpec
		want.Name, want.Size, want.Description = "data-2", 2, "another"
		updated, err := l.Volumes.Update(l.Context(), v.ID, volumes.Change{VolumeSpec: want})
		if held := l.disk(v.ID); held.Name != "data-2" || held.CapacityInMB != 2<<10 || updated.Description != "another" {
			l.Errorf("the vCenter holds %+v, %+v came back", held, updated)
		}
		return err
	}
	remove := func(l *volumeLab, v openstack.Volume) error {
		err := l.Volumes.Delete(l.Context(), v.ID)
		if slices.Contains(l.all(), v.ID) {
			l.Error("it is still there")
		}
		return err
	}
	read := func(l *volumeLab, v openstack.Volume) error {
		_, err := l.Volumes.Read(l.Context(), v.ID)
		return err
	}
	list := func(l *volumeLab, _ openstack.Volume) error {
		_, err := l.Volumes.List(l.Context())
		return err
	}
	for call, act := range map[string]func(*volumeLab, openstack.Volume) error{
		"RenameVStorageObject": update, "ExtendDisk_Task": update, "VCenterUpdateVStorageObjectMetadataEx_Task": update,
		"VslmRetrieveVStorageObject": remove, "DeleteVStorageObject_Task": remove,
		"VslmRetrieveVStorageObjects": read, "VslmListVStorageObjectForSpec": list,
	} {
		for where, cut := range cuts {
			t.Run(call+" "+where, func(t *testing.T) {
				t.Parallel()
				l := volumeLabOf(t, vcsim.Options{})
				v := l.create("data", 1)
				l.wire.Take()
				l.wire.Cut(call, cut)
				if err := act(l, v); err != nil {
					t.Error(err)
				}
				if calls, _ := l.wire.Take(); calls[call] < 2 {
					t.Errorf("%s was sent %d times", call, calls[call])
				}
			})
		}
	}
}

// TestVolumeFlagThatDoesNotStick: a server that takes the flag and does not keep it is no error, and the volume says so.
func TestVolumeFlagThatDoesNotStick(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	l := &volumeLab{t, vc, nil, clientOver(t, vc, vc.Wire(t))}
	from := l.create("data", 1)
	id := l.snapshot(from.ID, "s")
	var asked atomic.Int32
	between := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name != "SetVStorageObjectControlFlags" {
			return nil
		}
		asked.Add(1)
		out := httptest.NewRecorder()
		out.Header().Set("Content-Type", "text/xml; charset=utf-8")
		out.Body.WriteString(
			`<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">` +
				`<soapenv:Body><SetVStorageObjectControlFlagsResponse xmlns="urn:vim25"/></soapenv:Body></soapenv:Envelope>`)
		return out
	})
	c := clientOver(t, vc, between)
	v, err := c.Volumes.FromSnapshot(t.Context(), copyOf(openstack.SourceSnapshot, id, 0))
	if err != nil || v.Kept == nil || *v.Kept || asked.Load() != 1 {
		t.Errorf("%+v, %v, asked %d times", v, err, asked.Load())
	}
}

// TestVolumesReadOneByOne: a server that does not read several disks at once is asked for each.
func TestVolumesReadOneByOne(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	between := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name == "VslmRetrieveVStorageObjects" {
			return acctest.Refusal("MethodNotFound")
		}
		return nil
	})
	l := &volumeLab{t, vc, nil, clientOver(t, vc, between)}
	v := l.create("data", 1)
	if read := l.must(l.Volumes.Read(t.Context(), v.ID)); read.MarkID != v.MarkID || read.Name != "data" {
		t.Errorf("read %+v", read)
	}
	if _, err := l.Volumes.Read(t.Context(), "nobody's"); !errors.Is(err, openstack.ErrNotFound) {
		t.Error(err)
	}
}

// TestVolumeRefused: a refusal that is definite makes nothing and looks for nothing.
func TestVolumeRefused(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	l.create("small", 1)
	l.wire.Take()
	_, err := l.Volumes.Create(t.Context(), volumes.Request{VolumeSpec: openstack.VolumeSpec{Name: "huge", Size: 60 << 10, Multiattach: true}})
	refusedAs(t, err, "has not enough space left")
	if calls, _ := l.wire.Take(); calls["VslmListVStorageObjectForSpec"] != 0 {
		t.Errorf("the calls were %v", calls)
	}
	if n := len(l.all()); n != 1 {
		t.Errorf("there are %d disks", n)
	}
}
