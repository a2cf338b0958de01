package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
)

// sessionRenewer lets one caller renew a session while the others wait for it. Each renewal is a new generation.
type sessionRenewer struct {
	mu         sync.Mutex
	generation int
}

func (g *sessionRenewer) now() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.generation
}

// renew logs in again, unless somebody has since the generation seen. A caller who goes away does not spoil it for the rest.
func (g *sessionRenewer) renew(ctx context.Context, seen int, login func(context.Context) error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.generation != seen {
		return nil
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer stop()
	err := repeat(ctx, time.Minute, func() error { return login(ctx) })
	if err == nil {
		g.generation++
	}
	logging.VCenter.Info(ctx, "the session was lost and is made anew", "outcome", outcome(err))
	return err
}

// soapTransport is the SOAP transport: it renews a lost session once for every caller, and repeats what may be repeated.
type soapTransport struct {
	next    *soap.Client
	renewer *sessionRenewer
	login   func(context.Context) error
	timeout time.Duration
	server  string
	silence *silence
	refused func(error) error                  // what a login that failed says, in one sentence
	denied  func(context.Context, error) error // says of a refusal what it is about
}

// RoundTrip sends one call. What changes something is sent at most once that it can have arrived.
func (w *soapTransport) RoundTrip(ctx context.Context, req, res soap.HasFault) error {
	if !readOnly(req) {
		if err := Begin(ctx); err != nil {
			return err
		}
		ctx = context.WithoutCancel(ctx) // a call that is cut off may have been carried out all the same, and nobody would know
	}
	start, room := time.Now(), w.timeout
	if readOnly(req) {
		room = w.silence.room(start, w.timeout)
	}
	call, stop := context.WithTimeout(ctx, room)
	defer stop()
	for renewals := 0; ; renewals++ {
		seen := w.renewer.now()
		err := w.send(ctx, call, req, res)
		if !unauthenticated(res, err) || renewals == maxRenewals {
			if err = w.silence.unsaid(ctx, w.server, start, err); err == nil || w.denied == nil {
				return err
			}
			return w.denied(ctx, err)
		}
		if err := w.renewer.renew(call, seen, w.login); err != nil {
			return w.refused(err)
		}
	}
}

// maxRenewals is how often one call may meet a lost session: a vCenter that restarts can lose the renewed one too.
const maxRenewals = 3

// send repeats through an outage what may arrive twice; a change is repeated only where the connection was never made.
func (w *soapTransport) send(asked, ctx context.Context, req, res soap.HasFault) error {
	may := neverSent
	switch {
	case readOnly(req):
		may = OrTransient(NoResponse)
	case refusesTwins(req):
		may = NoResponse
	}
	return RepeatUntil(ctx, w.silence.until(time.Now(), w.timeout), may, func() error {
		reflect.ValueOf(res).Elem().SetZero()
		began := time.Now()
		within, line := logCall(ctx)
		err := w.next.RoundTrip(within, req, res)
		line.end(ctx, req, res, err)
		w.silence.note(asked, ctx, err, began)
		return err
	})
}

// MaxTransient is how often a call is repeated that a vCenter refuses for a moment.
const MaxTransient = 4

// Transient knows the refusals that say nothing about what is asked for: an object that is in the middle of something. Whoever waits for a
// task would else not know what has come of it.
func Transient(err error) bool {
	return IsFault[*types.InvalidState](err) || IsFault[*types.TaskInProgress](err)
}

// OrTransient is may, and so many passing refusals.
func OrTransient(may func(error) bool) func(error) bool {
	passed := 0
	return func(err error) bool {
		if Transient(err) {
			passed++
			return passed <= MaxTransient
		}
		return may(err)
	}
}

func methodName(req soap.HasFault) string {
	return strings.TrimSuffix(reflect.TypeOf(req).Elem().Name(), "Body")
}

// refusesTwins knows the calls that are refused with DuplicateName where the first of two has arrived: whoever makes them
// takes the object that the fault names.
func refusesTwins(req soap.HasFault) bool { return methodName(req) == "CreateFolder" }

// readOnly knows the calls that change nothing.
func readOnly(req soap.HasFault) bool {
	name := methodName(req)
	for _, prefix := range []string{"Retrieve", "Find", "Query", "Current", "Fetch"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// unauthenticated sees a lost session in both of its forms: a fault, or a property read whose every property is missing for it.
func unauthenticated(res soap.HasFault, err error) bool {
	if err != nil {
		return IsFault[*types.NotAuthenticated](err)
	}
	body, ok := res.(*methods.RetrievePropertiesExBody)
	if !ok || body.Res == nil || body.Res.Returnval == nil {
		return false
	}
	for _, object := range body.Res.Returnval.Objects {
		for _, missing := range object.MissingSet {
			if _, lost := missing.Fault.Fault.(*types.NotAuthenticated); lost {
				return true
			}
		}
	}
	return false
}

// IsFault reports whether a vSphere fault of type T is anywhere in err, be it the call's or a task's.
func IsFault[T types.BaseMethodFault](err error) bool {
	var target T
	if err == nil {
		return false
	}
	_, ok := fault.As(err, &target)
	return ok
}

// NoResponse says that no answer came: the call may or may not have been carried out.
func NoResponse(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || soap.IsSoapFault(err) || soap.IsVimFault(err) || untrusted(err) || turnedAway(err) {
		return false
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return dialled(err) // so it ends too where nothing is at the address
	}
	var request *url.Error
	if errors.As(err, &request) {
		code, answered := statusOf(request.Err)
		return !answered || outage(code)
	}
	return halfAnswer(err)
}

// turnedAway says that the vCenter has refused the account a privilege or the login, which it was asked for in a call of another kind: no
// silence, and nothing to repeat.
func turnedAway(err error) bool {
	var no *refusal
	var login *loginError
	return errors.As(err, &no) || errors.As(err, &login)
}

// statusOf reads the status that govmomi turns into an error's text: "503 Service Unavailable".
func statusOf(err error) (code int, ok bool) {
	text, _, _ := strings.Cut(err.Error(), " ")
	code, failed := strconv.Atoi(text)
	return code, failed == nil && len(text) == 3
}

// outage knows the answers of a proxy whose vCenter is not there: one that restarts answers 503 for minutes.
func outage(code int) bool {
	return code == http.StatusBadGateway || code == http.StatusServiceUnavailable || code == http.StatusGatewayTimeout
}

// neverSent says that there was no connection to send on: the call was certainly not carried out.
func neverSent(err error) bool {
	return NoResponse(err) && dialled(err)
}

// dialled says that it was the connection that could not be made.
func dialled(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// repeat repeats act while its answer is lost.
func repeat(ctx context.Context, within time.Duration, act func() error) error {
	return RepeatUntil(ctx, time.Now().Add(within), NoResponse, act)
}

// RepeatUntil repeats act while may(err), with growing pauses (0.1 s to 5 s), until end.
func RepeatUntil(ctx context.Context, end time.Time, may func(error) bool, act func() error) error {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := act()
		if err == nil || !may(err) || time.Now().Add(pause).After(end) {
			return err
		}
		if logging.VCenter.Informs(ctx) {
			logging.VCenter.Info(ctx, "a call is repeated", "after", outcome(err), "pause_ms", pause.Milliseconds())
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// transientPatience bounds how long RepeatTransient goes on.
const transientPatience = time.Minute

// RepeatTransient repeats act while it is refused for a moment (Transient), MaxTransient times at most. Nothing else is repeated: act may
// be a change, and a refused one has changed nothing.
func RepeatTransient(ctx context.Context, act func() error) error {
	never := func(error) bool { return false }
	return RepeatUntil(ctx, time.Now().Add(transientPatience), OrTransient(never), act)
}

// maxRepeatedBody is how large a request body may be and still be kept to be sent again.
const maxRepeatedBody = 64 << 10

// restTransport is the REST transport: the same promises as wire's.
type restTransport struct {
	next    http.RoundTripper
	renewer *sessionRenewer
	login   func(context.Context) error
	current func() string
	timeout time.Duration
	server  string
	silence *silence
	refused func(error) error
	denied  func(*http.Request, int) error // says of a refusal what it is about
}

const restSessionHeader = "vmware-api-session-id"

// RoundTrip sends one request. What changes something is not cut off by an interrupt.
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
		if err := Begin(asked); err != nil {
			return nil, err
		}
		ctx, stop = outlasting(asked, w.timeout)
	}
	res, err := w.renewing(asked, req.Clone(ctx), body, whole)
	if err != nil {
		stop()
		return nil, w.silence.unsaid(asked, w.server, start, asURLError(err))
	}
	res.Body = lastingBody{res.Body, stop}
	return res, nil
}

// lastingBody is the body of an answer whose context ends when it was read.
type lastingBody struct {
	io.ReadCloser
	stop context.CancelFunc
}

// Close ends the context too.
func (l lastingBody) Close() error {
	defer l.stop()
	return l.ReadCloser.Close()
}

// outlasting is a context that an interrupt ends only after a while, so that an answer which is on its way still comes. The deadline of
// what is done ends it as ever.
func outlasting(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	end, stop := Uninterrupted(ctx)
	end, cancel := context.WithCancel(end)
	release := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return end, func() {
		release()
		cancel()
		stop()
	}
}

// renewing sends a request, and once more with a new session where it was lost.
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

// session gives the id of the present session with its generation: one that was put on the request before somebody renewed it
// would look like another loss.
func (w *restTransport) session() (generation int, id string) {
	w.renewer.mu.Lock()
	defer w.renewer.mu.Unlock()
	return w.renewer.generation, w.current()
}

func (w *restTransport) send(asked context.Context, req *http.Request, body []byte, whole bool) (res *http.Response, err error) {
	again := repeatable(req)
	may := func(err error) bool {
		return whole && (neverSent(asURLError(err)) || again && NoResponse(asURLError(err)))
	}
	err = RepeatUntil(req.Context(), w.silence.until(time.Now(), w.timeout), may, func() error {
		if whole {
			req.Body = io.NopCloser(bytes.NewReader(body))
		}
		began := time.Now()
		res, err = w.next.RoundTrip(req)
		if err == nil && again && outage(res.StatusCode) {
			_ = res.Body.Close()
			err = errors.New(res.Status)
		}
		w.silence.note(asked, req.Context(), asURLError(err), began)
		return err
	})
	return res, err
}

// repeatable knows the requests that may arrive twice: reads, searches, and all about tags, where a second creation is
// refused as existing and the rest says how things are to be.
func repeatable(req *http.Request) bool {
	return req.Method == http.MethodGet || strings.Contains(req.URL.Path, "/com/vmware/cis/tagging/") ||
		req.URL.Query().Get("~action") == "find"
}

// asURLError wraps a transport's error as http.Client does, so that lost knows it.
func asURLError(err error) error {
	if err == nil {
		return nil
	}
	return &url.Error{Op: "request", URL: "", Err: err}
}

// keepBody reads a small body so that it can be sent twice; a larger one stays a stream and whole is false.
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
