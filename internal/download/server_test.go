// SPDX-License-Identifier: MPL-2.0

package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// hurry is patience for a server of this machine.
var hurry = patience{tries: 3, pause: time.Millisecond, silence: 10 * time.Second}

// noise returns bytes that do not compress.
func noise(n int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(random.Uint32())
	}
	return out
}

// server is a web server with one file, which answers each request in turn as a test says, and the last ones like the last.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
}

// answers are what a server does; each gets the file.
type answers []func(w http.ResponseWriter, r *http.Request, file []byte)

func serve(t *testing.T, file []byte, do answers) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r)
		turn := min(len(s.requests), len(do)) - 1
		s.mu.Unlock()
		do[turn](w, r, file)
	}))
	t.Cleanup(s.Close)
	return s
}

// headers returns what a header was in each request.
func (s *server) headers(name string) (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		out = append(out, r.Header.Get(name))
	}
	return out
}

// whole answers as a good server does, with ranges and conditions, for a file with an entity tag.
func whole(etag string) func(http.ResponseWriter, *http.Request, []byte) {
	return func(w http.ResponseWriter, r *http.Request, file []byte) {
		if etag != "" {
			w.Header().Set("ETag", etag)
		}
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(file)))
	}
}

// cutAfter sends the file from where it is asked for, and breaks off.
func cutAfter(n int, etag string) func(http.ResponseWriter, *http.Request, []byte) {
	return func(w http.ResponseWriter, r *http.Request, file []byte) {
		from := 0
		if ask := r.Header.Get("Range"); ask != "" {
			from, _ = strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(ask, "bytes="), "-"))
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(file)-1, len(file)))
		}
		w.Header().Set("ETag", etag)
		w.Header().Set("Content-Length", strconv.Itoa(len(file)-from))
		if from > 0 {
			w.WriteHeader(http.StatusPartialContent)
		}
		_, _ = w.Write(file[from:min(from+n, len(file))])
		panic(http.ErrAbortHandler)
	}
}

func status(code int) func(http.ResponseWriter, *http.Request, []byte) {
	return func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.WriteHeader(code) }
}

func to(address func() string) func(http.ResponseWriter, *http.Request, []byte) {
	return func(w http.ResponseWriter, r *http.Request, _ []byte) {
		http.Redirect(w, r, address(), http.StatusFound)
	}
}

// fetched fetches, and compares the file with what is wanted.
func fetched(t *testing.T, r Request, want []byte) *File {
	t.Helper()
	r.patience = hurry
	file, err := Fetch(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file.Path)
	if err != nil || string(got) != string(want) || file.Length != int64(len(want)) {
		t.Errorf("%d bytes of length %d, want %d; %v", len(got), file.Length, len(want), err)
	}
	return file
}

func closed(t *testing.T, file *File) {
	t.Helper()
	if err := file.Close(); err != nil {
		t.Error(err)
	}
}

// refused fetches, which must fail with these texts, and leaves nothing.
func refused(t *testing.T, r Request, want ...string) {
	t.Helper()
	r.patience = hurry
	refusedWithin(t.Context(), t, r, want...)
}

func refusedWithin(ctx context.Context, t *testing.T, r Request, want ...string) {
	t.Helper()
	file, err := Fetch(ctx, r)
	if err == nil {
		closed(t, file)
		t.Errorf("no error, want %q", want)
		return
	}
	for _, text := range append(want, strings.SplitN(r.Path+r.URL, "?", 2)[0]) {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("got %q, want it to say %q", err, text)
		}
	}
	for _, secret := range []string{"the-user", "the-password", "the-token"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q tells a secret", err)
		}
	}
}

// temporary makes the folder for temporary files that of a test, which must be empty in the end.
func temporary(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Cleanup(func() {
		if left, err := filepath.Glob(filepath.Join(folder, "*")); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}

func sha(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
