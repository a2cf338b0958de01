// SPDX-License-Identifier: MPL-2.0

package session

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// loggedCall is one call to be logged, whose bytes the transport counts; nil where the log is off.
type loggedCall struct {
	began          time.Time
	sent, received atomic.Int64 // atomic, as the transport may still write when the answer is there
}

type loggedCallKey struct{}

// logCall begins the log of a SOAP call.
func logCall(ctx context.Context) (context.Context, *loggedCall) {
	if !logging.VCenter.Debugs(ctx) {
		return ctx, nil
	}
	l := &loggedCall{began: time.Now()}
	return context.WithValue(ctx, loggedCallKey{}, l), l
}

// end writes the line of a SOAP call: what it is about and how it went, but nothing of its content.
func (l *loggedCall) end(ctx context.Context, req, res soap.HasFault, err error) {
	if l == nil {
		return
	}
	name := methodName(req)
	pairs := []any{"sent_bytes", l.sent.Load(), "received_bytes", l.received.Load(), "ms", time.Since(l.began).Milliseconds(), "outcome",
		faults.Outcome(err)}
	if read, ok := req.(*methods.RetrievePropertiesExBody); ok && read.Req != nil {
		about, asked := subject(read.Req.SpecSet)
		name += about
		pairs = append(pairs, "asked", asked)
	}
	if answer, ok := res.(*methods.RetrievePropertiesExBody); ok && answer.Res != nil && answer.Res.Returnval != nil {
		pairs = append(pairs, "answered", len(answer.Res.Returnval.Objects))
	}
	logging.VCenter.Debug(ctx, "call", append(pairs, "method", name)...)
}

// subject describes what a property read asks for, and counts the objects that it starts from.
func subject(specs []types.PropertyFilterSpec) (about string, asked int) {
	var kinds []string
	for _, spec := range specs {
		asked += len(spec.ObjectSet)
		for _, set := range spec.PropSet {
			if !slices.Contains(kinds, set.Type) {
				kinds = append(kinds, set.Type)
			}
		}
	}
	if len(kinds) == 0 {
		return "", asked
	}
	slices.Sort(kinds)
	return " of " + strings.Join(kinds, " and "), asked
}

// loggedTransport counts the bytes of logged calls. It also logs the requests that do not pass through soapTransport: the first contact,
// logins and all of REST.
type loggedTransport struct{ next http.RoundTripper }

// RoundTrip sends one request.
func (t *loggedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	l, own := ctx.Value(loggedCallKey{}).(*loggedCall)
	if !own && !logging.VCenter.Debugs(ctx) {
		return t.next.RoundTrip(req)
	}
	end := func(string) {}
	head := &heading{}
	if !own {
		l = &loggedCall{began: time.Now()}
		end = func(outcome string) {
			logging.VCenter.Debug(ctx, "call", "method", requestName(req, head.read()), "sent_bytes", l.sent.Load(), "received_bytes",
				l.received.Load(),
				"ms", time.Since(l.began).Milliseconds(), "outcome", outcome)
		}
	}
	if req.Body != nil {
		req = req.Clone(ctx)
		req.Body = &countedBody{ReadCloser: req.Body, total: &l.sent, head: head}
	}
	res, err := t.next.RoundTrip(req)
	if err != nil {
		end(faults.Outcome(faults.AsURLError(err)))
		return res, err
	}
	res.Body = &countedBody{ReadCloser: res.Body, total: &l.received, closed: func() { end(res.Status) }}
	return res, nil
}

// heading keeps the beginning of a request, which holds the name of its method.
type heading struct {
	mu   sync.Mutex
	text []byte
}

// longestHeading is more than a SOAP envelope has before its method.
const longestHeading = 1 << 10

func (h *heading) add(p []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text = append(h.text, p[:min(longestHeading-len(h.text), len(p))]...)
}

func (h *heading) read() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text
}

// countedBody counts the bytes read from a body.
type countedBody struct {
	io.ReadCloser
	total  *atomic.Int64
	head   *heading // receives the beginning; nil: not needed
	closed func()   // called at the end; nil: not needed
}

// Read reads from the body and counts.
func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.total.Add(int64(n))
	if b.head != nil {
		b.head.add(p[:n])
	}
	return n, err
}

// Close closes the body and ends the call, once.
func (b *countedBody) Close() error {
	if b.closed != nil {
		b.closed()
		b.closed = nil
	}
	return b.ReadCloser.Close()
}

var (
	soapMethod = regexp.MustCompile(`<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)`)
	pathID     = regexp.MustCompile(`id:[^/]+`)
)

// requestName names a request by its SOAP method, else by HTTP method, path and action, without the ids in the path.
func requestName(req *http.Request, head []byte) string {
	if m := soapMethod.FindSubmatch(head); m != nil {
		return string(m[1])
	}
	query := req.URL.Query()
	action := query.Get("~action")
	if action == "" {
		action = query.Get("action")
	}
	return strings.TrimSpace(req.Method + " " + pathID.ReplaceAllString(req.URL.Path, "id") + " " + action)
}
