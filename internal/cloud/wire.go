package cloud

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
)

const (
	dialTimeout = 10 * time.Second
	callTimeout = 3 * time.Minute // one call, its repetitions included

	maxTries  = 3                // how often a call is sent to a service that says it is busy
	maxPause  = 20 * time.Second // how long a service may put a call off
	busyPause = time.Second      // where it does not say how long
)

// transport is the system's way out, with the trust that was configured.
func transport(trust *tls.Config) *http.Transport {
	t, _ := http.DefaultTransport.(*http.Transport)
	t = t.Clone()
	t.DialContext = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	t.TLSClientConfig, t.TLSHandshakeTimeout = trust, dialTimeout
	return t
}

// wire repeats a call that a busy service has put off: all calls are reads, or ask for a token.
type wire struct{ next http.RoundTripper }

// RoundTrip sends one call, and again where the answer is 429 or 503, as often and as late as is reasonable.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := drain(req)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		again := req.Clone(req.Context())
		if body != nil {
			again.Body = io.NopCloser(bytes.NewReader(body))
		}
		began := time.Now()
		res, err := w.next.RoundTrip(again)
		logCall(again, res, len(body), time.Since(began))
		if err != nil || try == maxTries || res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusServiceUnavailable {
			return res, err
		}
		pause := retryAfter(res.Header.Get("Retry-After"), time.Now())
		if pause > maxPause {
			return res, nil
		}
		_ = res.Body.Close()
		select {
		case <-req.Context().Done():
			return nil, req.Context().Err()
		case <-time.After(pause):
		}
	}
}

// logCall writes one line about a call, without its query: names are asked for there.
func logCall(req *http.Request, res *http.Response, sent int, took time.Duration) {
	if !logging.OpenStack.Debugs(req.Context()) {
		return
	}
	outcome, received := "no answer", int64(0)
	if res != nil {
		outcome, received = res.Status, res.ContentLength
	}
	logging.OpenStack.Debug(req.Context(), "call", "method", req.Method+" "+req.URL.Path, "sent_bytes", sent, "received_bytes", received,
		"ms", took.Milliseconds(), "outcome", outcome)
}

// drain takes a request's body, which is small, so that it can be sent again.
func drain(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	defer req.Body.Close()
	return io.ReadAll(req.Body)
}

// retryAfter reads the header in both of its forms: seconds, or a date.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(date.Sub(now), 0)
	}
	return busyPause
}
