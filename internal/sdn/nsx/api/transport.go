// SPDX-License-Identifier: MPL-2.0

package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
)

const (
	dialTimeout = 10 * time.Second
	tryTimeout  = time.Minute // one try of a call
	longest     = 256 << 20   // bytes of an answer
)

// transport returns the default transport with the given trust.
func transport(trust *tls.Config) *http.Transport {
	t, _ := http.DefaultTransport.(*http.Transport)
	t = t.Clone()
	t.DialContext = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	t.TLSClientConfig, t.TLSHandshakeTimeout = trust, dialTimeout
	t.MaxIdleConnsPerHost = most
	return t
}

// request is one call.
type request struct {
	method  string
	path    string // under the manager's address, unescaped
	query   url.Values
	kind    string // content type of the body
	body    []byte // nil: none
	changes bool   // it changes or deletes an object
	about   string // policy path of what an error is about; empty: path's
}

// answer is what NSX answered to a call.
type answer struct {
	status int
	header http.Header
	body   []byte
	lost   bool // an earlier try of the same call may have been carried out
}

func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// exchange sends a call once, in the name of a login, as soon as the limits allow.
func (c *Client) exchange(ctx context.Context, r request, in *login) (answer, error) {
	if err := c.limiter.enter(ctx); err != nil {
		return answer{}, err
	}
	defer c.limiter.leave()
	ctx, stop := context.WithTimeout(ctx, tryTimeout)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, r.method, c.address(r), bytes.NewReader(r.body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Accept", "application/json")
	if r.body != nil {
		req.Header.Set("Content-Type", r.kind)
	}
	if c.cfg.UserAgent != "" {
		req.Header.Set("User-Agent", c.cfg.UserAgent)
	}
	if r.changes && c.cfg.AllowOverwrite {
		req.Header.Set("X-Allow-Overwrite", "true")
	}
	in.sign(req)
	began := time.Now()
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	if a.body, err = io.ReadAll(io.LimitReader(res.Body, longest)); err != nil {
		return answer{}, err
	}
	if a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable {
		c.limiter.slower(began, time.Now())
	}
	return a, nil
}

// loggedTransport logs each call that is sent, repeats included.
type loggedTransport struct{ next http.RoundTripper }

// RoundTrip sends a call and logs it without its query and headers, which may hold names and secrets.
func (t loggedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !logging.NSX.Debugs(req.Context()) {
		return t.next.RoundTrip(req)
	}
	began := time.Now()
	res, err := t.next.RoundTrip(req)
	outcome, received := "no answer", int64(0)
	if res != nil {
		outcome, received = res.Status, res.ContentLength
	}
	logging.NSX.Debug(req.Context(), "call", "method", req.Method+" "+req.URL.Path, "sent_bytes", req.ContentLength, "received_bytes",
		received, "ms", time.Since(began).Milliseconds(), "outcome", outcome)
	return res, err
}
