package wire

import (
	"cmp"
	"context"
	plainxml "encoding/xml" // of the first question, which is no SOAP
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"syscall"
	"time"

	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/xml"
)

// silence is since when a server gives no answer that can be used. All of a process's calls know of it, so that together they wait for the
// server as long as one of them may, and then give up at once.
type silence struct {
	mu          sync.Mutex
	since, last time.Time // of the failures in a row; zero: the last call was answered
	answered    time.Time // when a call was answered last
	seen        error     // what the server did last in place of an answer; nil: nothing but to let the time run out
}

const (
	memory = time.Minute      // how long a failure is remembered: after that the server may be back, and is waited for anew
	probe  = 10 * time.Second // how long a call is waited for that only looks whether a silent server is back
)

// note takes the outcome of a try that was begun then: within is the context of the call, which ends with its time, and asked that of
// whoever makes it. One who goes away has learnt nothing.
func (s *silence) note(asked, within context.Context, err error, began time.Time) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	late := errors.Is(err, context.DeadlineExceeded) && (within.Err() != nil || !NoResponse(err))
	switch {
	case err != nil && asked.Err() != nil, late && within.Err() == nil, errors.Is(err, context.Canceled):
		return
	case !late && !NoResponse(err):
		s.since, s.seen, s.answered = time.Time{}, nil, now
		return
	case s.since.IsZero(), began.Sub(s.last) > memory:
		s.since, s.seen = began, nil
		if began.Before(s.answered) { // others were answered meanwhile
			s.since = s.answered
		}
	}
	if s.last = now; !late {
		s.seen = err
	}
}

// began is since when there is no answer, for a call that was begun then.
func (s *silence) began(call time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.IsZero() {
		return call
	}
	return s.since
}

// until is how long a call that begins now may be repeated.
func (s *silence) until(now time.Time, patience time.Duration) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.IsZero() || now.Sub(s.last) > memory {
		return now.Add(patience)
	}
	return s.since.Add(patience)
}

// room is how long the answer of a call that begins now is waited for: what is left of the time that all have, and so long at least that a
// server which is back can answer. A change is given all of its time, because it may arrive.
func (s *silence) room(now time.Time, patience time.Duration) time.Duration {
	return min(patience, max(probe, s.until(now, patience).Sub(now)))
}

// symptom is what is to be told of a call that failed: what the server was last seen to do where the time has run out.
func (s *silence) symptom(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen != nil && errors.Is(err, context.DeadlineExceeded) {
		return s.seen
	}
	return err
}

// SilenceError is a call that the server has not answered, or not as a vCenter does, in one sentence. What happened is in it for who asks.
type SilenceError struct {
	server string
	since  time.Time
	err    error
	seen   error // what the server did, where that is not err
}

// Error says which server it is, what it does, since when, and what to do.
func (e *SilenceError) Error() string {
	what, todo := symptom(cmp.Or(e.seen, e.err))
	since := ""
	if lasted := time.Since(e.since).Round(time.Second); !e.since.IsZero() && lasted > 0 {
		since = fmt.Sprintf(" since %s (%s)", e.since.UTC().Format(time.RFC3339), lasted)
	}
	return fmt.Sprintf("%s %s%s: %s", e.server, what, since, todo)
}

// Unwrap is what happened.
func (e *SilenceError) Unwrap() error { return e.err }

const (
	waitForIt = "it may be restarting, or what stands before it has no way to it; look whether it is up and apply again, or let " +
		"api_timeout (VSPHERE_API_TIMEOUT) be longer"
	lookAtIt = "check vsphere_server (VSPHERE_SERVER), and what stands between here and the vCenter"
)

// symptom is what a server does in place of an answer, and what is to be done.
func symptom(err error) (what, todo string) {
	var dns *net.DNSError
	var op *net.OpError
	code, answered := answeredWith(err)
	switch {
	case untrusted(err):
		return fmt.Sprintf("shows a certificate that is not trusted (%v)", certificateCause(err)),
			"set ca_file to the authority that signed it, or allow_unverified_ssl = true to accept any"
	case answered && outage(code):
		return fmt.Sprintf("answers %d %s", code, http.StatusText(code)), waitForIt
	case answered:
		return fmt.Sprintf("answers %d %s where a vCenter answers", code, http.StatusText(code)), lookAtIt
	case errors.As(err, &dns):
		return "has a name that cannot be resolved", lookAtIt
	case errors.As(err, &op) && op.Op == "dial":
		return fmt.Sprintf("cannot be reached (%s)", shortCause(err)), lookAtIt
	case errors.Is(err, context.DeadlineExceeded):
		return "does not answer", waitForIt
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF):
		return "cuts the connection before it answers", waitForIt
	case halfAnswer(err):
		return "breaks off in the middle of its answer", waitForIt
	case noXML(err):
		return "answers with something that is not a vCenter's, perhaps the page of a proxy or load balancer", lookAtIt
	}
	return fmt.Sprintf("cannot be talked to (%s)", shortCause(err)), lookAtIt
}

// answeredWith is the HTTP status that a server has answered with in place of an answer to the call.
func answeredWith(err error) (code int, ok bool) {
	var request *url.Error
	if !errors.As(err, &request) {
		return 0, false
	}
	return statusOf(request.Err)
}

// halfAnswer says that an answer began and did not end.
func halfAnswer(err error) bool {
	var syntax *xml.SyntaxError
	var plain *plainxml.SyntaxError
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.As(err, &syntax) && syntax.Msg == "unexpected EOF" || errors.As(err, &plain) && plain.Msg == "unexpected EOF"
}

// noXML says that an answer is no SOAP.
func noXML(err error) bool {
	var syntax *xml.SyntaxError
	var other xml.UnmarshalError
	var plainSyntax *plainxml.SyntaxError
	var plainOther plainxml.UnmarshalError
	return errors.As(err, &syntax) || errors.As(err, &other) || errors.As(err, &plainSyntax) || errors.As(err, &plainOther)
}

// unsaid makes one sentence of an error of the transport. What the vCenter itself says stays, of a call or of a login, and so does the end
// of what was to be done.
func (s *silence) unsaid(ctx context.Context, server string, start time.Time, err error) error {
	var said *SilenceError
	if err == nil || ctx.Err() != nil || soap.IsSoapFault(err) || soap.IsVimFault(err) || errors.Is(err, ErrNotBegun) ||
		errors.As(err, &said) || turnedAway(err) {
		return err
	}
	return &SilenceError{server, s.began(start), err, s.symptom(err)}
}

// inRequest is how Go and govmomi write a request before what went wrong with it: "list tags: Get "https://...": ".
var inRequest = regexp.MustCompile(`(?:[a-z][a-z ]*: )?(?:Get|Post|Put|Patch|Delete) "[^"]*": `)

// WithoutRequest is an error whose text leaves the request out: what was to be done is said in words around it.
func WithoutRequest(err error) error {
	if err == nil || !inRequest.MatchString(err.Error()) {
		return err
	}
	return &reworded{inRequest.ReplaceAllString(err.Error(), ""), err}
}

// reworded is an error in other words.
type reworded struct {
	text string
	err  error
}

// Error is the other words.
func (e *reworded) Error() string { return e.text }

// Unwrap is the error.
func (e *reworded) Unwrap() error { return e.err }
