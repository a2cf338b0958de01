// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestPause: both forms of Retry-After, and invalid ones.
func TestPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now().UTC() // a whole second: midnight
		for text, want := range map[string]time.Duration{"": busyPause, "7": 7 * time.Second, "soon": busyPause, "-1": busyPause,
			now.Add(9 * time.Second).Format(http.TimeFormat): 9 * time.Second, now.Add(-time.Hour).Format(http.TimeFormat): 0} {
			res := &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {text}}}
			if got := pause(0, 0, 1, res); got != want {
				t.Errorf("%q is %s, not %s", text, got, want)
			}
		}
	})
}

// service returns its answers in turn, repeating the last one, and records the requests.
type service struct {
	answers []answer
	bodies  []string
	open    int // response bodies that have not been closed
}

type answer struct {
	code   int
	header http.Header
	err    error
}

func (s *service) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		text, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body = string(text)
	}
	a := s.answers[min(len(s.bodies), len(s.answers)-1)]
	s.bodies = append(s.bodies, body)
	if a.err != nil {
		return nil, a.err
	}
	s.open++
	header := a.header
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: a.code, Header: header, Request: req, Body: &counted{strings.NewReader("answer"), &s.open}}, nil
}

type counted struct {
	io.Reader
	open *int
}

func (c *counted) Close() error { *c.open--; return nil }

// TestRetrying: a call is sent again, whole, while its service is busy, but never after a failure, because it may have arrived.
func TestRetrying(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset by peer")
	after := func(text string) http.Header { return http.Header{"Retry-After": {text}} }
	for name, test := range map[string]struct {
		answers []answer
		code    int // 0: an error
		tries   int
		took    time.Duration
	}{
		"at once":             {[]answer{{code: 200}}, 200, 1, 0},
		"busy once":           {[]answer{{code: 429, header: after("7")}, {code: 201}}, 201, 2, 7 * time.Second},
		"busy for ever":       {[]answer{{code: 503}}, 503, 3, 2 * busyPause},
		"busy for too long":   {[]answer{{code: 503, header: after("21")}}, 503, 1, 0},
		"another error":       {[]answer{{code: 500}}, 500, 1, 0},
		"a refusal":           {[]answer{{code: 401}}, 401, 1, 0},
		"a redirect":          {[]answer{{code: 302, header: http.Header{"Location": {"https://elsewhere/"}}}}, 302, 1, 0},
		"a failure":           {[]answer{{err: broken}}, 0, 1, 0},
		"busy, then failing":  {[]answer{{code: 503}, {err: broken}}, 0, 2, busyPause},
		"busy until too late": {[]answer{{code: 503, header: after("20")}}, 0, 2, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &service{answers: test.answers}
				ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
				defer stop()
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://cloud/v3/auth/tokens", strings.NewReader("question"))
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				res, err := retrying(s).RoundTrip(req)
				if took := time.Since(start); len(s.bodies) != test.tries || took != test.took {
					t.Errorf("it was sent %d times in %s, not %d times in %s", len(s.bodies), took, test.tries, test.took)
				}
				if at := slices.IndexFunc(s.bodies, func(body string) bool { return body != "question" }); at >= 0 {
					t.Errorf("%q was sent", s.bodies[at])
				}
				switch {
				case test.code == 0 && test.took == 30*time.Second:
					if err != context.DeadlineExceeded { // unchanged: the caller adds what was asked
						t.Errorf("the error is %v", err)
					}
				case test.code == 0 && err != broken:
					t.Errorf("the error is %v", err)
				case test.code == 0:
				case err != nil:
					t.Fatal(err)
				case res.StatusCode != test.code:
					t.Errorf("the answer is %s", res.Status)
				default:
					if text, err := io.ReadAll(res.Body); string(text) != "answer" || err != nil {
						t.Errorf("the answer is %q, %v", text, err)
					}
					res.Body.Close()
				}
				if s.open != 0 {
					t.Errorf("%d answers were not closed", s.open)
				}
			})
		})
	}
}
