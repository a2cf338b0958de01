// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
)

// maxTries is how often a call is sent that NSX puts off or does not answer.
const maxTries = 10

// send carries out a call. It logs in once more where NSX has lost the session, and repeats what NSX puts off or does not answer: all calls
// but the login can be repeated, as a PUT says what shall be, not what shall be added. It returns refusals as answers, and an error where
// there is no answer.
func (c *Client) send(ctx context.Context, r request) (answer, error) {
	within, stop := context.WithTimeout(ctx, c.cfg.Timeout)
	defer stop()
	in, err := c.session.enter(within, c, nil)
	if err != nil {
		return answer{}, c.inTime(ctx, err)
	}
	a, err := c.patiently(within, r, in, putOff)
	if err == nil && sessionLost(a) {
		lost := a.lost
		if in, err = c.session.enter(within, c, in); err != nil {
			return answer{}, c.inTime(ctx, err)
		}
		a, err = c.patiently(within, r, in, putOff)
		a.lost = a.lost || lost
	}
	if err != nil {
		return answer{}, c.unanswered(ctx, err)
	}
	return a, nil
}

// patiently sends a call again while it may, with pauses, at most maxTries times.
func (c *Client) patiently(ctx context.Context, r request, in *login, may func(answer, error) bool) (answer, error) {
	lost := false
	for try := 1; ; try++ {
		a, err := c.exchange(ctx, r, in)
		a.lost = lost
		if !may(a, err) && (try == maxUnexplained || !unexplained(r, a)) || ctx.Err() != nil || try == maxTries {
			return a, err
		}
		logging.NSX.Info(ctx, "a call is repeated", "method", r.method, "status", a.status, "try", try)
		if !c.retries.wait(ctx, try) {
			return a, err
		}
		lost = lost || err != nil || a.status >= http.StatusInternalServerError
	}
}

// maxUnexplained is how often a read is sent that NSX fails to carry out for reasons of its own.
const maxUnexplained = 3

// unexplained reports whether NSX failed to carry out a read, and does not say why in a way that is known.
func unexplained(r request, a answer) bool {
	return r.method == http.MethodGet && a.status >= http.StatusInternalServerError && meaningOf(a) == nil
}

// gateways are the statuses by which what stands before NSX tells that NSX is away.
var gateways = []int{http.StatusBadGateway, http.StatusGatewayTimeout}

// putOff reports whether a call is to be sent again: NSX is busy, or did not answer.
func putOff(a answer, err error) bool {
	if err != nil {
		return !untrusted(err)
	}
	return busy(a, nil) || slices.Contains(gateways, a.status)
}

// busy reports whether NSX has put a call off, and so has done nothing for it.
func busy(a answer, err error) bool {
	if err != nil || a.ok() {
		return false
	}
	row := meaningOf(a)
	return row != nil && row.repeat
}

// The codes by which NSX refuses a call whose session it does not know (NSX API: 98, the XSRF token is not the session's; 403, the
// credentials are wrong or the session is gone).
const (
	codeToken       = 98
	codeCredentials = 403
)

// sessionLost reports whether NSX asks for a new login.
func sessionLost(a answer) bool {
	switch a.status {
	case http.StatusUnauthorized:
		return true
	case http.StatusForbidden:
		code := int(parse(a).Code)
		return code == codeToken || code == codeCredentials
	}
	return false
}

// inTime explains the error of a login for which the time was not enough.
func (c *Client) inTime(ctx context.Context, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return c.unanswered(ctx, err)
	}
	return err
}

// ended returns the error of a caller who does not wait any longer, which tells nothing about NSX.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return ctx.Err()
	}
	return nil
}
