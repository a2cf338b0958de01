// SPDX-License-Identifier: MPL-2.0

package session

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

// serve runs a TLS server until the test ends, and returns its host and port.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(func() { server.CloseClientConnections(); _ = server.Listener.Close() })
	return strings.TrimPrefix(server.URL, "https://")
}

// TestOutage: while a proxy answers 503 in place of a restarting vCenter, reads wait and changes are sent once.
func TestOutage(t *testing.T) {
	t.Parallel()
	vc := embedded(t, vcsim.Options{})
	var out, down atomic.Int64
	pass := passTo(t, vc)
	server := serve(t, func(rw http.ResponseWriter, req *http.Request) {
		if down.Load() > 0 {
			down.Add(-1)
			out.Add(1)
			http.Error(rw, "no healthy upstream", http.StatusServiceUnavailable)
			return
		}
		pass.ServeHTTP(rw, req)
	})
	cfg := configFor(vc)
	cfg.Server, cfg.CAFile, cfg.Insecure = server, "", true
	c := clientOf(t, cfg)
	for _, call := range []func(context.Context, *Session) error{readFolderName, makeFolder, listCategories, makeCategory} {
		if err := call(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		down.Store(2)
		if err := call(t.Context(), c); err != nil {
			t.Error(err)
		}
	}
	if out.Load() != 8 {
		t.Errorf("%d answers of 503 were met, not 8", out.Load())
	}
	down.Store(2)
	err := retry.Once(func() error { return powerOn(t.Context(), c, "vm-1") })
	if !faults.NoResponse(err) || down.Load() != 0 {
		t.Errorf("a power-on met with two 503, which is once more than it is tried again, gave %v, and %d were left", err, down.Load())
	}
	down.Store(0)
}

// TestHalfLogin: the answer of a renewing login is cut off after its cookie; the session is good, and is found to be.
func TestHalfLogin(t *testing.T) {
	t.Parallel()
	vc := embedded(t, vcsim.Options{})
	pass := passTo(t, vc)
	var cut atomic.Bool
	server := serve(t, func(rw http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(body))
		if !bytes.Contains(body, []byte("<Login ")) || !cut.CompareAndSwap(true, false) {
			pass.ServeHTTP(rw, req)
			return
		}
		whole := httptest.NewRecorder()
		pass.ServeHTTP(whole, req)
		for key, values := range whole.Header() {
			rw.Header()[key] = values
		}
		rw.Header().Set("Content-Length", strconv.Itoa(whole.Body.Len()))
		_, _ = rw.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
		panic(http.ErrAbortHandler)
	})
	cfg := configFor(vc)
	cfg.Server, cfg.CAFile, cfg.Insecure = server, "", true
	c := clientOf(t, cfg)
	if err := readFolderName(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	vc.ExpireSessions()
	cut.Store(true)
	if err := together(5, func(int) error { return readFolderName(t.Context(), c) }); err != nil {
		t.Error(err)
	}
	if cut.Load() || vc.Calls()["Login"] != 3 {
		t.Errorf("%d logins: the first, the half one and the one that was refused are 3", vc.Calls()["Login"])
	}
}

// TestOtherStatusIsAnAnswer shows that a read is not repeated for minutes where a server answers something else.
func TestOtherStatusIsAnAnswer(t *testing.T) {
	t.Parallel()
	vc := embedded(t, vcsim.Options{})
	pass := passTo(t, vc)
	var refuse atomic.Bool
	var refused atomic.Int64
	server := serve(t, func(rw http.ResponseWriter, req *http.Request) {
		if refuse.Load() {
			refused.Add(1)
			http.Error(rw, "no", http.StatusForbidden)
			return
		}
		pass.ServeHTTP(rw, req)
	})
	cfg := configFor(vc)
	cfg.Server, cfg.CAFile, cfg.Insecure = server, "", true
	c := clientOf(t, cfg)
	if err := readFolderName(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	refuse.Store(true)
	if err := readFolderName(t.Context(), c); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("the error is %v", err)
	}
	if n := refused.Load(); n != 1 {
		t.Errorf("it was sent %d times", n)
	}
}

// passTo returns a reverse proxy to a vCenter.
func passTo(t *testing.T, vc *vcsim.VCenter) http.Handler {
	t.Helper()
	text, err := os.ReadFile(vc.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "https", Host: vc.Server()})
	proxy.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	return proxy
}

// powerOn starts the power-on of a VM.
func powerOn(ctx context.Context, s *Session, moref string) error {
	vim, err := s.Vim(ctx)
	if err != nil {
		return err
	}
	_, err = methods.PowerOnVM_Task(ctx, vim, &types.PowerOnVM_Task{This: ref{Type: "VirtualMachine", Value: moref}})
	return err
}
