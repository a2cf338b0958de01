// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// SilenceError is a call that the server has not answered, or not as a vCenter does. Its text is one sentence, and it wraps the
// transport's error.
type SilenceError struct {
	Server string
	Since  time.Time
	Err    error
	Seen   error // what the server did, if that is not Err
}

// Error names the server, what it does, since when, and what to do.
func (e *SilenceError) Error() string {
	what, todo := symptom(cmp.Or(e.Seen, e.Err))
	since := ""
	if lasted := time.Since(e.Since).Round(time.Second); !e.Since.IsZero() && lasted > 0 {
		since = fmt.Sprintf(" since %s (%s)", e.Since.UTC().Format(time.RFC3339), lasted)
	}
	return fmt.Sprintf("%s %s%s: %s", e.Server, what, since, todo)
}

// Unwrap returns the transport's error.
func (e *SilenceError) Unwrap() error { return e.Err }

const (
	waitForIt = "it may be restarting, or what stands before it has no way to it; look whether it is up and apply again, or let " +
		"api_timeout (VSPHERE_API_TIMEOUT) be longer"
	lookAtIt = "check vsphere_server (VSPHERE_SERVER), and what stands between here and the vCenter"
)

// symptom describes a server that gives no usable answer, and what to do about it.
func symptom(err error) (what, todo string) {
	var dns *net.DNSError
	var op *net.OpError
	code, answered := answeredWith(err)
	switch {
	case Untrusted(err):
		return fmt.Sprintf("shows a certificate that is not trusted (%v)", CertificateCause(err)),
			"set ca_file to the authority that signed it, or allow_unverified_ssl = true to accept any"
	case answered && Outage(code):
		return fmt.Sprintf("answers %d %s", code, http.StatusText(code)), waitForIt
	case answered:
		return fmt.Sprintf("answers %d %s where a vCenter answers", code, http.StatusText(code)), lookAtIt
	case errors.As(err, &dns):
		return "has a name that cannot be resolved", lookAtIt
	case errors.As(err, &op) && op.Op == "dial":
		return fmt.Sprintf("cannot be reached (%s)", ShortCause(err)), lookAtIt
	case errors.Is(err, context.DeadlineExceeded):
		return "does not answer", waitForIt
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF):
		return "cuts the connection before it answers", waitForIt
	case halfAnswer(err):
		return "breaks off in the middle of its answer", waitForIt
	case noXML(err):
		return "answers with something that is not a vCenter's, perhaps the page of a proxy or load balancer", lookAtIt
	}
	return fmt.Sprintf("cannot be talked to (%s)", ShortCause(err)), lookAtIt
}
