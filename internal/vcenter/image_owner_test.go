// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/upload"
)

// overtaken makes an image with a client that another one of an equal configuration overtakes: once the vCenter has carried out a call, the
// with an answer that contains a text, the other makes the image too. The first gets the answer only then, or a failure in its place.
func overtaken(l *volumeLab, r image.Request, call, text string, fails bool) (first, second openstack.Image, err error) {
	l.Helper()
	other, came := clientOver(l.T, l.vc, l.wire), false
	slow := clientOver(l.T, l.vc, l.vc.Between(l.T, func(c acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if c.Name != call || came {
			return nil
		}
		out := ask()
		if came = strings.Contains(out.Body.String(), text); !came {
			return out
		}
		if second, err = other.Images.Create(l.Context(), r); err != nil {
			l.Errorf("the second is not made: %v", err)
		}
		if fails {
			out = httptest.NewRecorder()
			out.WriteHeader(http.StatusBadRequest)
		}
		return out
	}))
	first, err = slow.Images.Create(l.Context(), r)
	if !came {
		l.Errorf("%s was never called", call)
	}
	return first, second, err
}

// TestImageOvertaken: an image that two processes hold, because one was taken for killed, is that one's which finished it first. The other
// gets none, and leaves it as it is.
func TestImageOvertaken(t *testing.T) {
	t.Parallel()
	const session = "/rest/com/vmware/content/library/item/update-session/id"
	for name, of := range map[string]struct {
		storage, call, text string
		fails               bool
	}{
		"a template":                    {openstack.StoredAsTemplate, "MarkAsTemplate", "", false},
		"an item":                       {openstack.StoredInLibrary, "DELETE " + session, "", false},
		"an item that fails at its end": {openstack.StoredInLibrary, "GET " + session, "DONE", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := diskImageLabOf(t, vcsim.Options{})
			r := l.asked("made-1")
			if r.Storage = of.storage; of.storage == openstack.StoredInLibrary {
				r.Library = vcsim.LibraryName
			}
			first, second, err := overtaken(l.volumeLab, r, of.call, of.text, of.fails)
			refusedAs(t, err, "It may belong to another workspace")
			if first.ID != "" {
				t.Errorf("the first has the image %s", first.ID)
			}
			found, err := l.Images.Read(t.Context(), second.ID)
			if err != nil || found.Mark == nil || found.Name != "made-1" {
				t.Errorf("the second's image is %+v, %v", found, err)
			}
		})
	}
}

// TestImageOfAClone: a template that people have cloned from an image of ours is theirs, although it has the image's keys.
func TestImageOfAClone(t *testing.T) {
	t.Parallel()
	l := diskImageLabOf(t, vcsim.Options{})
	made := l.upload(l.asked("made-1"))
	from := l.template(made.ID)
	vm := object.NewVirtualMachine(l.vc.Client().Client, from.Self)
	folder, err := find.NewFinder(l.vc.Client().Client).Folder(t.Context(), l.vc.Datacenter(1)+"/vm")
	if err != nil {
		t.Fatal(err)
	}
	pools, err := find.NewFinder(l.vc.Client().Client).ResourcePoolList(t.Context(), l.vc.Datacenter(1)+"/host/*/Resources")
	if err != nil {
		t.Fatal(err)
	}
	pool := pools[0].Reference()
	task, err := vm.Clone(t.Context(), folder, "theirs", types.VirtualMachineCloneSpec{
		Template: true, Location: types.VirtualMachineRelocateSpec{Pool: &pool, Datastore: &from.Datastore[0]}})
	if err != nil {
		t.Fatal(err)
	}
	if err := task.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	theirs, err := l.Images.Find(t.Context(), image.Query{Name: "theirs"})
	if err != nil || theirs.ID == made.ID || theirs.Mark != nil {
		t.Errorf("the clone is %+v, %v", theirs, err)
	}
	if err := l.Images.Delete(t.Context(), theirs.ID); !errors.Is(err, image.ErrForeign) {
		t.Errorf("the clone was deleted: %v", err)
	}
	if left := l.template(theirs.ID); left.Name != "theirs" {
		t.Errorf("there is %s", left.Name)
	}
}

// TestImageOfATakenID: an id that somebody writes and that a machine has already is refused before anything is made.
func TestImageOfATakenID(t *testing.T) {
	t.Parallel()
	l := diskImageLabOf(t, vcsim.Options{})
	first := l.upload(l.asked("made-1"))
	r := l.asked("made-2")
	r.ID = first.ID
	made, err := l.Images.Create(t.Context(), r)
	refusedAs(t, err, `image_id: the machine or image "made-1" has the id `+first.ID+` already`)
	if made.ID != "" {
		t.Errorf("made %+v", made)
	}
	l.only(first)
}

// TestISOUnlisted: an ISO image is not deleted where nothing tells in whose drives it is.
func TestISOUnlisted(t *testing.T) {
	t.Parallel()
	l := itemLabOf(t, vcsim.Options{})
	made, err := l.Images.Create(t.Context(), item("install", isoContent("a CD")))
	if err != nil {
		t.Fatal(err)
	}
	silent := clientOver(t, l.vc, l.vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if !strings.Contains(c.Name, "/library/item/storage") {
			return nil
		}
		out := httptest.NewRecorder()
		out.WriteHeader(http.StatusForbidden)
		return out
	}))
	refusedAs(t, silent.Images.Delete(t.Context(), made.ID), "looking where the content library keeps")
	l.holdsItems("install image.iso:4")
}

// TestImageBeingSent: an image that another process is sending is left to it, however equal the configurations are.
func TestImageBeingSent(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*image.Request){
		"an item":           func(r *image.Request) { r.Storage, r.Library = openstack.StoredInLibrary, vcsim.LibraryName },
		"a template's disk": func(r *image.Request) { r.Via = upload.ViaVCenter },
		"a template's ISO":  func(r *image.Request) { r.DiskFormat, r.Content = "iso", isoContent(strings.Repeat("a CD", 100<<10)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := diskImageLabOf(t, vcsim.Options{})
			r := l.asked("made-1")
			change(&r)
			slowly, begun, refused := r, make(chan bool), make(chan bool)
			content, whole := *r.Content, r.Content.Open
			content.Open = func() io.ReadSeeker { return &awaited{ReadSeeker: whole(), begun: begun, end: refused} }
			slowly.Content = &content
			go func() {
				defer close(refused)
				<-begun
				made, err := clientOver(t, l.vc, l.wire).Images.Create(t.Context(), r)
				if refusedAs(t, err, "is being sent at this moment"); made.ID != "" {
					t.Errorf("made %+v", made)
				}
			}()
			l.upload(slowly)
		})
	}
}

// awaited is a content of which little comes until a channel is closed.
type awaited struct {
	io.ReadSeeker
	begun chan<- bool
	end   <-chan bool
	n     int
}

// Read implements io.Reader.
func (a *awaited) Read(p []byte) (int, error) {
	if a.n++; a.n == 2 {
		close(a.begun)
	}
	select {
	case <-a.end:
		return a.ReadSeeker.Read(p)
	case <-time.After(200 * time.Millisecond):
		return a.ReadSeeker.Read(p[:min(len(p), 8<<10)])
	}
}
