// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/upload"
)

// changesOf are the calls that make an image, in their order.
var changesOf = map[string][]string{
	upload.ViaHost: {"ImportVApp", "HttpNfcLeaseProgress", "HttpNfcLeaseGetManifest", "HttpNfcLeaseComplete", "MarkAsTemplate"},
	upload.ViaVCenter: {"CreateVM_Task", "PUT /folder/made-1/novasphere-upload.vmdk", "CopyVirtualDisk_Task", "DeleteDatastoreFile_Task",
		"ReconfigVM_Task", "MarkAsTemplate"},
}

// brief has leases that last a second, so that a test can await their end.
func brief() vcsim.Options { return vcsim.Options{Uploads: vcsim.UploadKnobs{LeaseTime: time.Second}} }

// TestKilledImage: a creation that is killed after any of its calls is taken up by the next of the same configuration. There is one image
// in the end, and no file beside it.
func TestKilledImage(t *testing.T) {
	t.Parallel()
	for via, calls := range changesOf {
		for _, call := range calls {
			t.Run(via+" "+call, func(t *testing.T) {
				t.Parallel()
				l := diskImageLabOf(t, brief())
				r := l.asked("made-1")
				r.Via = via
				if _, err := l.killedAt(call).Images.Create(t.Context(), r); err == nil {
					t.Fatal("it was not killed")
				}
				l.only(l.upload(r))
				if files := l.strays("made-1"); len(files) != 0 {
					t.Errorf("there are %v", files)
				}
			})
		}
	}
}

// TestKilledImageDeletion: the record of an image whose deletion was killed after its VM goes with the next change by a process that has
// found the image gone. An image that gets the same id keeps its own.
func TestKilledImageDeletion(t *testing.T) {
	t.Parallel()
	l := diskImageLabOf(t, brief())
	gone := l.upload(l.asked("made-1"))
	if err := l.killedAt("Destroy_Task").Images.Delete(t.Context(), gone.ID); err == nil {
		t.Fatal("it was not killed")
	}
	l.Client = clientOver(t, l.vc, l.wire)
	if _, err := l.Images.Read(t.Context(), gone.ID); !errors.Is(err, openstack.ErrNotFound) || !strings.Contains(l.vc.Records(), gone.ID) {
		t.Fatalf("%v; the records are %s", err, l.vc.Records())
	}
	other := l.upload(l.asked("made-2"))
	if records := l.vc.Records(); strings.Contains(records, gone.ID) || !strings.Contains(records, other.ID) {
		t.Errorf("the records are %s", records)
	}
	if err := l.Images.Delete(t.Context(), other.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Images.Read(t.Context(), other.ID); !errors.Is(err, openstack.ErrNotFound) {
		t.Fatal(err)
	}
	again := l.asked("made-1")
	again.ID = other.ID
	if made := l.upload(again); made.ID != other.ID || !strings.Contains(l.vc.Records(), other.ID) {
		t.Errorf("it is %s; the records are %s", made.ID, l.vc.Records())
	}
}

// TestLostImage cuts the connection at each change that makes an image: it is made once.
func TestLostImage(t *testing.T) {
	t.Parallel()
	for via, calls := range changesOf {
		for _, call := range calls {
			for where, cut := range cuts {
				t.Run(via+" "+call+" "+where, func(t *testing.T) {
					t.Parallel()
					l := diskImageLabOf(t, brief())
					r := l.asked("made-1")
					r.Via = via
					l.wire.Cut(call, cut)
					l.only(l.upload(r))
					if files := l.strays("made-1"); len(files) != 0 {
						t.Errorf("there are %v", files)
					}
				})
			}
		}
	}
}

// broken has the first requests to send a disk broken off in their middle.
func (l *diskImageLab) broken(first int32) *atomic.Int32 {
	sends := new(atomic.Int32)
	l.vc.Tamper(func(name string, next http.Handler, w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(name, "POST /nfc/") && sends.Add(1) <= first {
			_, _ = io.CopyN(io.Discard, r.Body, 100<<10)
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
	return sends
}

// TestImageSentAgain: what a broken connection has left is aborted, and the same file is sent again; not for ever.
func TestImageSentAgain(t *testing.T) {
	t.Parallel()
	l := diskImageLabOf(t, vcsim.Options{})
	sends := l.broken(2)
	l.only(l.upload(l.asked("made-1")))
	if sends.Load() != 3 {
		t.Errorf("it was sent %d times", sends.Load())
	}
	l = diskImageLabOf(t, vcsim.Options{})
	sends = l.broken(99)
	_, err := l.Images.Create(t.Context(), l.asked("made-1"))
	refusedAs(t, err, "of 0.4 MB")
	refusedAs(t, err, "tried 3 times")
	if sends.Load() != 3 || len(l.machines()) != 0 || len(l.strays("")) != 0 {
		t.Errorf("it was sent %d times; there are %v, %v", sends.Load(), l.machines(), l.strays(""))
	}
}

// TestImageInterrupted: nothing is left, however it is sent.
func TestImageInterrupted(t *testing.T) {
	t.Parallel()
	for _, via := range []string{upload.ViaHost, upload.ViaVCenter} {
		t.Run(via, func(t *testing.T) {
			t.Parallel()
			l := diskImageLabOf(t, vcsim.Options{})
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			operation, end := openstack.Unbroken(ctx, time.Minute)
			defer end()
			r := l.asked("made-1")
			r.Via = via
			r.Progress = func(sent, _ int64) {
				if sent > 64<<10 {
					interrupt()
				}
			}
			made, err := l.Images.Create(operation, r)
			if !errors.Is(err, context.Canceled) || made.ID != "" {
				t.Errorf("made %+v, %v", made, err)
			}
			if len(l.machines()) != 0 || len(l.strays("")) != 0 {
				t.Errorf("there are %v, %v", l.machines(), l.strays(""))
			}
		})
	}
}

// TestImageOfOneName: what has the name of an image is neither taken nor changed, even where an equal configuration has made it.
func TestImageOfOneName(t *testing.T) {
	t.Parallel()
	l := diskImageLabOf(t, vcsim.Options{})
	first := l.upload(l.asked("made-1"))
	again := func(change func(l *diskImageLab)) error {
		other := &diskImageLab{&volumeLab{t, l.vc, l.wire, clientOver(t, l.vc, l.wire)}, l.disk, l.content}
		change(other)
		_, err := other.Images.Create(t.Context(), other.asked("made-1"))
		return err
	}
	refusedAs(t, again(func(l *diskImageLab) { l.content = l.converted(make([]byte, 1<<20)) }), "from another configuration or file, which")
	_, err := l.Images.Create(t.Context(), l.asked("made-1"))
	refusedAs(t, err, "another image of this configuration is called \"made-1\" too")
	refusedAs(t, again(func(*diskImageLab) {}), "It may belong to another workspace")
	l.only(first)
}

// TestImageOfAStranger: a host with another certificate than the vCenter has of it is sent nothing, and neither is the disk sent elsewhere.
func TestImageOfAStranger(t *testing.T) {
	t.Parallel()
	l := diskImageLabOf(t, vcsim.Options{})
	thumbprint := regexp.MustCompile(`<sslThumbprint>[0-9A-F]{2}`)
	l.Client = clientOver(t, l.vc, l.vc.Between(t, func(c acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if c.Name != "RetrievePropertiesEx" || !bytes.Contains(c.Body, []byte("HttpNfcLease")) {
			return nil
		}
		out := ask()
		out.Body = bytes.NewBuffer(thumbprint.ReplaceAll(out.Body.Bytes(), []byte("<sslThumbprint>zz")))
		return out
	}))
	sends := l.broken(0)
	_, err := l.Images.Create(t.Context(), l.asked("made-1"))
	refusedAs(t, err, "CN=esx-1")
	refusedAs(t, err, "is not the one that the vCenter has of this host")
	if sends.Load() != 0 || len(l.machines()) != 0 || len(l.strays("")) != 0 {
		t.Errorf("it was sent %d times; there are %v, %v", sends.Load(), l.machines(), l.strays(""))
	}
}

// TestImageLeaseRunsOut: where nobody keeps it alive. The upload is tried again and then given up, with nothing left.
func TestImageLeaseRunsOut(t *testing.T) {
	t.Parallel()
	l := diskImageLabOf(t, brief())
	l.Client = clientOver(t, l.vc, l.vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if c.Name == "HttpNfcLeaseProgress" {
			return acctest.Refusal("NoPermission")
		}
		return nil
	}))
	l.Images.Uploads.Pause = time.Millisecond
	slow, whole := *l.content, l.content.Open
	slow.Open = func() io.ReadSeeker { return &slowReader{ReadSeeker: whole(), ctx: t.Context()} }
	l.content = &slow
	_, err := l.Images.Create(t.Context(), l.asked("made-1"))
	refusedAs(t, err, "The lease has timed out")
	refusedAs(t, err, "tried 3 times")
	if len(l.machines()) != 0 || len(l.strays("")) != 0 {
		t.Errorf("there are %v, %v", l.machines(), l.strays(""))
	}
}

// TestImageWithoutPlace: what cannot be made is refused before anything is made.
func TestImageWithoutPlace(t *testing.T) {
	t.Parallel()
	l := diskImageLabOf(t, vcsim.Options{Uploads: vcsim.UploadKnobs{UnknownHost: true}})
	r := l.asked("made-1")
	r.Via = upload.ViaHost
	_, err := l.Images.Create(t.Context(), r)
	refusedAs(t, err, "upload_via: the ESX host esx-1.invalid, which takes the disk of made-1, cannot be reached")
	refusedAs(t, err, `set upload_via = "vcenter"`)
	large := *l.content
	large.Length = 1 << 60
	r.Content = &large
	_, err = l.Images.Create(t.Context(), r)
	refusedAs(t, err, "has the most space free")
	r.Content, r.Properties = l.content, map[string]string{"vmware_ostype": "debian"}
	_, err = l.Images.Create(t.Context(), r)
	refusedAs(t, err, "is not a guest id of vSphere")
	if len(l.machines()) != 0 || len(l.strays("")) != 0 {
		t.Errorf("there are %v, %v", l.machines(), l.strays(""))
	}
}
