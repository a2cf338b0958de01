// SPDX-License-Identifier: MPL-2.0

package download

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestFetchGivesTheFile(t *testing.T) { //nolint:paralleltest // it sets the environment
	temporary(t)
	content := noise(3 << 20)
	web := serve(t, content, answers{whole(`"a"`)})
	var last, total int64
	file := fetched(t, Request{
		URL: web.URL + "/a.img?the-token", Checksum: "SHA256:" + strings.ToUpper(sha(content)),
		Progress: func(step string, done, of int64) {
			if step != Downloading || done < last {
				t.Errorf("%s: %d after %d", step, done, last)
			}
			last, total = done, of
		},
	}, content)
	if last != 3<<20 || total != 3<<20 || file.Name != web.URL+"/a.img" || file.MD5 != "" {
		t.Errorf("%d of %d bytes of %s, MD5 %q", last, total, file.Name, file.MD5)
	}
	info, err := os.Stat(filepath.Dir(file.Path))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of the file: %v, %v", info.Mode(), err)
	}
	if got := web.headers("Accept-Encoding"); !slices.Equal(got, []string{"identity"}) {
		t.Errorf("Accept-Encoding: %q", got)
	}
	closed(t, file)
}

// Each row is a server that does badly at first.
func TestFetchGoesOn(t *testing.T) { //nolint:paralleltest // it sets the environment
	content := noise(5 << 20)
	changed := append(noise(2<<20), "changed"...)
	big := 2 << 20
	for name, tc := range map[string]struct {
		do     answers
		ranges []string
		want   []byte
	}{
		"it breaks off twice": {answers{cutAfter(big, `"a"`), cutAfter(big, `"a"`), whole(`"a"`)}, []string{"", "bytes=", "bytes="}, content},
		"often, and each time after much": {answers{cutAfter(big/2, `"a"`)},
			[]string{"", "bytes=", "bytes=", "bytes=", "bytes="}, content},
		"it has no ranges": {answers{cutAfter(big, `"a"`), func(w http.ResponseWriter, r *http.Request, file []byte) {
			plain := r.Clone(r.Context())
			plain.Header.Del("Range")
			whole(`"a"`)(w, plain, file)
		}}, []string{"", "bytes="}, content},
		"it has no mark of the file": {answers{cutAfter(big, ""), whole("")}, []string{"", ""}, content},
		"its mark is weak":           {answers{cutAfter(big, `W/"a"`), whole(`W/"a"`)}, []string{"", ""}, content},
		"the file changes": {answers{cutAfter(big, `"a"`), func(w http.ResponseWriter, r *http.Request, _ []byte) {
			whole(`"b"`)(w, r, changed)
		}}, []string{"", "bytes="}, changed},
		"the file changes, and it sends the part": {answers{cutAfter(big, `"a"`), cutAfter(big, `"b"`), whole(`"b"`)},
			[]string{"", "bytes=", ""}, content},
		"it sends another part": {answers{cutAfter(big, `"a"`), func(w http.ResponseWriter, _ *http.Request, file []byte) {
			w.Header().Set("Content-Range", "bytes 7-"+strconv.Itoa(len(file)-1)+"/"+strconv.Itoa(len(file)))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(file[7:])
		}, whole(`"a"`)}, []string{"", "bytes=", ""}, content},
		"it sends no part that can be read": {answers{cutAfter(big, `"a"`), status(http.StatusPartialContent), whole(`"a"`)},
			[]string{"", "bytes=", ""}, content},
		"it refuses the range": {answers{cutAfter(big, `"a"`), status(http.StatusRequestedRangeNotSatisfiable), whole(`"a"`)},
			[]string{"", "bytes=", ""}, content},
		"it is busy":    {answers{status(503), status(429), whole("")}, []string{"", "", ""}, content},
		"it tells none": {answers{func(w http.ResponseWriter, _ *http.Request, file []byte) { flushed(w, file) }}, []string{""}, content},
	} {
		t.Run(name, func(t *testing.T) {
			temporary(t)
			web := serve(t, content, tc.do)
			closed(t, fetched(t, Request{URL: web.URL, Checksum: "sha256:" + sha(tc.want)}, tc.want))
			got := web.headers("Range")
			same := len(got) == len(tc.ranges)
			for i := range got {
				same = same && strings.HasPrefix(got[i], tc.ranges[i]) && (got[i] == "") == (tc.ranges[i] == "")
			}
			if !same {
				t.Errorf("ranges %q, want %q", got, tc.ranges)
			}
			for i, condition := range web.headers("If-Range") {
				if (condition != "") != (got[i] != "") {
					t.Errorf("request %d: a range %q with the condition %q", i, got[i], condition)
				}
			}
		})
	}
}

// flushed sends a file without its length.
func flushed(w http.ResponseWriter, file []byte) {
	for part := range slices.Chunk(file, 1<<20) {
		_, _ = w.Write(part)
		w.(http.Flusher).Flush()
	}
}

func TestFetchTellsWhyNot(t *testing.T) { //nolint:paralleltest // it sets the environment
	content := noise(1 << 20)
	for name, tc := range map[string]struct {
		do      answers
		request Request
		want    []string
	}{
		"no user": {answers{status(401)}, Request{}, []string{"401 Unauthorized", "set image_source_username"}},
		"a wrong user": {answers{status(401)}, Request{Username: "the-user", Password: "the-password"},
			[]string{"401", "check image_source_"}},
		"forbidden":                {answers{status(403)}, Request{}, []string{"403 Forbidden", "check the address"}},
		"not to the user":          {answers{status(403)}, Request{Username: "the-user"}, []string{"403", "image_source_password"}},
		"not there":                {answers{status(404)}, Request{}, []string{"is not there (404 Not Found)"}},
		"a range at once":          {answers{status(416)}, Request{}, []string{"416"}},
		"an answer to no question": {answers{status(304)}, Request{}, []string{"304"}},
		"busy for ever": {answers{status(503)}, Request{},
			[]string{"0 bytes, 3 times in a row", "503 Service Unavailable", "local_file_path"}},
		"empty": {answers{whole("")}, Request{Limit: -1}, []string{"longer than"}},
		"no end": {answers{func(w http.ResponseWriter, _ *http.Request, file []byte) { flushed(w, file) }}, Request{Limit: 1 << 19},
			[]string{"is longer than 524288 bytes"}},
		"too long": {answers{whole("")}, Request{Limit: 1 << 19}, []string{"is longer than 524288 bytes"}},
		"a lie about its length": {answers{func(w http.ResponseWriter, _ *http.Request, file []byte) {
			w.Header().Set("Content-Length", "1048577")
			_, _ = w.Write(file)
		}}, Request{}, []string{"1048576 of 1048577 bytes, 3 times", "the connection ended before the file did"}},
		"a short length": {answers{func(w http.ResponseWriter, _ *http.Request, file []byte) {
			raw, out, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = out.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 1048575\r\n\r\n" + string(file))
				_, _ = out.Flush(), raw.Close()
			}
		}}, Request{Checksum: "sha256:" + sha(content)}, []string{"has the checksum sha256:"}},
		"another checksum": {answers{whole("")}, Request{Checksum: "md5:" + strings.Repeat("0", 32)}, []string{"image_checksum is md5:000"}},
		"a web page": {answers{func(w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = w.Write([]byte("\n<!DOCTYPE html><html><body>Log in</body></html>"))
		}}, Request{}, []string{"is a web page and no image"}},
		"redirected for ever": {answers{to(func() string { return "/again" })}, Request{}, []string{"redirects more than 10 times"}},
		"to a file":           {answers{to(func() string { return "file:///the-token" })}, Request{}, []string{"is no web server"}},
		"to what is none": {answers{to(func() string { return "http://the-token:%zz/" })}, Request{},
			[]string{"address that cannot be read"}},
		"not compressed": {answers{whole("")}, Request{Decompress: true}, []string{"is not compressed with gzip"}},
	} {
		t.Run(name, func(t *testing.T) {
			temporary(t)
			tc.request.URL = serve(t, content, tc.do).URL + "/a.img?the-token"
			refused(t, tc.request, tc.want...)
		})
	}
}

func TestFetchRefusesAddressesAndChecksums(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"ftp://the-user:the-password@host/a": "ftp://host/a is no address of a web server", "a.img": "a.img is no address",
		"https://": "is no address", "file:///etc/passwd": "is no address", "https://the-user:the-password@[/": "cannot be read",
	} {
		if err := CheckURL(address); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "the-") {
			t.Errorf("%s: %v", address, err)
		}
	}
	for text, want := range map[string]string{
		"": "", "sha256:" + strings.Repeat("aB", 32): "", "sha512:" + strings.Repeat("00", 64): "", "sha1:" + strings.Repeat("00", 20): "",
		"sha256:00": "has 64 hexadecimal digits", "crc32:00": "is no checksum", strings.Repeat("0", 64): "is no checksum",
		"md5:" + strings.Repeat("g", 32): "has 32 hexadecimal digits",
	} {
		if err := CheckChecksum(text); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// A server that says nothing, and a user who interrupts: nothing is left, and how far it came is told.
func TestFetchEnds(t *testing.T) { //nolint:paralleltest // it sets the environment
	temporary(t)
	stop := make(chan struct{})
	hangs := func(w http.ResponseWriter, r *http.Request, file []byte) {
		w.Header().Set("Content-Length", strconv.Itoa(len(file)))
		_, _ = w.Write(file[:1<<19])
		w.(http.Flusher).Flush()
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}
	web := serve(t, noise(1<<20), answers{hangs})
	t.Cleanup(func() { close(stop) })
	silent := hurry
	silent.silence = 50 * time.Millisecond
	refusedWithin(t.Context(), t, Request{URL: web.URL, patience: silent}, "524288 of 1048576 bytes, 3 times", "sends nothing any more")
	ctx, cancel := context.WithCancel(t.Context())
	refusedWithin(ctx, t, Request{URL: web.URL, patience: hurry, Progress: func(_ string, done, _ int64) {
		if done == 1<<19 {
			cancel()
		}
	}}, "ended after 524288 of 1048576 bytes", "context canceled")
}
