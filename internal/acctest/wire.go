// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Wire is a proxy between a provider and a vCenter that counts the calls, delays them, and cuts the connection on request.
type Wire struct {
	Server string // host:port to configure
	CAFile string // signed its certificate

	mu    sync.Mutex
	calls map[string]int
	cuts  map[string]Cut
	delay atomic.Int64
	bytes atomic.Int64 // of answers
}

// Cut is the point at which a connection breaks.
type Cut int

// A connection breaks before the vCenter has the call, or after it has executed it, so that the answer is lost.
const (
	CutBefore Cut = iota + 1
	CutAfter
)

// Wire puts a wire before the vCenter until the test ends.
func (v *VCenter) Wire(t testing.TB) *Wire {
	t.Helper()
	w := &Wire{calls: map[string]int{}, cuts: map[string]Cut{}}
	proxy := v.proxy(t)
	proxy.ErrorHandler = func(rw http.ResponseWriter, _ *http.Request, _ error) { hangUp(rw) }
	return v.serve(t, w, w.handler(proxy))
}

// proxy returns a proxy that passes calls on to the vCenter.
func (v *VCenter) proxy(t testing.TB) *httputil.ReverseProxy {
	t.Helper()
	authority, err := os.ReadFile(v.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "https", Host: v.VCenter.Server()})
	proxy.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 32}
	proxy.ErrorLog = quiet
	return proxy
}

var quiet = log.New(io.Discard, "", 0)

// serve runs a handler behind TLS until the test ends, and sets the address in the wire.
func (v *VCenter) serve(t testing.TB, w *Wire, handler http.Handler) *Wire {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = quiet
	server.StartTLS()
	t.Cleanup(server.Close)
	w.Server = strings.TrimPrefix(server.URL, "https://")
	v.mu.Lock()
	v.reached = append(v.reached, w.Server)
	v.mu.Unlock()
	w.CAFile = filepath.Join(t.TempDir(), "wire.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(w.CAFile, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *Wire) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		var body []byte
		if req.Method != http.MethodPut { // a file goes on as it comes
			body, _ = io.ReadAll(req.Body)
			req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}
		name := callName(req, body)
		time.Sleep(time.Duration(w.delay.Load()))
		switch w.note(name, subject(body)) {
		case CutBefore:
			hangUp(rw)
		case CutAfter:
			next.ServeHTTP(httptest.NewRecorder(), req)
			hangUp(rw)
		default:
			next.ServeHTTP(&counted{rw, &w.bytes}, req)
		}
	})
}

// note counts a call and returns the cut that was requested for it, once.
func (w *Wire) note(name, subject string) Cut {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[name+subject]++
	cut := w.cuts[name]
	delete(w.cuts, name)
	return cut
}

func hangUp(rw http.ResponseWriter) {
	if h, ok := rw.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

var soapMethod = regexp.MustCompile(`<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)`)

func callName(req *http.Request, body []byte) string {
	if m := soapMethod.FindSubmatch(body); m != nil {
		return string(m[1])
	}
	action := req.URL.Query().Get("~action")
	if action == "" {
		action = req.URL.Query().Get("action")
	}
	path := regexp.MustCompile(`id:[^/]+`).ReplaceAllString(req.URL.Path, "id")
	path = regexp.MustCompile(`/cis/data/[^/]+/`).ReplaceAllString(path, "/cis/data/id/") // a file of a content library
	return strings.TrimSpace(req.Method + " " + path + " " + action)
}

var propertyType = regexp.MustCompile(`<propSet[^>]*><type[^>]*>(\w+)</type>`)

// subject returns the object types of a property read: " of Task VirtualMachine".
func subject(body []byte) string {
	var kinds []string
	for _, m := range propertyType.FindAllSubmatch(body, -1) {
		if kind := string(m[1]); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) == 0 {
		return ""
	}
	slices.Sort(kinds)
	return " of " + strings.Join(kinds, " and ")
}

// counted counts the bytes of an answer.
type counted struct {
	http.ResponseWriter
	total *atomic.Int64
}

// Write counts and forwards.
func (c *counted) Write(b []byte) (int, error) {
	c.total.Add(int64(len(b)))
	return c.ResponseWriter.Write(b)
}

// Unwrap allows the proxy to flush.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// Cut breaks the connection at the next call of this name.
func (w *Wire) Cut(name string, where Cut) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cuts[name] = where
}

// Delay delays every call.
func (w *Wire) Delay(d time.Duration) { w.delay.Store(int64(d)) }

// Take returns the calls and the bytes of answers since the last Take.
func (w *Wire) Take() (calls map[string]int, bytes int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	calls = maps.Clone(w.calls)
	clear(w.calls)
	return calls, w.bytes.Swap(0)
}

// Total returns the sum of the calls.
func Total(calls map[string]int) (n int) {
	for _, count := range calls {
		n += count
	}
	return n
}
