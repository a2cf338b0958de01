// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/vmware/govmomi/vapi/library"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/upload"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// TestItemRefused: what cannot become an item is an error at its attribute, and leaves nothing.
func TestItemRefused(t *testing.T) {
	t.Parallel()
	l := itemLabOf(t, vcsim.Options{})
	lib, err := l.library.GetLibraryByName(t.Context(), vcsim.LibraryName)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.library.CreateLibrary(t.Context(), library.Library{Name: "theirs", Type: "SUBSCRIBED", Storage: lib.Storage,
		Subscription: &library.Subscription{SubscriptionURL: "https://127.0.0.1:9/lib.json", AutomaticSyncEnabled: new(bool)}}); err != nil {
		t.Fatal(err)
	}
	content := isoContent("a CD")
	wrong := *content
	wrong.SHA256 = strings.Repeat("0", 64)
	elsewhere := func(name, library string) image.Request {
		r := item(name, content)
		r.Library = library
		return r
	}
	for want, r := range map[string]image.Request{
		`library: no content library "imags" in the vCenter; the nearest names are "images"`: elsewhere("a", "imags"),
		`library: the content library "theirs" is subscribed to another one`:                 elsewhere("a", "theirs"),
		`name: the content library images has an item "cirros-lib" already, that this pro`:   item(vcsim.LibraryItem, content),
		`the vCenter says: The file image.iso has another checksum`:                          item("wrong", &wrong),
		`web_download: a vCenter fetches only files that it takes as they are`:               item("fetched", nil),
	} {
		made, err := l.Images.Create(t.Context(), r)
		refusedAs(t, err, want)
		if made.ID != "" {
			t.Errorf("%+v was made", made)
		}
	}
	l.holdsItems()
	if _, err := l.Images.Create(t.Context(), item("mine", content)); err != nil {
		t.Fatal(err)
	}
	_, err = l.Images.Create(t.Context(), item("mine", isoContent("another CD")))
	refusedAs(t, err, `has an item "mine" already, of another configuration or content, which `)
	again, err := l.Images.Create(t.Context(), item("mine", content))
	refusedAs(t, err, `has an item "mine" already, of a configuration equal to this one, which `)
	if again.ID != "" {
		t.Errorf("%+v was made", again)
	}
	l.holdsItems("mine image.iso:4")
}

// slow is a content that takes a while to read.
type slow struct {
	io.ReadSeeker
	each time.Duration
}

func (s slow) Read(p []byte) (int, error) {
	time.Sleep(s.each)
	return s.ReadSeeker.Read(p[:1])
}

// TestItemKeptAlive: an upload outlasts its session's time.
func TestItemKeptAlive(t *testing.T) {
	t.Parallel()
	l := itemLabOf(t, vcsim.Options{Library: vcsim.LibraryKnobs{SessionTime: 500 * time.Millisecond}})
	r := item("debian", isoContent("a rather long CD"))
	open := r.Content.Open
	r.Content.Open = func() io.ReadSeeker { return slow{open(), 100 * time.Millisecond} }
	if _, err := l.Images.Create(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	l.holdsItems("debian image.iso:16")
	if calls, _ := l.wire.Take(); calls["POST /rest/com/vmware/content/library/item/update-session/id keep-alive"] < 3 {
		t.Errorf("the calls were %v", calls)
	}
}

// TestItemInterrupted: an interrupt leaves nothing.
func TestItemInterrupted(t *testing.T) {
	t.Parallel()
	l := itemLabOf(t, vcsim.Options{})
	ctx, stop := context.WithCancel(t.Context())
	r := item("debian", isoContent("a rather long CD"))
	open := r.Content.Open
	r.Content.Open = func() io.ReadSeeker { stop(); return slow{open(), 100 * time.Millisecond} }
	if made, err := l.Images.Create(ctx, r); !errors.Is(err, context.Canceled) || made.ID != "" {
		t.Errorf("%+v was made, %v", made, err)
	}
	l.holdsItems()
}

// TestItemStalled: an upload in which nothing moves is given up after the time that one call may take, and tried again.
func TestItemStalled(t *testing.T) {
	t.Parallel()
	l := itemLabOf(t, vcsim.Options{})
	c := vcenter.New(vcenter.Config{Server: l.wire.Server, User: l.vc.User, Password: l.vc.Password, CAFile: l.wire.CAFile,
		Folder: "OpenStack", Version: "test", APITimeout: 2 * time.Second})
	defer func() { _ = c.Close(context.Background()) }()
	r := item("debian", isoContent("a rather long CD"))
	open, tries := r.Content.Open, 0
	r.Content.Open = func() io.ReadSeeker {
		if tries++; tries == 1 {
			return slow{open(), 5 * time.Second}
		}
		return open()
	}
	if _, err := c.Images.Create(t.Context(), r); err != nil || tries != 2 {
		t.Errorf("%v after %d tries", err, tries)
	}
	l.holdsItems("debian image.iso:16")
}

// fetchLab is a library that fetches from a web server whose certificate nobody knows.
func fetchLab(t *testing.T, o vcsim.Options) (*itemLab, string) {
	t.Helper()
	web := httptest.NewTLSServer(http.FileServerFS(fstest.MapFS{"a.iso": {Data: []byte("iso")}}))
	t.Cleanup(web.Close)
	return itemLabOf(t, o), web.URL
}

func fetched(url string) image.Request {
	return image.Request{ImageSpec: openstack.ImageSpec{Name: "fetched", DiskFormat: "iso", Container: "bare",
		Storage: openstack.StoredInLibrary, Library: vcsim.LibraryName}, URL: url}
}

// TestItemFetched: the vCenter fetches an image by itself, told of the certificate that it finds.
func TestItemFetched(t *testing.T) {
	t.Parallel()
	l, web := fetchLab(t, vcsim.Options{})
	_, err := l.Images.Create(t.Context(), fetched(web+"/none.iso?token=secret"))
	refusedAs(t, err, "404")
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("it tells a secret: %v", err)
	}
	l.holdsItems()
	made, err := l.Images.Create(t.Context(), fetched(web+"/a.iso"))
	if err != nil || made.DiskFormat != "iso" {
		t.Errorf("%+v was made, %v", made, err)
	}
	l.holdsItems("fetched image.iso:3")
}

// TestItemNotFetched: a server that the vCenter does not trust, or that never sends anything, is an error that says what to do.
func TestItemNotFetched(t *testing.T) {
	t.Parallel()
	for want, hangs := range map[string]bool{"certificate": false, "not trust its certificate (add the authority": true} {
		l, web := fetchLab(t, vcsim.Options{Library: vcsim.LibraryKnobs{PullHangs: hangs}})
		blind := l.vc.Between(t, func(c acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
			if !strings.HasSuffix(c.Name, " probe") {
				return nil
			}
			out := httptest.NewRecorder()
			out.Header().Set("Content-Type", "application/json")
			out.Body.WriteString(`{"value":{"status":"SUCCESS"}}`)
			return out
		})
		c := vcenter.New(vcenter.Config{Server: blind.Server, User: l.vc.User, Password: l.vc.Password, CAFile: blind.CAFile,
			Folder: "OpenStack", Version: "test", APITimeout: 2 * time.Second})
		_, err := c.Images.Create(t.Context(), fetched(web+"/a.iso"))
		refusedAs(t, err, want)
		l.holdsItems()
		_ = c.Close(context.Background())
	}
}

// TestItemOfPackage: an OVA that the vCenter fetches has the bytes of its disk.
func TestItemOfPackage(t *testing.T) {
	t.Parallel()
	disk := someDisk()
	content := diskContent(t, disk)
	stream, err := io.ReadAll(content.Open())
	if err != nil {
		t.Fatal(err)
	}
	spec, err := vmspec.ImageMachine{Name: "packed", Capacity: content.Capacity}.Spec()
	if err != nil {
		t.Fatal(err)
	}
	descriptor, err := upload.Descriptor(spec, "packed.vmdk", content)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	archive := tar.NewWriter(&packed)
	for _, f := range []struct {
		name string
		text []byte
	}{{"packed.ovf", descriptor}, {"packed.vmdk", stream}} {
		err = errors.Join(err, archive.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.text)), Mode: 0o600}))
		_, failed := archive.Write(f.text)
		err = errors.Join(err, failed)
	}
	if err := errors.Join(err, archive.Close()); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewTLSServer(http.FileServerFS(fstest.MapFS{"packed.ova": {Data: packed.Bytes()}}))
	t.Cleanup(web.Close)
	l := itemLabOf(t, vcsim.Options{})
	r := fetched(web.URL + "/packed.ova")
	r.DiskFormat, r.Container = "vmdk", "ova"
	made, err := l.Images.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(l.bytesOf(l.deployed(made.ID)), disk) {
		t.Error("the copy's disk holds something else")
	}
}
