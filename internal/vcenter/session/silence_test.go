// SPDX-License-Identifier: MPL-2.0

package session

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

// broken are the ways in which a server, or a proxy before it, gives no answer.
var broken = map[string]struct {
	answer func(rw http.ResponseWriter, whole *httptest.ResponseRecorder)
	says   string
}{
	"502":         {status(http.StatusBadGateway), "answers 502 Bad Gateway"},
	"503":         {status(http.StatusServiceUnavailable), "answers 503 Service Unavailable"},
	"504":         {status(http.StatusGatewayTimeout), "answers 504 Gateway Timeout"},
	"forbidden":   {status(http.StatusForbidden), "answers 403 Forbidden where a vCenter answers"},
	"a web page":  {page(http.StatusOK), "answers with something that is not a vCenter's"},
	"a 500 page":  {page(http.StatusInternalServerError), "answers with something that is not a vCenter's"},
	"half":        {half, "breaks off in the middle of its answer"},
	"a clean cut": {shortened, "breaks off in the middle of its answer"},
	"reset":       {reset, "cuts the connection before it answers"},
	"closed": {func(http.ResponseWriter, *httptest.ResponseRecorder) { panic(http.ErrAbortHandler) },
		"cuts the connection before it answers"},
}

func status(code int) func(http.ResponseWriter, *httptest.ResponseRecorder) {
	return func(rw http.ResponseWriter, _ *httptest.ResponseRecorder) { http.Error(rw, "no", code) }
}

func page(code int) func(http.ResponseWriter, *httptest.ResponseRecorder) {
	return func(rw http.ResponseWriter, _ *httptest.ResponseRecorder) {
		rw.Header().Set("Content-Type", "text/html")
		rw.WriteHeader(code)
		_, _ = io.WriteString(rw, "<!DOCTYPE html><html><head><title>Log in</title></head><body><form>User<br></form></body></html>")
	}
}

func half(rw http.ResponseWriter, whole *httptest.ResponseRecorder) {
	rw.Header().Set("Content-Length", strconv.Itoa(whole.Body.Len()))
	_, _ = rw.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
	_ = http.NewResponseController(rw).Flush()
	panic(http.ErrAbortHandler)
}

func shortened(rw http.ResponseWriter, whole *httptest.ResponseRecorder) {
	_, _ = rw.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
}

func reset(rw http.ResponseWriter, _ *httptest.ResponseRecorder) {
	conn, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		panic(err)
	}
	if tcp, ok := conn.(interface{ NetConn() net.Conn }); ok {
		_ = tcp.NetConn().(*net.TCPConn).SetLinger(0)
	}
	_ = conn.Close()
}

// patience is how long a silent server is waited for: as long as one try may take on a busy machine.
const patience = 3 * time.Second

// TestNoAnswerForGood: a vCenter answers in each of the broken ways, for good, at the first contact and after it. Each gives one
// sentence that names the server, what it does and what to do. All calls together give up within the time of one, and then at once.
func TestNoAnswerForGood(t *testing.T) {
	t.Parallel()
	vc := embedded(t, vcsim.Options{})
	for name, b := range broken {
		for _, first := range []bool{true, false} {
			t.Run(name+map[bool]string{true: " at first", false: " later"}[first], func(t *testing.T) {
				t.Parallel()
				var down atomic.Bool
				var sent atomic.Int64
				pass := passTo(t, vc)
				server := serve(t, func(rw http.ResponseWriter, req *http.Request) {
					if !down.Load() {
						pass.ServeHTTP(rw, req)
						return
					}
					sent.Add(1)
					whole := httptest.NewRecorder()
					pass.ServeHTTP(whole, req)
					b.answer(rw, whole)
				})
				cfg := configFor(vc)
				cfg.Server, cfg.CAFile, cfg.Insecure, cfg.APITimeout = server, "", true, patience
				c := clientOf(t, cfg)
				if !first {
					if err := readFolderName(t.Context(), c); err != nil {
						t.Fatal(err)
					}
				}
				down.Store(true)
				oneSentence(t, faults.Explain("reading the folder", readFolderName(t.Context(), c)), server, b.says)
				if silent := &c.silence; !silent.since.IsZero() {
					time.Sleep(time.Until(silent.until(time.Now(), patience)))
				}
				before := sent.Load()
				oneSentence(t, faults.Explain("reading the folder", readFolderName(t.Context(), c)), server, b.says)
				if again := sent.Load() - before; again > 1 {
					t.Errorf("after the time is over it tries %d times more", again)
				}
				oneSentence(t, faults.Explain("making a folder", makeFolder(t.Context(), c)), server, "")
				down.Store(false)
				if err := readFolderName(t.Context(), c); !first && err != nil {
					t.Errorf("the vCenter is back, and is not asked: %v", err)
				}
			})
		}
	}
}

// TestHungForGood: a vCenter takes every call and answers none. All calls together wait no longer than one may, in both protocols, and
// the error tells what the server did before.
func TestHungForGood(t *testing.T) {
	t.Parallel()
	for protocol, call := range map[string]func(context.Context, *Session) error{"SOAP": readFolderName, "REST": listCategories} {
		for first, says := range map[string]string{"": "does not answer", "503": "answers 503 Service Unavailable"} {
			t.Run(strings.Trim(protocol+" "+first, " "), func(t *testing.T) {
				t.Parallel()
				vc := embedded(t, vcsim.Options{})
				pass := passTo(t, vc)
				var hung, out atomic.Bool
				server := serve(t, func(rw http.ResponseWriter, req *http.Request) {
					switch {
					case out.CompareAndSwap(true, false):
						status(http.StatusServiceUnavailable)(rw, nil)
					case hung.Load():
						_, _ = io.Copy(io.Discard, req.Body) // only after this does it see the caller go
						<-req.Context().Done()
					default:
						pass.ServeHTTP(rw, req)
					}
				})
				cfg := configFor(vc)
				cfg.Server, cfg.CAFile, cfg.Insecure, cfg.APITimeout = server, "", true, patience
				c := clientOf(t, cfg)
				if err := call(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				hung.Store(true)
				out.Store(first != "")
				oneSentence(t, faults.Explain("asking", call(t.Context(), c)), server, says)
				now := time.Now()
				if end := c.silence.until(now, patience); end.After(now.Add(patience / 2)) {
					t.Errorf("the next call is repeated for %s more", end.Sub(now))
				}
				ctx, stop := context.WithCancel(t.Context())
				stop()
				_ = call(ctx, c)
				if c.silence.until(now, patience).After(now.Add(patience / 2)) {
					t.Error("a call that was interrupted counts as answered")
				}
				hung.Store(false)
				if err := call(t.Context(), c); err != nil {
					t.Errorf("the vCenter is back, and is not asked: %v", err)
				}
			})
		}
	}
}

// TestRoomOfASilentServer: a call may take what is left of the time that all calls share, and enough to see that a server is back.
func TestRoomOfASilentServer(t *testing.T) {
	t.Parallel()
	now, over := time.Now(), context.Background()
	ended, stop := context.WithDeadline(over, now)
	defer stop()
	var s silence
	room := func(after time.Duration, want time.Duration) {
		t.Helper()
		if got := s.room(now.Add(after), 5*time.Minute); got != want {
			t.Errorf("%s later a call has %s, not %s", after, got, want)
		}
	}
	room(0, 5*time.Minute)
	s.note(over, ended, context.DeadlineExceeded, now)
	room(30*time.Second, 4*time.Minute+30*time.Second)
	s.last = now.Add(5 * time.Minute)
	room(5*time.Minute+time.Second, probe)
	s.note(over, ended, context.DeadlineExceeded, now.Add(5*time.Minute+time.Second)) // silent from the beginning
	s.last = now.Add(6 * time.Minute)
	room(6*time.Minute, probe)
	s.note(ended, ended, context.DeadlineExceeded, now) // the caller's own deadline: nothing learned
	room(6*time.Minute, probe)
	room(6*time.Minute+2*memory, 5*time.Minute)
	s.note(over, over, nil, now)
	room(6*time.Minute, 5*time.Minute)
	if s.note(over, ended, context.DeadlineExceeded, now.Add(-time.Minute)); s.since.Before(now) {
		t.Error("it is silent since before it answered another call")
	}
}

// TestRESTNoAnswerForGood is TestNoAnswerForGood for REST.
func TestRESTNoAnswerForGood(t *testing.T) {
	t.Parallel()
	vc := embedded(t, vcsim.Options{})
	var down atomic.Bool
	pass := passTo(t, vc)
	server := serve(t, func(rw http.ResponseWriter, req *http.Request) {
		if down.Load() {
			status(http.StatusServiceUnavailable)(rw, nil)
			return
		}
		pass.ServeHTTP(rw, req)
	})
	cfg := configFor(vc)
	cfg.Server, cfg.CAFile, cfg.Insecure, cfg.APITimeout = server, "", true, patience
	c := clientOf(t, cfg)
	if err := listCategories(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	down.Store(true)
	oneSentence(t, faults.Explain("listing the categories", listCategories(t.Context(), c)), server, "answers 503 Service Unavailable")
}

func oneSentence(t *testing.T, err error, server, says string) {
	t.Helper()
	if err == nil {
		t.Fatal("there is no error")
	}
	text := err.Error()
	for _, part := range []string{server, says} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in: %s", part, text)
		}
	}
	for _, raw := range []string{"\n", "*", "EOF", "XML", "xml", "<", `Post "`, `Get "`, "read tcp", "connection reset by peer", "types."} {
		if strings.Contains(text, raw) {
			t.Errorf("%q is in: %s", raw, text)
		}
	}
	if !strings.Contains(text, "api_timeout") && !strings.Contains(text, "vsphere_server") {
		t.Errorf("it does not say what to do: %s", text)
	}
}

// TestLoginRefused: logins are answered with the faults that vCenter has for them.
func TestLoginRefused(t *testing.T) {
	t.Parallel()
	vc := embedded(t, vcsim.Options{})
	for fault, says := range map[string]string{
		"InvalidLogin": "check user and password (VSPHERE_USER, VSPHERE_PASSWORD), and whether the account is locked or its password has " +
			"expired",
		"PasswordExpired": "has expired: set another one",
		"NoPermission":    "lets \"" + vc.User + "\" in nowhere",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			pass := passTo(t, vc)
			server := serve(t, func(rw http.ResponseWriter, req *http.Request) {
				body, _ := io.ReadAll(req.Body)
				req.Body = io.NopCloser(bytes.NewReader(body))
				if !bytes.Contains(body, []byte("<Login ")) {
					pass.ServeHTTP(rw, req)
					return
				}
				rw.WriteHeader(http.StatusInternalServerError)
				_, _ = io.WriteString(rw,
					`<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">`+
						`<soapenv:Body><soapenv:Fault>`+
						`<faultcode>ServerFaultCode</faultcode><faultstring>no</faultstring><detail><`+fault+
						`Fault xmlns="urn:vim25" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="`+fault+`"/></detail>`+
						`</soapenv:Fault></soapenv:Body></soapenv:Envelope>`)
			})
			cfg := configFor(vc)
			cfg.Server, cfg.CAFile, cfg.Insecure = server, "", true
			if err := readFolderName(t.Context(), clientOf(t, cfg)); err == nil || !strings.Contains(err.Error(), says) ||
				!strings.Contains(err.Error(), server) {
				t.Errorf("%q is not in: %v", says, err)
			}
		})
	}
}

// TestRESTRefusalIsNoSilence: a refusal by the vCenter is reported as one, for every caller, and a password refused at a session's
// renewal is not tried again.
func TestRESTRefusalIsNoSilence(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		code   int
		says   string
		logins int64
	}{
		"privilege": {http.StatusForbidden, "lacks the privilege", 0},
		"password":  {http.StatusUnauthorized, "check user and password", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vc := embedded(t, vcsim.Options{})
			pass := passTo(t, vc)
			var refuse atomic.Bool
			var logins atomic.Int64
			server := serve(t, func(rw http.ResponseWriter, req *http.Request) {
				if !refuse.Load() || !strings.Contains(req.URL.Path, "/cis/") {
					pass.ServeHTTP(rw, req)
					return
				}
				if strings.HasSuffix(req.URL.Path, "/cis/session") && req.Method == http.MethodPost {
					logins.Add(1)
				}
				status(test.code)(rw, nil)
			})
			cfg := configFor(vc)
			cfg.Server, cfg.CAFile, cfg.Insecure = server, "", true
			c := clientOf(t, cfg)
			if err := listCategories(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			refuse.Store(true)
			err := retry.Once(func() error { return listCategories(t.Context(), c) })
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "cannot be talked to") ||
				strings.Contains(err.Error(), "vsphere_server") {
				t.Errorf("the error is %v", err)
			}
			if n := logins.Load(); n != test.logins {
				t.Errorf("it logs in %d times, not %d", n, test.logins)
			}
			if err := faults.Explain("asking", err); strings.Contains(err.Error(), `Get "`) || strings.Contains(err.Error(), `Post "`) {
				t.Errorf("the request is told: %v", err)
			}
		})
	}
}
