package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// serve runs a TLS server until the test ends, and gives its host and port.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(func() { server.CloseClientConnections(); _ = server.Listener.Close() })
	return strings.TrimPrefix(server.URL, "https://")
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		req         soap.HasFault
		reads, twin bool
	}{
		{&methods.RetrievePropertiesExBody{}, true, false},
		{&methods.FindByUuidBody{}, true, false},
		{&methods.FindChildBody{}, true, false},
		{&methods.CurrentTimeBody{}, true, false},
		{&methods.QueryOptionsBody{}, true, false},
		{&methods.ContinueRetrievePropertiesExBody{}, false, false},
		{&methods.CreateFolderBody{}, false, true},
		{&methods.CloneVM_TaskBody{}, false, false},
		{&methods.ReconfigVM_TaskBody{}, false, false},
		{&methods.Destroy_TaskBody{}, false, false},
		{&methods.LoginBody{}, false, false},
	} {
		if readOnly(test.req) != test.reads || refusesTwins(test.req) != test.twin {
			t.Errorf("%T: reads %t, refuses twins %t", test.req, readOnly(test.req), refusesTwins(test.req))
		}
	}
}

func TestLost(t *testing.T) {
	t.Parallel()
	request := func(err error) error { return &url.Error{Op: "Post", URL: "/sdk", Err: err} }
	dial := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	slow := &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
	for name, test := range map[string]struct {
		err               error
		lost, neverSentIt bool
	}{
		"nothing":             {nil, false, false},
		"cut":                 {request(io.EOF), true, false},
		"half an answer":      {io.ErrUnexpectedEOF, true, false},
		"explained":           {Explain("cloning", request(io.EOF)), true, false},
		"refused connection":  {request(dial), true, true},
		"no connection":       {request(slow), true, true},
		"no privilege":        {request(&refusal{err: errors.New("Forbidden")}), false, false},
		"wrong password":      {request(&loginError{errors.New("no")}), false, false},
		"503 of a proxy":      {request(errors.New("503 Service Unavailable")), true, false},
		"404":                 {request(errors.New("404 Not Found")), false, false},
		"403":                 {request(errors.New("403 Forbidden")), false, false},
		"interrupted":         {request(context.Canceled), false, false},
		"out of time":         {request(context.DeadlineExceeded), false, false},
		"foreign certificate": {request(x509.UnknownAuthorityError{}), false, false},
		"vSphere fault":       {soap.WrapVimFault(&types.NoPermission{}), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if NoResponse(test.err) != test.lost || neverSent(test.err) != test.neverSentIt {
				t.Errorf("lost %t, never sent %t", NoResponse(test.err), neverSent(test.err))
			}
		})
	}
}

func TestRepeatable(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method, path string
		want         bool
	}{
		{"GET", "/rest/com/vmware/content/library", true},
		{"POST", "/rest/com/vmware/content/library/item?~action=find", true},
		{"POST", "/rest/com/vmware/cis/tagging/tag", true},
		{"DELETE", "/rest/com/vmware/cis/tagging/tag/id:1", true},
		{"POST", "/rest/com/vmware/vcenter/ovf/library-item/id:1?~action=deploy", false},
		{"POST", "/api/vcenter/vm-template/library-items/1?action=deploy", false},
	} {
		if got := repeatable(httptest.NewRequest(test.method, test.path, nil)); got != test.want {
			t.Errorf("%s %s: %t", test.method, test.path, got)
		}
	}
}

// TestGateAfterFailure shows that a failed renewal is tried again by the next caller, and a good one is not.
func TestGateAfterFailure(t *testing.T) {
	t.Parallel()
	var g sessionRenewer
	n := 0
	fails := func(context.Context) error { n++; return errors.New("no") }
	works := func(context.Context) error { n++; return nil }
	seen := g.now()
	if g.renew(t.Context(), seen, fails) == nil || g.renew(t.Context(), seen, works) != nil || g.renew(t.Context(), seen, fails) != nil {
		t.Error("wrong results")
	}
	if n != 2 {
		t.Errorf("%d logins, not 2", n)
	}
}

// TestOutage lets a proxy answer 503 in place of a restarting vCenter: reads wait it out, changes are sent once.
func TestOutage(t *testing.T) {
	t.Parallel()
	vc := embedded(t, vcsim.Options{})
	var out, down atomic.Int64
	pass := passTo(t, vc)
	server := serve(t, func(rw http.ResponseWriter, req *http.Request) {
		if down.Load() > 0 {
			down.Add(-1)
			out.Add(1)
			http.Error(rw, "no healthy upstream", http.StatusServiceUnavailable)
			return
		}
		pass.ServeHTTP(rw, req)
	})
	cfg := configFor(vc)
	cfg.Server, cfg.CAFile, cfg.Insecure = server, "", true
	c := clientOf(t, cfg)
	for _, call := range []func(context.Context, *Conn) error{readFolderName, makeFolder, listCategories, makeCategory} {
		if err := call(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		down.Store(2)
		if err := call(t.Context(), c); err != nil {
			t.Error(err)
		}
	}
	if out.Load() != 8 {
		t.Errorf("%d answers of 503 were met, not 8", out.Load())
	}
	down.Store(2)
	err := c.RunIdempotent(t.Context(), c.powerOnOf("vm-1"))
	if !NoResponse(err) || down.Load() != 0 {
		t.Errorf("a power-on met with two 503, which is once more than it is tried again, gave %v, and %d were left", err, down.Load())
	}
	down.Store(0)
}

// TestHalfLogin cuts the answer of a renewing login off behind its cookie: the session is good, and is found to be.
func TestHalfLogin(t *testing.T) {
	t.Parallel()
	vc := embedded(t, vcsim.Options{})
	pass := passTo(t, vc)
	var cut atomic.Bool
	server := serve(t, func(rw http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(body))
		if !bytes.Contains(body, []byte("<Login ")) || !cut.CompareAndSwap(true, false) {
			pass.ServeHTTP(rw, req)
			return
		}
		whole := httptest.NewRecorder()
		pass.ServeHTTP(whole, req)
		for key, values := range whole.Header() {
			rw.Header()[key] = values
		}
		rw.Header().Set("Content-Length", strconv.Itoa(whole.Body.Len()))
		_, _ = rw.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
		panic(http.ErrAbortHandler)
	})
	cfg := configFor(vc)
	cfg.Server, cfg.CAFile, cfg.Insecure = server, "", true
	c := clientOf(t, cfg)
	if err := readFolderName(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	vc.ExpireSessions()
	cut.Store(true)
	if err := together(5, func(int) error { return readFolderName(t.Context(), c) }); err != nil {
		t.Error(err)
	}
	if cut.Load() || vc.Calls()["Login"] != 3 {
		t.Errorf("%d logins: the first, the half one and the one that was refused are 3", vc.Calls()["Login"])
	}
}

// TestOtherStatusIsAnAnswer shows that a read is not repeated for minutes where a server answers something else.
func TestOtherStatusIsAnAnswer(t *testing.T) {
	t.Parallel()
	vc := embedded(t, vcsim.Options{})
	pass := passTo(t, vc)
	var refuse atomic.Bool
	var refused atomic.Int64
	server := serve(t, func(rw http.ResponseWriter, req *http.Request) {
		if refuse.Load() {
			refused.Add(1)
			http.Error(rw, "no", http.StatusForbidden)
			return
		}
		pass.ServeHTTP(rw, req)
	})
	cfg := configFor(vc)
	cfg.Server, cfg.CAFile, cfg.Insecure = server, "", true
	c := clientOf(t, cfg)
	if err := readFolderName(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	refuse.Store(true)
	if err := readFolderName(t.Context(), c); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("the error is %v", err)
	}
	if n := refused.Load(); n != 1 {
		t.Errorf("it was sent %d times", n)
	}
}

// TestBatchKeepsCompany shows that questions of one moment are asked together and that each gets its own answer.
func TestBatchKeepsCompany(t *testing.T) {
	t.Parallel()
	var rounds atomic.Int64
	b := Batch[int, int]{Do: func(_ context.Context, questions []int) []Outcome[int] {
		rounds.Add(1)
		out := make([]Outcome[int], len(questions))
		for i, q := range questions {
			if out[i].Value = 2 * q; q == 7 {
				out[i].Err = errors.New("seven")
			}
		}
		return out
	}}
	err := together(30, func(i int) error {
		answer, err := b.Ask(t.Context(), i)
		if (i == 7) != (err != nil) || answer != 2*i {
			return fmt.Errorf("%d: %d, %w", i, answer, err)
		}
		return nil
	})
	if err != nil || rounds.Load() > 3 {
		t.Errorf("%d rounds, %v", rounds.Load(), err)
	}
}

// passTo is a plain way to a vCenter.
func passTo(t *testing.T, vc *vcsim.VCenter) http.Handler {
	t.Helper()
	text, err := os.ReadFile(vc.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "https", Host: vc.Server()})
	proxy.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	return proxy
}

// powerOnOf starts the power-on of a machine.
func (c *Conn) powerOnOf(moref string) func(context.Context, *vim25.Client) (ref, error) {
	return func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.PowerOnVM_Task(ctx, vim, &types.PowerOnVM_Task{This: ref{Type: "VirtualMachine", Value: moref}})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	}
}

// TestFoldersAreNeverDestroyed: a folder would take along whatever others keep in it. Nothing is sent for one.
func TestFoldersAreNeverDestroyed(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"Folder", "Datacenter", "ResourcePool"} {
		if err := (&Conn{}).Destroy(t.Context(), ref{Type: kind, Value: "group-v3"}); err == nil ||
			!strings.Contains(err.Error(), "never destroyed") {
			t.Errorf("a %s: %v", kind, err)
		}
	}
}
