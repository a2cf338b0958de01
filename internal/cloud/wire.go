// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
)

const (
	dialTimeout = 10 * time.Second
	callTimeout = 3 * time.Minute // one call, including its repetitions

	maxTries  = 3                // how often a call is sent to a busy service
	maxPause  = 20 * time.Second // the longest pause that a service may ask for
	busyPause = time.Second      // if the service names no time
)

// transport returns the default transport with the configured trust.
func transport(trust *tls.Config) *http.Transport {
	t, _ := http.DefaultTransport.(*http.Transport)
	t = t.Clone()
	t.DialContext = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	t.TLSClientConfig, t.TLSHandshakeTimeout = trust, dialTimeout
	return t
}

// retrying repeats a call when a busy service asks for it, which is safe because every call is a read or asks for a token. Redirects and
// failures are left to the caller. The library's log stays off, because tokens are in the headers.
func retrying(next http.RoundTripper) http.RoundTripper {
	return &retryablehttp.RoundTripper{Client: &retryablehttp.Client{
		HTTPClient: &http.Client{Transport: loggedTransport{next}, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
		RetryMax: maxTries - 1, CheckRetry: putOff, Backoff: pause, ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}}
}

// putOff reports whether a busy service asks for a retry after a pause of at most maxPause.
func putOff(_ context.Context, res *http.Response, err error) (bool, error) {
	busy := err == nil && (res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable)
	return busy && pause(0, 0, 0, res) <= maxPause, nil
}

// loggedTransport logs each call that is sent, repeats included.
type loggedTransport struct{ next http.RoundTripper }

// RoundTrip sends a call and logs it.
func (t loggedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	began := time.Now()
	res, err := t.next.RoundTrip(req)
	logCall(req, res, time.Since(began))
	return res, err
}

// logCall logs a call without its query, which contains names.
func logCall(req *http.Request, res *http.Response, took time.Duration) {
	if !logging.OpenStack.Debugs(req.Context()) {
		return
	}
	outcome, received := "no answer", int64(0)
	if res != nil {
		outcome, received = res.Status, res.ContentLength
	}
	logging.OpenStack.Debug(req.Context(), "call", "method", req.Method+" "+req.URL.Path, "sent_bytes", req.ContentLength, "received_bytes",
		received,
		"ms", took.Milliseconds(), "outcome", outcome)
}

// pause returns the pause that the service asks for in Retry-After, in seconds or as a date, else busyPause, which does not grow.
func pause(_, _ time.Duration, _ int, res *http.Response) time.Duration {
	return retryablehttp.DefaultBackoff(busyPause, busyPause, 0, res)
}
