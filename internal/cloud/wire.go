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
	callTimeout = 3 * time.Minute // one call, its repetitions included

	maxTries  = 3                // how often a call is sent to a service that is busy
	maxPause  = 20 * time.Second // how long a service may put a call off
	busyPause = time.Second      // where the service names no time
)

// transport is the system's way out, with the trust that was configured.
func transport(trust *tls.Config) *http.Transport {
	t, _ := http.DefaultTransport.(*http.Transport)
	t = t.Clone()
	t.DialContext = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	t.TLSClientConfig, t.TLSHandshakeTimeout = trust, dialTimeout
	return t
}

// retrying repeats a call that a busy service has put off, which is safe because every call is a read or asks for a token. Redirects and
// failures are left to the caller, and nothing is logged: tokens are in the headers.
func retrying(next http.RoundTripper) http.RoundTripper {
	return &retryablehttp.RoundTripper{Client: &retryablehttp.Client{
		HTTPClient: &http.Client{Transport: loggedTransport{next}, CheckRedirect: func(*http.Request,
			[]*http.Request) error {
			return http.ErrUseLastResponse
		}},
		RetryMax: maxTries - 1, CheckRetry: putOff, Backoff: pause, ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}}
}

// putOff reports whether an answer is that of a busy service which asks for no longer a pause than is reasonable.
func putOff(_ context.Context, res *http.Response, err error) (bool, error) {
	busy := err == nil && (res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable)
	return busy && pause(0, 0, 0, res) <= maxPause, nil
}

// loggedTransport writes a line about each call that is sent, repeats included.
type loggedTransport struct{ next http.RoundTripper }

func (t loggedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	began := time.Now()
	res, err := t.next.RoundTrip(req)
	logCall(req, res, time.Since(began))
	return res, err
}

// logCall leaves the query out: names are asked for there.
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

// pause is what the service asks for in Retry-After, be it seconds or a date, and does not grow where it asks for none.
func pause(_, _ time.Duration, _ int, res *http.Response) time.Duration {
	return retryablehttp.DefaultBackoff(busyPause, busyPause, 0, res)
}
