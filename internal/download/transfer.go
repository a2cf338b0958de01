// SPDX-License-Identifier: MPL-2.0

package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// transfer is a file on its way.
type transfer struct {
	source
	request Request
	want    checksum
	file    *os.File
	of      answer // which file it is that done bytes are here of
	done    int64
	reached int64 // the most that done has been
	sum     hash.Hash
	checked hash.Hash // nil if no checksum is wanted
}

// download writes the file into a new one, as often as it takes. What is known from before makes it ask whether that still holds; if so
// the file stays empty.
func (s source) download(ctx context.Context, path string, known answer, want checksum, r Request) (got answer, err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return answer{}, disk.Full(err, path)
	}
	defer func() { err = errors.Join(err, disk.Full(file.Close(), path)) }()
	t := &transfer{source: s, request: r, want: want, file: file, of: known}
	t.restart()
	for failures := 0; ; {
		before := t.reached
		err := t.attempt(ctx)
		if err == nil {
			return t.end()
		}
		if ctx.Err() != nil {
			return t.of, fmt.Errorf("the download ended after %s: %w", t.far(), context.Cause(ctx))
		}
		var again passing
		if !errors.As(err, &again) {
			return t.of, disk.Full(err, path)
		}
		if t.reached-before >= worthwhile {
			failures = 0
		}
		failures++
		if failures >= t.patience.tries {
			return t.of, fmt.Errorf("the download broke off after %s, %d times in a row: %w. Apply again, or download it by other means "+
				"and set local_file_path", t.far(), failures, again.error)
		}
		wait(ctx, t.patience.pause<<(failures-1))
	}
}

// wait returns after a time, or when ctx ends.
func wait(ctx context.Context, pause time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

// far says how far the download came.
func (t *transfer) far() string {
	if t.of.length < 0 {
		return fmt.Sprintf("%d bytes", t.reached)
	}
	return fmt.Sprintf("%d of %d bytes", t.reached, t.of.length)
}

// restart forgets what is here.
func (t *transfer) restart() {
	t.done, t.sum, t.checked = 0, sha256.New(), t.want.hash()
}

var (
	errSilent = errors.New("the server sends nothing any more")
	errShort  = errors.New("the connection ended before the file did")
)

// attempt asks for what is missing, and writes what comes.
func (t *transfer) attempt(ctx context.Context) error {
	if t.done > 0 && t.of.strong() == "" {
		t.restart()
		t.of = answer{length: -1}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(t.patience.silence, func() { cancel(errSilent) })
	defer silence.Stop()
	response, err := t.get(ctx, t.done, t.of)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if ok, err := t.begin(response); err != nil || !ok {
		return err
	}
	err = t.copy(response.Body, func() { silence.Reset(t.patience.silence) })
	var again passing
	if cause := context.Cause(ctx); errors.As(err, &again) && cause != nil {
		return passing{cause}
	}
	return err
}

// begin looks at an answer, and reports whether its body is the file or the rest of it.
func (t *transfer) begin(response *http.Response) (bool, error) {
	switch {
	case response.StatusCode == http.StatusOK:
		t.restart()
		t.of = told(response)
		if t.of.length > t.request.Limit {
			return false, tooLong(t.request.Limit)
		}
		return true, t.file.Truncate(0)
	case response.StatusCode == http.StatusNotModified && t.done == 0 && t.of.sha256 != "":
		t.of.unchanged = true
		return false, nil
	case response.StatusCode == http.StatusPartialContent && t.done > 0 && t.of.follows(response, t.done):
		return true, nil
	case response.StatusCode == http.StatusPartialContent, response.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		t.restart()
		t.of = answer{length: -1}
		return false, passing{fmt.Errorf("the server sends another part of the file than the one that was asked for (%s)", response.Status)}
	}
	return false, t.refused(response)
}

// copy writes the rest of the file. Errors of the server pass, those of this machine do not.
func (t *transfer) copy(body io.Reader, heard func()) error {
	buffer := make([]byte, 256<<10)
	for {
		n, err := body.Read(buffer)
		if n > 0 {
			heard()
			if t.done+int64(n) > t.request.Limit {
				return tooLong(t.request.Limit)
			}
			if _, err := t.file.WriteAt(buffer[:n], t.done); err != nil {
				return err
			}
			t.sum.Write(buffer[:n])
			if t.checked != nil {
				t.checked.Write(buffer[:n])
			}
			t.done += int64(n)
			t.reached = max(t.reached, t.done)
			t.request.Progress(Downloading, t.done, max(t.of.length, 0))
		}
		switch {
		case err == io.EOF && t.of.length > t.done, errors.Is(err, io.ErrUnexpectedEOF):
			return passing{errShort}
		case err == io.EOF:
			return nil
		case err != nil:
			return passing{err}
		}
	}
}

// end checks the file, which is whole as far as the server tells.
func (t *transfer) end() (answer, error) {
	if t.of.unchanged {
		return t.of, nil
	}
	if t.done == 0 {
		return t.of, disk.Refusef("check the address", "is an empty file")
	}
	if t.of.length >= 0 && t.done != t.of.length {
		return t.of, fmt.Errorf("the server sent %d bytes of a file of %d", t.done, t.of.length)
	}
	if err := t.want.check(t.checked); err != nil {
		return t.of, err
	}
	beginning := make([]byte, 512)
	n, err := t.file.ReadAt(beginning, 0)
	if err != nil && err != io.EOF {
		return t.of, err
	}
	if strings.HasPrefix(http.DetectContentType(beginning[:n]), "text/html") {
		return t.of, disk.Refusef("give the address of the file itself; a login or a download page may stand before it",
			"is a web page and no image")
	}
	t.of.length, t.of.sha256 = t.done, hex.EncodeToString(t.sum.Sum(nil))
	return t.of, nil
}
