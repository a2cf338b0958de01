package vcenter_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
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
