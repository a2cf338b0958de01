// SPDX-License-Identifier: MPL-2.0

package images_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vmware/govmomi/vapi/library"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// lossLab is a vCenter whose leases last a second, and an image that is larger than what a connection holds.
type lossLab struct {
	*lab
	config map[string]any
	sends  atomic.Int32 // requests that send the disk
}

func lossLabOf(t *testing.T, arguments map[string]any) *lossLab {
	t.Helper()
	vc := acctest.Start(t, vcsim.Options{Uploads: vcsim.UploadKnobs{LeaseTime: time.Second}})
	l := &lossLab{lab: &lab{t, vc, vc.Provider(t, nil), t.TempDir()}}
	file := l.file("disk.raw", "a disk", 0)
	noise := rand.NewChaCha8([32]byte{1})
	content := make([]byte, 8<<20)
	_, _ = noise.Read(content)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	l.config = asked(file, arguments)
	return l
}

// sending has the requests that send the disk carried out by how, which is told their number, from 1 on.
func (l *lossLab) sending(how func(n int32, next http.Handler, w http.ResponseWriter, r *http.Request)) {
	l.vc.Tamper(func(_ string, next http.Handler, w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || !strings.HasSuffix(r.URL.Path, ".vmdk") {
			next.ServeHTTP(w, r)
			return
		}
		how(l.sends.Add(1), next, w, r)
	})
}

// drop takes the beginning of what is sent, and hangs up.
func drop(r *http.Request) {
	_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
	panic(http.ErrAbortHandler)
}

// apply applies the configuration by a provider, and returns what it says.
func (l *lossLab) apply(by *protocol.Provider) (protocol.Object, []protocol.Diagnostic) {
	l.Helper()
	return by.Apply(by.Plan(kindOfImage, l.config, by.None(kindOfImage)))
}

// ends applies by a new process unless the image is made. It requires one image with an empty plan, whole as instances get it, and nothing
// beside it.
func (l *lossLab) ends(made protocol.Object) {
	l.Helper()
	l.vc.Tamper(nil)
	l.Provider = l.vc.Provider(l.T, nil)
	made = l.bring(l.config, made)
	instance := l.instance(made)
	l.holdsFile(acctest.DiskFile(l.source(l.config)))
	if names := l.items(); l.config["storage"] != nil && (len(names) != 1 || names[0] != made.Text("name")) {
		l.Errorf("the library has the items %v", names)
	}
	l.Destroy(instance)
	l.Destroy(made)
	l.nothing()
}

// holdsFile compares a disk with the file that the image is made of.
func (l *lossLab) holdsFile(disk string) {
	l.Helper()
	fetched := filepath.Join(l.folder, "fetched")
	l.vc.Download(disk, fetched)
	got, err := os.ReadFile(fetched)
	if err != nil {
		l.Fatal(err)
	}
	want, err := os.ReadFile(l.config["local_file_path"].(string))
	if err != nil || !bytes.Equal(got, want) {
		l.Errorf("%s holds other bytes than the file: %v", disk, err)
	}
}

// nothing requires that nothing of an image is left.
func (l *lossLab) nothing() {
	l.Helper()
	if left := l.vc.VMs("novasphere/images/*"); len(left) != 0 || len(l.items()) != 0 ||
		strings.Contains(l.vc.Records(), "novasphere.image.") {
		l.Errorf("left are %v, %v, %s", left, l.items(), l.vc.Records())
	}
	for _, file := range l.vc.Files("[vmfs-1]") {
		if strings.Contains(file, "/debian/") {
			l.Errorf("%s is left", file)
		}
	}
}

// items are the names of the items of the content library that somebody has added.
func (l *lossLab) items() (names []string) {
	l.Helper()
	api, err := l.vc.REST(l.Context())
	if err != nil {
		l.Fatal(err)
	}
	manager := library.NewManager(api)
	found, err := manager.GetLibraryByName(l.Context(), vcsim.LibraryName)
	if err != nil {
		l.Fatal(err)
	}
	all, err := manager.GetLibraryItems(l.Context(), found.ID)
	if err != nil {
		l.Fatal(err)
	}
	for _, item := range all {
		if item.Name != vcsim.LibraryItem {
			names = append(names, item.Name)
		}
	}
	return names
}

// byEachWay runs a test for each way of an image into the vCenter.
func byEachWay(t *testing.T, test func(t *testing.T, l *lossLab)) {
	t.Helper()
	for _, way := range imageWays {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			test(t, lossLabOf(t, way.arguments))
		})
	}
}

// TestAccImageDropped: a connection that breaks while the disk is sent costs another try of the same apply.
func TestAccImageDropped(t *testing.T) {
	t.Parallel()
	byEachWay(t, func(t *testing.T, l *lossLab) {
		t.Helper()
		l.sending(func(n int32, next http.Handler, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				drop(r)
			}
			next.ServeHTTP(w, r)
		})
		made, said := l.apply(l.Provider)
		if len(said) > 0 || l.sends.Load() != 2 {
			t.Fatalf("the disk was sent %d times: %v", l.sends.Load(), said)
		}
		l.ends(made)
	})
}

// TestAccImageDroppedForGood: the apply fails after three tries, says how far it came, and leaves nothing; the next one makes the image.
func TestAccImageDroppedForGood(t *testing.T) {
	t.Parallel()
	byEachWay(t, func(t *testing.T, l *lossLab) {
		t.Helper()
		l.sending(func(_ int32, _ http.Handler, _ http.ResponseWriter, r *http.Request) { drop(r) })
		made, said := l.apply(l.Provider)
		if errors := protocol.Errors(said); made.Exists() || len(errors) != 1 || !strings.Contains(errors[0].Text, " MB") || l.sends.Load() != 3 {
			t.Errorf("the disk was sent %d times, and there is an image (%t): %v", l.sends.Load(), made.Exists(), said)
		}
		l.nothing()
		l.ends(l.None(kindOfImage))
	})
}

// TestAccImageKilled: a provider that dies while the disk is sent leaves what the next apply takes up or removes.
func TestAccImageKilled(t *testing.T) {
	t.Parallel()
	byEachWay(t, func(t *testing.T, l *lossLab) {
		t.Helper()
		var dead atomic.Bool // nothing that it asks for is carried out any more
		wire := l.vc.Between(t, func(acctest.Call, func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
			if dead.Load() {
				return acctest.Refusal("NoPermission")
			}
			return nil
		})
		l.sending(func(_ int32, _ http.Handler, _ http.ResponseWriter, r *http.Request) {
			dead.Store(true)
			drop(r)
		})
		_, said := l.apply(l.vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile}))
		if len(protocol.Errors(said)) == 0 || l.sends.Load() == 0 {
			t.Fatalf("it was not killed: the disk was sent %d times: %v", l.sends.Load(), said)
		}
		l.ends(l.None(kindOfImage)) // the state was not written
	})
}

// TestAccImageLeaseExpired: the machine of a lease that nobody could keep alive is gone while its disk is sent. The apply sends it again.
func TestAccImageLeaseExpired(t *testing.T) {
	t.Parallel()
	l := lossLabOf(t, map[string]any{"upload_via": "host"})
	wire := l.vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if c.Name == "HttpNfcLeaseProgress" && l.sends.Load() < 2 { // on a busy machine the second would expire as well
			return acctest.Refusal("NoPermission")
		}
		return nil
	})
	l.sending(func(n int32, next http.Handler, w http.ResponseWriter, r *http.Request) {
		for end := time.Now().Add(time.Minute); n == 1 && len(l.vc.VMs("novasphere/images/*")) > 0; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Error("the lease does not expire")
				break
			}
		}
		next.ServeHTTP(w, r)
	})
	made, said := l.apply(l.vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile}))
	if len(said) > 0 || l.sends.Load() != 2 {
		t.Fatalf("the disk was sent %d times: %v", l.sends.Load(), said)
	}
	l.ends(made)
}
