// SPDX-License-Identifier: MPL-2.0

package session

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

// maxRepeatedBody is the largest request body that is kept to be sent again, in bytes.
const maxRepeatedBody = 64 << 10

// restTransport is the REST transport, with the same guarantees as soapTransport.
type restTransport struct {
	next    http.RoundTripper
	renewer *sessionRenewer
	login   func(context.Context) error
	current func() string
	timeout time.Duration
	server  string
	silence *silence
	refused func(error) error
	denied  func(*http.Request, int) error // explains a refusal
}

const restSessionHeader = "vmware-api-session-id"

// RoundTrip sends one request. An interrupt does not cut off a change.
func (w *restTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Path, "/com/vmware/cis/session") {
		return w.next.RoundTrip(req) // the login itself
	}
	body, whole, err := keepBody(req)
	if err != nil {
		return nil, err
	}
	asked, start := req.Context(), time.Now()
	ctx, stop := context.WithTimeout(asked, w.silence.room(start, w.timeout))
	if req.Method != http.MethodGet {
		stop()
		if err := openstack.Begin(asked); err != nil {
			return nil, err
		}
		ctx, stop = outlasting(asked, w.timeout)
	}
	res, err := w.renewing(asked, req.Clone(ctx), body, whole)
	if err != nil {
		stop()
		return nil, w.silence.unsaid(asked, w.server, start, faults.AsURLError(err))
	}
	res.Body = lastingBody{res.Body, stop}
	return res, nil
}

// lastingBody is the body of an answer whose context ends once the body is closed.
type lastingBody struct {
	io.ReadCloser
	stop context.CancelFunc
}

// Close closes the body and ends the context.
func (l lastingBody) Close() error {
	defer l.stop()
	return l.ReadCloser.Close()
}

// outlasting returns a context that an interrupt only ends after grace, so that an answer under way still arrives. The operation's
// deadline ends it as usual.
func outlasting(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	end, stop := openstack.Uninterrupted(ctx)
	end, cancel := context.WithCancel(end)
	release := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return end, func() {
		release()
		cancel()
		stop()
	}
}

// renewing sends a request, and again with a new session where the session was lost.
func (w *restTransport) renewing(asked context.Context, req *http.Request, body []byte, whole bool) (*http.Response, error) {
	for renewals := 0; ; renewals++ {
		seen, id := w.session()
		req.Header.Set(restSessionHeader, id)
		res, err := w.send(asked, req, body, whole)
		if err == nil && res.StatusCode == http.StatusForbidden && w.denied != nil {
			_ = res.Body.Close()
			return nil, w.denied(req, res.StatusCode)
		}
		if err != nil || res.StatusCode != http.StatusUnauthorized || !whole || renewals == maxRenewals {
			return res, err
		}
		_ = res.Body.Close()
		if err := w.renewer.renew(req.Context(), seen, w.login); err != nil {
			return nil, w.refused(err)
		}
	}
}

// session returns the current session's id with its generation. Read apart, an id from before a renewal could go with the generation
// after it, and look like another loss.
func (w *restTransport) session() (generation int, id string) {
	w.renewer.mu.Lock()
	defer w.renewer.mu.Unlock()
	return w.renewer.generation, w.current()
}

func (w *restTransport) send(asked context.Context, req *http.Request, body []byte, whole bool) (res *http.Response, err error) {
	again := repeatable(req)
	may := func(err error) bool {
		return whole && (faults.NeverSent(faults.AsURLError(err)) || again && faults.NoResponse(faults.AsURLError(err)))
	}
	err = retry.Until(req.Context(), w.silence.until(time.Now(), w.timeout), may, func() error {
		if whole {
			req.Body = io.NopCloser(bytes.NewReader(body))
		}
		began := time.Now()
		res, err = w.next.RoundTrip(req)
		if err == nil && again && faults.Outage(res.StatusCode) {
			_ = res.Body.Close()
			err = errors.New(res.Status)
		}
		w.silence.note(asked, req.Context(), faults.AsURLError(err), began)
		return err
	})
	return res, err
}

// repeatable reports whether a request may arrive twice: reads, searches, and everything about tags, where a second creation is refused
// as existing and other requests set a state.
func repeatable(req *http.Request) bool {
	return req.Method == http.MethodGet || strings.Contains(req.URL.Path, "/com/vmware/cis/tagging/") ||
		req.URL.Query().Get("~action") == "find"
}

// keepBody reads a small body so that it can be sent again. A larger one stays a stream, and whole is false.
func keepBody(req *http.Request) (body []byte, whole bool, err error) {
	if req.Body == nil {
		return nil, true, nil
	}
	body, err = io.ReadAll(io.LimitReader(req.Body, maxRepeatedBody+1))
	if err != nil {
		return nil, false, err
	}
	if len(body) > maxRepeatedBody {
		req.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), req.Body))
		return nil, false, nil
	}
	return body, true, nil
}
