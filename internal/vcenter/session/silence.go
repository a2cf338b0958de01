// SPDX-License-Identifier: MPL-2.0

package session

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/soap"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// silence records since when a server has given no usable answer. All calls of a process share it, so that together they wait for the
// server as long as one of them may, and then give up at once.
type silence struct {
	mu          sync.Mutex
	since, last time.Time // the start of a row of failures, and the last of them; since is zero if the last call was answered
	answered    time.Time // when a call was last answered
	seen        error     // what the server last did instead of answering; nil: nothing, the time ran out
}

const (
	memory = time.Minute      // how long a failure is remembered: after that the server may be back, and is waited for in full
	probe  = 10 * time.Second // how long a call waits that only tests whether a silent server is back
)

// note records the outcome of a try. within is the context of the call, which ends with its time, and asked the caller's. If asked has
// ended, the outcome tells nothing about the server.
func (s *silence) note(asked, within context.Context, err error, began time.Time) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	late := errors.Is(err, context.DeadlineExceeded) && (within.Err() != nil || !faults.NoResponse(err))
	switch {
	case err != nil && asked.Err() != nil, late && within.Err() == nil, errors.Is(err, context.Canceled):
		return
	case !late && !faults.NoResponse(err):
		s.since, s.seen, s.answered = time.Time{}, nil, now
		return
	case s.since.IsZero(), began.Sub(s.last) > memory:
		s.since, s.seen = began, nil
		if began.Before(s.answered) { // other calls were answered meanwhile
			s.since = s.answered
		}
	}
	if s.last = now; !late {
		s.seen = err
	}
}

// began returns since when there is no answer, for a call that began at a time.
func (s *silence) began(call time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.IsZero() {
		return call
	}
	return s.since
}

// until returns until when a call that begins now may be repeated.
func (s *silence) until(now time.Time, patience time.Duration) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.IsZero() || now.Sub(s.last) > memory {
		return now.Add(patience)
	}
	return s.since.Add(patience)
}

// room returns how long a call that begins now may wait for its answer: what is left of the time that all calls share, but at least
// probe, so that a server which is back can answer. A change is given the whole time, because it may arrive.
func (s *silence) room(now time.Time, patience time.Duration) time.Duration {
	return min(patience, max(probe, s.until(now, patience).Sub(now)))
}

// symptom returns the error to report for a failed call: where the time has run out, what the server last did.
func (s *silence) symptom(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen != nil && errors.Is(err, context.DeadlineExceeded) {
		return s.seen
	}
	return err
}

// unsaid turns an error of the transport into a SilenceError. Errors that the vCenter itself has sent stay as they are, and so does the
// end of the context.
func (s *silence) unsaid(ctx context.Context, server string, start time.Time, err error) error {
	var said *faults.SilenceError
	if err == nil || ctx.Err() != nil || soap.IsSoapFault(err) || soap.IsVimFault(err) || errors.Is(err, openstack.ErrNotBegun) ||
		errors.As(err, &said) || faults.TurnedAway(err) {
		return err
	}
	return &faults.SilenceError{Server: server, Since: s.began(start), Err: err, Seen: s.symptom(err)}
}
