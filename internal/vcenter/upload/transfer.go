// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/soap"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// transfer is a file on its way to a server, in one request.
type transfer struct {
	client   *soap.Client // of the server: its certificates and its log
	method   string
	to       *url.URL
	kind     string // of the content, for example "application/octet-stream"
	headers  map[string]string
	cookie   *http.Cookie // nil: those of the client
	content  *Content
	patience time.Duration // how long nothing may move before the transfer is given up
	progress Progress      // nil: none
}

// errStalled is the end of a transfer in which nothing moved any more.
var errStalled = errors.New("nothing was sent or answered any more")

// lost reports whether a transfer broke off on its way, so that the same content may be sent again.
func lost(err error) bool { return errors.Is(err, errStalled) || faults.NoResponse(err) }

// send sends the content from its beginning, and returns once the server has answered. It takes as long as it must while bytes move.
func (t transfer) send(ctx context.Context) error {
	within, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	body := guarded(t.content, t.progress, t.patience, stop)
	defer body.end()
	how := soap.Upload{Type: t.kind, Method: t.method, ContentLength: t.content.Length, Headers: t.headers, Ticket: t.cookie}
	err := t.client.Upload(within, body, t.to, &how)
	switch cause := context.Cause(within); {
	case err == nil:
		return nil
	case errors.Is(cause, errStalled):
		return cause
	case ctx.Err() != nil:
		return fmt.Errorf("stopped after %s of %s: %w", megabytes(body.done()), megabytes(t.content.Length), ctx.Err())
	}
	return fmt.Errorf("it ended after %s of %s: %w", megabytes(body.done()), megabytes(t.content.Length), faults.AsURLError(err))
}

// guarded is a content as the body of a request, which is stopped where nothing moves for some time.
func guarded(content *Content, progress Progress, patience time.Duration, stop context.CancelCauseFunc) *moving {
	body := &moving{from: content.Open(), total: content.Length, progress: progress, patience: patience}
	body.guard = time.AfterFunc(patience, func() {
		stop(fmt.Errorf("%w for %s, after %s of %s", errStalled, patience, megabytes(body.done()), megabytes(content.Length)))
	})
	return body
}

// megabytes writes a number of bytes for a sentence.
func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// moving is the body of a request. It tells how much of it has been read, and puts off its guard with each read. Once it has ended it
// gives nothing more, and tells nothing: the transport may hold it a while longer.
type moving struct {
	mu       sync.Mutex
	from     io.Reader
	sent     int64
	total    int64
	progress Progress
	guard    *time.Timer
	patience time.Duration
	ended    bool
}

// Read reads what is sent next. Nobody waits for the read itself, which may take its time.
func (m *moving) Read(p []byte) (int, error) {
	if m.over() {
		return 0, io.ErrClosedPipe
	}
	n, err := m.from.Read(p)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return 0, io.ErrClosedPipe
	}
	m.guard.Reset(m.patience)
	if m.sent += int64(n); m.progress != nil && n > 0 {
		m.progress(m.sent, m.total)
	}
	return n, err
}

func (m *moving) over() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ended
}

func (m *moving) done() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sent
}

func (m *moving) percent() int64 { return m.done() * 100 / max(1, m.total) }

// end stops the guard.
func (m *moving) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = true
	m.guard.Stop()
}
