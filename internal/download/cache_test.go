// SPDX-License-Identifier: MPL-2.0

package download

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// inCache lists what a cache keeps.
func inCache(t *testing.T, folder string) (images, entries, others []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		switch filepath.Ext(path) {
		case ".image":
			images = append(images, path)
		case ".json":
			entries = append(entries, path)
		default:
			others = append(others, path)
		}
	}
	return images, entries, others
}

func TestCacheAsksBeforeItGivesAFileAgain(t *testing.T) { //nolint:paralleltest // it sets the environment
	temporary(t)
	first, second := noise(1<<20), append(noise(1<<20), 'x')
	for name, tc := range map[string]struct {
		mark      string
		value     string
		condition string
	}{
		"entity tag":  {"ETag", `"one"`, "If-None-Match"},
		"date":        {"Last-Modified", "Sun, 29 Nov 2026 00:00:00 GMT", "If-Modified-Since"},
		"without any": {"X-None", "", ""},
	} {
		cache := filepath.Join(t.TempDir(), "new", "cache")
		now := first
		asked := func(w http.ResponseWriter, r *http.Request, _ []byte) {
			w.Header().Set(tc.mark, tc.value)
			if tc.condition != "" && r.Header.Get(tc.condition) == tc.value && string(now) == string(first) {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			_, _ = w.Write(now)
		}
		web := serve(t, nil, answers{asked})
		r := Request{URL: web.URL + "/a?the-token", CachePath: cache}
		for range 2 {
			file := fetched(t, r, first)
			if filepath.Dir(file.Path) == cache || !strings.HasPrefix(file.Path, cache) || file.Name != web.URL+"/a" {
				t.Errorf("%s: %+v", name, file)
			}
			closed(t, file)
		}
		if got, want := web.headers("If-None-Match")[1]+web.headers("If-Modified-Since")[1], tc.value; got != want {
			t.Errorf("%s: asked with %q, want %q", name, got, want)
		}
		open := fetched(t, r, first) // which somebody uses while the file is replaced
		now = second
		closed(t, fetched(t, r, second))
		if got, err := os.ReadFile(open.Path); err != nil || string(got) != string(first) {
			t.Errorf("%s: the open file changed: %v", name, err)
		}
		closed(t, open)
		images, entries, others := inCache(t, cache)
		if len(images) != 1 || len(entries) != 1 || len(others) != 0 || filepath.Base(images[0]) != sha(second)+".image" {
			t.Errorf("%s: the cache has %q, %q and %q", name, images, entries, others)
		}
		text, err := os.ReadFile(entries[0])
		if err != nil || strings.Contains(string(text), "the-token") {
			t.Errorf("%s: the entry is %s, %v", name, text, err)
		}
	}
}

// A file of the cache that was damaged, or an entry that is none, is as if there were none.
func TestCacheUsesWholeFilesOnly(t *testing.T) { //nolint:paralleltest // it sets the environment
	temporary(t)
	content := noise(1 << 20)
	damage := map[string]func(image, entry string) error{
		"cut":      func(image, _ string) error { return os.Truncate(image, 1<<19) },
		"changed":  func(image, _ string) error { return os.WriteFile(image, noise(1<<19), 0o600) },
		"gone":     func(image, _ string) error { return os.Remove(image) },
		"no entry": func(_, entry string) error { return os.WriteFile(entry, []byte("{"), 0o600) },
		"another path": func(_, entry string) error {
			return os.WriteFile(entry, []byte(`{"sha256":"../../etc/passwd"}`), 0o600)
		},
	}
	for name, act := range damage {
		cache := t.TempDir()
		web := serve(t, content, answers{whole(`"a"`)})
		r := Request{URL: web.URL, CachePath: cache}
		closed(t, fetched(t, r, content))
		images, entries, _ := inCache(t, cache)
		if err := act(images[0], entries[0]); err != nil {
			t.Fatal(err)
		}
		closed(t, fetched(t, r, content))
		if got := web.headers("If-None-Match"); !slices.Equal(got, []string{"", ""}) {
			t.Errorf("%s: asked with %q", name, got)
		}
		images, _, others := inCache(t, cache)
		if len(images) != 1 || len(others) != 0 {
			t.Errorf("%s: the cache has %q and %q", name, images, others)
		}
	}
}

// With a checksum the file that has it needs no server, and a kept file that has another is not what is asked for.
func TestCacheKnowsAFileByItsChecksum(t *testing.T) { //nolint:paralleltest // it sets the environment
	temporary(t)
	content, cache := noise(1<<20), t.TempDir()
	web := serve(t, content, answers{whole(`"a"`)})
	r := Request{URL: web.URL, CachePath: cache, Checksum: "sha1:" + strings.Repeat("0", 40)}
	refused(t, r, "has the checksum sha1:")
	if images, entries, others := inCache(t, cache); len(images)+len(entries)+len(others) != 0 {
		t.Errorf("kept: %q %q %q", images, entries, others)
	}
	r.Checksum = "sha256:" + sha(content)
	closed(t, fetched(t, r, content))
	asked := len(web.headers("Range"))
	closed(t, fetched(t, r, content))
	if got := len(web.headers("Range")); got != asked {
		t.Errorf("%d requests, want %d", got, asked)
	}
	r.Checksum = "sha256:" + sha(nil)
	refused(t, r, "has the checksum sha256:"+sha(content))
}

func TestCacheIsForManyAtOnce(t *testing.T) { //nolint:paralleltest // it sets the environment
	temporary(t)
	content, cache := noise(1<<20), t.TempDir()
	web := serve(t, content, answers{whole(`"a"`)})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { closed(t, fetched(t, Request{URL: web.URL, CachePath: cache}, content)) })
	}
	all.Wait()
	if images, entries, others := inCache(t, cache); len(images) != 1 || len(entries) != 1 || len(others) != 0 {
		t.Errorf("the cache has %q, %q and %q", images, entries, others)
	}
	refused(t, Request{URL: web.URL, CachePath: os.DevNull}, "not a directory")
}
