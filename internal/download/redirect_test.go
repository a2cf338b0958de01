// SPDX-License-Identifier: MPL-2.0

package download

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The user goes to the server that the configuration names, and to no other.
func TestFetchGivesTheUserToOneServer(t *testing.T) { //nolint:paralleltest // it sets the environment
	temporary(t)
	content := noise(1 << 20)
	other := serve(t, content, answers{whole("")})
	home := serve(t, content, answers{
		to(func() string { return "/moved" }),
		to(func() string { return other.URL + "/a?the-token" }),
	})
	for _, r := range []Request{
		{URL: home.URL, Username: "the-user", Password: "the-password"},
		{URL: strings.Replace(home.URL, "://", "://the-user:the-password@", 1)},
	} {
		home.requests, other.requests = nil, nil
		file := fetched(t, r, content)
		if file.Name != home.URL {
			t.Errorf("named %s", file.Name)
		}
		closed(t, file)
		basic := "Basic dGhlLXVzZXI6dGhlLXBhc3N3b3Jk"
		if got := home.headers("Authorization"); !slices.Equal(got, []string{basic, basic}) {
			t.Errorf("the server: %q", got)
		}
		if got := append(other.headers("Authorization"), other.headers("Referer")...); !slices.Equal(got, []string{"", ""}) {
			t.Errorf("the other server: %q", got)
		}
	}
}

// certified is set in a process of its own, since the roots are read once in a process.
const certified = "TEST_DOWNLOAD_URL"

// A server's certificate is checked against the system's roots and SSL_CERT_FILE, and an image is not fetched without protection where
// nothing else tells whether it is the right one.
func TestFetchChecksCertificates(t *testing.T) { //nolint:paralleltest // it sets the environment
	content := noise(1 << 20)
	if address := os.Getenv(certified); address != "" {
		closed(t, fetched(t, Request{URL: address}, content))
		refused(t, Request{URL: address + "/down"}, "redirects to http://", "set image_checksum")
		closed(t, fetched(t, Request{URL: address + "/down", Checksum: "sha256:" + sha(content)}, content))
		return
	}
	temporary(t)
	plain := serve(t, content, answers{whole("")})
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			http.Redirect(w, r, plain.URL, http.StatusFound)
			return
		}
		whole("")(w, r, content)
	}))
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	t.Cleanup(web.Close)
	refused(t, Request{URL: web.URL}, "its certificate is not trusted", "SSL_CERT_FILE")
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, pemOf(web.Certificate()), 0o600); err != nil {
		t.Fatal(err)
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestFetchChecksCertificates$")
	again.Env = append(os.Environ(), certified+"="+web.URL, "SSL_CERT_FILE="+roots)
	if out, err := again.CombinedOutput(); err != nil {
		t.Errorf("with the certificate: %v\n%s", err, out)
	}
}

func pemOf(certificate *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
}

func TestFetchTellsOfHostsThatAreNotThere(t *testing.T) { //nolint:paralleltest // it sets the environment
	temporary(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	refused(t, Request{URL: gone.URL + "/a?the-token"}, "0 bytes, 3 times in a row", "connection refused")
	unknown := &net.DNSError{Err: "no such host", Name: "nowhere.invalid", IsNotFound: true}
	err := unanswered(t.Context(), &url.Error{Op: "Get", URL: "http://the-token", Err: unknown})
	var again passing
	if errors.As(err, &again) || !strings.Contains(err.Error(), "its host is not known: lookup nowhere.invalid") ||
		strings.Contains(err.Error(), "the-token") {
		t.Errorf("a host that is not known: %v", err)
	}
}
