// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vapi/vcenter"
	"github.com/vmware/govmomi/vim25/soap"
)

// updateLab has a session that updates a new item of the library.
type updateLab struct {
	*lab
	*library.Manager
	item, session string
}

func updateLabOf(t *testing.T, knobs LibraryKnobs) *updateLab {
	t.Helper()
	l := &updateLab{lab: newLab(t, Options{Library: knobs})}
	client, err := l.v.REST(l.ctx)
	l.ok(err)
	l.Manager = library.NewManager(client)
	lib, err := l.GetLibraryByName(l.ctx, LibraryName)
	l.ok(err)
	l.item, err = l.CreateLibraryItem(l.ctx, library.Item{LibraryID: lib.ID, Name: "new", Type: "ovf"})
	l.ok(err)
	l.begin()
	return l
}

// begin starts another session.
func (l *updateLab) begin() {
	l.Helper()
	var err error
	l.session, err = l.CreateLibraryItemUpdateSession(l.ctx, library.Session{LibraryItemID: l.item})
	l.ok(err)
}

// push sends a file of a declared size and checksum.
func (l *updateLab) push(name string, content []byte, size int, sum *library.Checksum) error {
	l.Helper()
	file, err := l.AddLibraryItemFile(l.ctx, l.session,
		library.UpdateFile{Name: name, SourceType: "PUSH", Size: int64(size), Checksum: sum})
	l.ok(err)
	u, err := l.ParseURL(file.UploadEndpoint.URI)
	l.ok(err)
	p := soap.DefaultUpload
	p.ContentLength, p.Headers = int64(len(content)), map[string]string{"vmware-api-session-id": l.session}
	return l.Client.Upload(l.ctx, bytes.NewReader(content), u, &p)
}

// ends waits for the state that the session ends in.
func (l *updateLab) ends(state, message string) {
	l.Helper()
	var s *library.Session
	for range 200 {
		var err error
		s, err = l.GetLibraryItemUpdateSession(l.ctx, l.session)
		l.ok(err)
		if s.State != "ACTIVE" {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	said := ""
	if s.ErrorMessage != nil {
		said = s.ErrorMessage.DefaultMessage
	}
	if s.State != state || !strings.Contains(said, message) {
		l.Errorf("the session is %s: %q, want %s: %q", s.State, said, state, message)
	}
	files, err := l.ListLibraryItemFiles(l.ctx, l.item)
	l.ok(err)
	if has := len(files) > 0; has != (state == "DONE") {
		l.Errorf("%s leaves the files %+v", state, files)
	}
}

func sumOf(content []byte) *library.Checksum {
	return &library.Checksum{Algorithm: "SHA256", Checksum: fmt.Sprintf("%x", sha256.Sum256(content))}
}

func TestLibraryTakesFiles(t *testing.T) {
	t.Parallel()
	l := updateLabOf(t, LibraryKnobs{})
	l.ok(l.push(cirrosDisk, tinyDisk(), len(tinyDisk()), sumOf(tinyDisk())))
	l.ok(l.push("new.ovf", []byte(cirrosOVF()), len(cirrosOVF()), nil))
	v, err := l.ValidateLibraryItemUpdateSessionFile(l.ctx, l.session)
	l.ok(err)
	if v.HasErrors {
		t.Errorf("%+v", v)
	}
	l.ok(l.CompleteLibraryItemUpdateSession(l.ctx, l.session))
	l.ends("DONE", "")
	if l.CompleteLibraryItemUpdateSession(l.ctx, l.session) == nil {
		t.Error("a session is completed twice")
	}
}

func TestLibrarySessionExpires(t *testing.T) {
	t.Parallel()
	l := updateLabOf(t, LibraryKnobs{SessionTime: 2 * time.Second})
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		l.ok(l.KeepAliveLibraryItemUpdateSession(l.ctx, l.session))
	}
	l.ok(l.push("a.iso", []byte("iso"), 3, nil))
	time.Sleep(2100 * time.Millisecond)
	if l.KeepAliveLibraryItemUpdateSession(l.ctx, l.session) == nil {
		t.Error("a session that has expired is kept alive")
	}
	if l.CompleteLibraryItemUpdateSession(l.ctx, l.session) == nil {
		t.Error("a session that has expired is completed")
	}
	l.ends("ERROR", "expired")
}

func TestLibraryChecksFiles(t *testing.T) {
	t.Parallel()
	l := updateLabOf(t, LibraryKnobs{})
	if l.push("a.iso", []byte("iso"), 4, nil) == nil {
		t.Error("a file of another size is taken")
	}
	l.ends("ERROR", "3 bytes, not 4")
	l.begin()
	if l.push("a.iso", []byte("iso"), 3, sumOf([]byte("osi"))) == nil {
		t.Error("a file of another checksum is taken")
	}
	l.ends("ERROR", "checksum")
	l.begin()
	if _, err := l.AddLibraryItemFile(l.ctx, l.session, library.UpdateFile{Name: "a.iso", SourceType: "PUSH", Size: 3}); err != nil {
		t.Error(err)
	}
	l.ok(l.CompleteLibraryItemUpdateSession(l.ctx, l.session))
	l.ends("ERROR", "a.iso is missing")
	for want, ovf := range map[string]string{cirrosDisk + " is missing": cirrosOVF(),
		"the OVF descriptor says 9": strings.Replace(cirrosOVF(), fmt.Sprintf(`ovf:size="%d"`, len(tinyDisk())), `ovf:size="9"`, 1)} {
		l.begin()
		if ovf != cirrosOVF() {
			l.ok(l.push(cirrosDisk, tinyDisk(), len(tinyDisk()), nil))
		}
		l.ok(l.push("new.ovf", []byte(ovf), len(ovf), nil))
		v, err := l.ValidateLibraryItemUpdateSessionFile(l.ctx, l.session)
		l.ok(err)
		if !v.HasErrors || len(v.MissingFiles)+len(v.InvalidFiles) != 1 {
			t.Errorf("%s: validated as %+v", want, v)
		}
		l.ok(l.CompleteLibraryItemUpdateSession(l.ctx, l.session))
		l.ends("ERROR", want)
	}
	l.begin()
	l.ok(l.push("a.iso", []byte("iso"), 3, nil))
	l.ok(l.RemoveLibraryItemUpdateSessionFile(l.ctx, l.session, "a.iso"))
	if files, err := l.ListLibraryItemUpdateSessionFile(l.ctx, l.session); err != nil || len(files) > 0 {
		t.Errorf("the session has %+v, %v", files, err)
	}
	l.ok(l.push("a.iso", []byte("iso"), 3, nil))
	l.ok(l.CancelLibraryItemUpdateSession(l.ctx, l.session))
	l.ends("CANCELED", "")
}

func TestLibraryFetches(t *testing.T) {
	t.Parallel()
	web := httptest.NewTLSServer(http.FileServerFS(fstest.MapFS{"a.iso": {Data: []byte("iso")}}))
	defer web.Close()
	l := updateLabOf(t, LibraryKnobs{})
	pull := func(e library.TransferEndpoint, sum *library.Checksum) {
		t.Helper()
		f, err := l.AddLibraryItemFile(l.ctx, l.session,
			library.UpdateFile{Name: "a.iso", SourceType: "PULL", SourceEndpoint: &e, Checksum: sum})
		l.ok(err)
		if f.Status != "TRANSFERRING" {
			t.Errorf("the file is %s", f.Status)
		}
	}
	thumbprint := soap.ThumbprintSHA1(web.Certificate())
	pull(library.TransferEndpoint{URI: web.URL + "/a.iso"}, nil)
	l.ends("ERROR", "certificate")
	l.begin()
	pull(library.TransferEndpoint{URI: web.URL + "/none.iso", SSLCertificateThumbprint: thumbprint}, nil)
	l.ends("ERROR", "404")
	l.begin()
	pull(library.TransferEndpoint{URI: web.URL + "/a.iso", SSLCertificateThumbprint: thumbprint}, sumOf([]byte("osi")))
	l.ends("ERROR", "checksum")
	l.begin()
	pull(library.TransferEndpoint{URI: web.URL + "/a.iso", SSLCertificateThumbprint: thumbprint}, sumOf([]byte("iso")))
	l.ok(l.CompleteLibraryItemUpdateSession(l.ctx, l.session))
	l.ends("DONE", "")
	l = updateLabOf(t, LibraryKnobs{PullHangs: true})
	pull(library.TransferEndpoint{URI: web.URL + "/a.iso"}, nil)
	l.ok(l.CompleteLibraryItemUpdateSession(l.ctx, l.session))
	time.Sleep(50 * time.Millisecond)
	if s, err := l.GetLibraryItemUpdateSession(l.ctx, l.session); err != nil || s.State != "ACTIVE" {
		t.Errorf("a session that waits is %+v, %v", s, err)
	}
}

// TestLibraryDeploysWhatItWasSent: the bytes of a disk.
func TestLibraryDeploysWhatItWasSent(t *testing.T) {
	t.Parallel()
	l := updateLabOf(t, LibraryKnobs{})
	disk := make([]byte, 4<<20)
	copy(disk[2<<20:], "library")
	stream := uploadOf(disk)
	ovf := strings.NewReplacer(`ovf:capacity="112"`, `ovf:capacity="4"`, fmt.Sprintf(`ovf:size="%d"`, len(tinyDisk())),
		fmt.Sprintf(`ovf:size="%d"`, len(stream))).Replace(cirrosOVF())
	l.ok(l.push(cirrosDisk, stream, len(stream), sumOf(stream)))
	l.ok(l.push("new.ovf", []byte(ovf), len(ovf), nil))
	l.ok(l.CompleteLibraryItemUpdateSession(l.ctx, l.session))
	l.ends("DONE", "")
	store, err := l.find.Datastore(l.ctx, "vmfs-1")
	l.ok(err)
	ref, err := vcenter.NewManager(l.Client).DeployLibraryItem(l.ctx, l.item, vcenter.Deploy{
		DeploymentSpec: vcenter.DeploymentSpec{Name: "a", DefaultDatastoreID: store.Reference().Value, AcceptAllEULA: true},
		Target:         vcenter.Target{ResourcePoolID: l.pool.Reference().Value, FolderID: l.folder.Reference().Value}})
	l.ok(err)
	d := &diskLab{lab: l.lab}
	file := fileOf(disksOf(l.see(object.NewVirtualMachine(l.c.Client, *ref)))[0])
	if d.content(file) != string(disk) {
		t.Error("the machine's disk holds something else")
	}
}
