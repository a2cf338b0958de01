// SPDX-License-Identifier: MPL-2.0

package uploads

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"
	"path"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// streamType is what a client must say that it sends.
const streamType = "application/x-vnd.vmware-streamVmdk"

// receive takes a disk. The last two parts of the path are the lease, which stands for a session, and the disk.
func (u *Uploads) receive(w http.ResponseWriter, r *http.Request) {
	l := u.leaseOf(path.Base(path.Dir(r.URL.Path)))
	var to *target
	if l != nil {
		to = l.begin(path.Base(r.URL.Path))
	}
	if to == nil {
		http.NotFound(w, r)
		return
	}
	defer l.leave()
	switch {
	case r.Method != http.MethodPost:
		http.Error(w, "a disk is sent with POST", http.StatusMethodNotAllowed)
	case r.Header.Get("Content-Type") != streamType:
		http.Error(w, "a disk is sent as "+streamType, http.StatusUnsupportedMediaType)
	case r.ContentLength < 0 && !u.knobs.ChunkedOK:
		http.Error(w, "no Content-Length", http.StatusLengthRequired)
	default:
		l.take(w, r, path.Base(r.URL.Path), to)
	}
}

// begin is the disk of a name, which is being sent from now on; nil where the lease has none.
func (l *lease) begin(name string) *target {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ready || l.disks[name] == nil {
		return nil
	}
	l.sending++
	return l.disks[name]
}

func (l *lease) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sending--
}

// take writes the bytes of a disk. A stream that is none is the lease's end; one that was cut off is not.
func (l *lease) take(w http.ResponseWriter, r *http.Request, name string, to *target) {
	sum := sha1.New()
	body := &source{lease: l, body: r.Body}
	err := to.write(io.TeeReader(body, sum))
	var wrong *formatError
	switch {
	case body.err != nil: // nobody hears the answer
		http.Error(w, body.err.Error(), http.StatusInternalServerError)
	case errors.As(err, &wrong):
		l.fail(base.Apart(l.ctx), new(types.InvalidDiskFormat), wrong.Error())
		http.Error(w, wrong.Error(), http.StatusInternalServerError)
	case err != nil:
		l.fail(base.Apart(l.ctx), &types.CannotCreateFile{FileFault: types.FileFault{File: to.key}}, err.Error())
		http.Error(w, err.Error(), http.StatusInternalServerError)
	default:
		l.mu.Lock()
		defer l.mu.Unlock()
		l.entries[name] = types.HttpNfcLeaseManifestEntry{Key: to.key, Sha1: hex.EncodeToString(sum.Sum(nil)), Size: body.read,
			Disk: true, Capacity: to.capacity}
		w.WriteHeader(http.StatusOK)
	}
}

// source is a body that is read until the lease ends. It notes what reading it came to, to tell that from what is read.
type source struct {
	lease *lease
	body  io.Reader
	read  int64
	err   error
}

var errOver = errors.New("the lease is over")

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if s.lease.isOver() {
		s.err = errOver
		return 0, errOver
	}
	n, err := s.body.Read(p)
	s.read += int64(n)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// write makes a sparse file of a stream.
func (to *target) write(stream io.Reader) error {
	f, err := os.OpenFile(to.file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = f.Truncate(to.capacity)
	if err == nil {
		err = readStream(stream, to.capacity, func(at int64, grain []byte) error {
			grain = grain[:min(int64(len(grain)), to.capacity-at)]
			if len(bytes.Trim(grain, "\x00")) == 0 {
				return nil
			}
			_, err := f.WriteAt(grain, at)
			return err
		})
	}
	return errors.Join(err, f.Close())
}
