// SPDX-License-Identifier: MPL-2.0

package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// cache is a folder with files that were downloaded: each under its SHA-256, so that nobody ever sees half of one, and beside them for
// each URL which one it was.
type cache struct {
	folder string
}

// entry is what is known of a URL from the last time.
type entry struct {
	URL      string `json:"url"` // without a user and a query
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"last_modified,omitempty"`
	Length   int64  `json:"length"`
	SHA256   string `json:"sha256"`
}

// fetch returns a file of the cache if it is still the server's, and downloads it otherwise.
func (c cache) fetch(ctx context.Context, r Request, from source, want checksum) (*File, error) {
	if err := os.MkdirAll(c.folder, 0o700); err != nil {
		return nil, from.named(err)
	}
	own, err := newFolder(c.folder)
	if err != nil {
		return nil, from.named(err)
	}
	file, err := c.into(ctx, own, r, from, want)
	if err != nil {
		return nil, from.named(errors.Join(err, own.Close()))
	}
	file.drop = own.Close
	return file, nil
}

// into puts the file into a folder of this request, where another process that replaces what is kept does not touch it.
func (c cache) into(ctx context.Context, own folder, r Request, from source, want checksum) (*File, error) {
	known, err := c.known(ctx, from)
	if err != nil {
		return nil, err
	}
	file := &File{Path: own.file("image"), Name: from.name, Length: known.length}
	if known.sha256 != "" && want.algorithm != "" && want.checkFile(ctx, c.content(known.sha256)) == nil {
		return file, c.take(known.sha256, file.Path) // whatever the server has now, this is what is asked for
	}
	got, err := from.download(ctx, file.Path, known, want, r)
	if err != nil {
		return nil, err
	}
	if got.unchanged {
		if err := errors.Join(want.checkFile(ctx, c.content(got.sha256)), os.Remove(file.Path)); err != nil {
			return nil, err
		}
		return file, c.take(got.sha256, file.Path)
	}
	file.Length = got.length
	return file, c.keep(own, from, got, file.Path)
}

// known returns what the cache has of a URL. A file that is not whole any more is none.
func (c cache) known(ctx context.Context, from source) (answer, error) {
	none := answer{length: -1}
	e, ok := readEntry(c.entry(from))
	if !ok {
		return none, nil
	}
	sum := sha256.New()
	if err := sumFile(ctx, c.content(e.SHA256), sum); err != nil {
		return none, ctx.Err()
	}
	if hex.EncodeToString(sum.Sum(nil)) != e.SHA256 {
		return none, nil
	}
	return answer{etag: e.ETag, modified: e.Modified, length: e.Length, sha256: e.SHA256}, nil
}

// readEntry reads an entry, and reports whether it is one.
func readEntry(path string) (e entry, ok bool) {
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &e) != nil {
		return entry{}, false
	}
	raw, err := hex.DecodeString(e.SHA256)
	return e, err == nil && len(raw) == sha256.Size
}

// keep takes a file into the cache, and forgets the one that the URL had before.
func (c cache) keep(own folder, from source, got answer, path string) error {
	if err := put(own, path, c.content(got.sha256)); err != nil {
		return err
	}
	text, err := json.Marshal(entry{URL: from.name, ETag: got.etag, Modified: got.modified, Length: got.length, SHA256: got.sha256})
	if err != nil {
		return err
	}
	written := own.file("entry")
	if err := os.WriteFile(written, text, 0o600); err != nil {
		return disk.Full(err, written)
	}
	old, had := readEntry(c.entry(from))
	if err := os.Rename(written, c.entry(from)); err != nil {
		return err
	}
	if had && old.SHA256 != got.sha256 {
		c.forget(old.SHA256)
	}
	return nil
}

// forget removes a file that no URL has any more.
func (c cache) forget(sum string) {
	entries, err := filepath.Glob(filepath.Join(c.folder, "*.json"))
	if err != nil {
		return
	}
	for _, path := range entries {
		if e, ok := readEntry(path); ok && e.SHA256 == sum {
			return
		}
	}
	_ = os.Remove(c.content(sum))
}

// take gives a kept file a second name.
func (c cache) take(sum, path string) error { return link(c.content(sum), path) }

// content returns the path of a kept file.
func (c cache) content(sum string) string {
	return filepath.Join(c.folder, filepath.Base(sum)+".image")
}

// entry returns the path of what is known of a URL.
func (c cache) entry(from source) string {
	sum := sha256.Sum256([]byte(from.url + "\n" + from.username))
	return filepath.Join(c.folder, hex.EncodeToString(sum[:16])+".json")
}

// put gives a file a name in the cache, in place of what has it.
func put(own folder, path, name string) error {
	second := own.file("second")
	if err := link(path, second); err != nil {
		return err
	}
	return os.Rename(second, name)
}

// link gives a file a second name, or copies it where the file system knows one name only.
func link(path, second string) error {
	if os.Link(path, second) == nil {
		return nil
	}
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(second, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return disk.Full(errors.Join(err, to.Close()), second)
}
