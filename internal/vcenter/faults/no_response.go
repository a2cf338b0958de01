// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"context"
	"crypto/tls"
	plainxml "encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// NoResponse reports whether no answer came, so that the call may or may not have been carried out.
func NoResponse(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || soap.IsSoapFault(err) || soap.IsVimFault(err) || Untrusted(err) || TurnedAway(err) {
		return false
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return dialled(err) // a dial ends like this too where nothing is at the address
	}
	var request *url.Error
	if errors.As(err, &request) {
		code, answered := statusOf(request.Err)
		return !answered || Outage(code)
	}
	return halfAnswer(err)
}

// TurnedAway reports whether vCenter refused the account a privilege or the login. After a REST request such an error looks like the
// transport's, but vCenter has answered, and repeating the request is no use.
func TurnedAway(err error) bool {
	var no *Refusal
	var login *LoginError
	return errors.As(err, &no) || errors.As(err, &login)
}

// statusOf reads the status that govmomi writes as an error's text: "503 Service Unavailable".
func statusOf(err error) (code int, ok bool) {
	text, _, _ := strings.Cut(err.Error(), " ")
	code, failed := strconv.Atoi(text)
	return code, failed == nil && len(text) == 3
}

// Outage reports whether an HTTP status comes from a proxy that does not reach its vCenter. A restarting one answers 503 for minutes.
func Outage(code int) bool {
	return code == http.StatusBadGateway || code == http.StatusServiceUnavailable || code == http.StatusGatewayTimeout
}

// NeverSent reports whether there was no connection to send on, so that the call was certainly not carried out.
func NeverSent(err error) bool {
	return NoResponse(err) && dialled(err)
}

// dialled reports whether making the connection failed.
func dialled(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// AsURLError wraps a transport's error as http.Client does, so that NoResponse recognizes it.
func AsURLError(err error) error {
	if err == nil {
		return nil
	}
	return &url.Error{Op: "request", URL: "", Err: err}
}

// Untrusted reports whether the server's certificate was rejected, for whatever reason.
func Untrusted(err error) bool {
	var refused *tls.CertificateVerificationError
	return errors.As(err, &refused) || soap.IsCertificateUntrusted(err)
}

// CertificateCause returns the innermost error: the certificate's fault without the request around it.
func CertificateCause(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// ShortCause returns the innermost error's text, or that no answer came in time.
func ShortCause(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	return CertificateCause(err).Error()
}

// answeredWith returns the HTTP status that a server sent in place of an answer to the call.
func answeredWith(err error) (code int, ok bool) {
	var request *url.Error
	if !errors.As(err, &request) {
		return 0, false
	}
	return statusOf(request.Err)
}

// halfAnswer reports whether an answer began and did not end.
func halfAnswer(err error) bool {
	var syntax *xml.SyntaxError
	var plain *plainxml.SyntaxError
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.As(err, &syntax) && syntax.Msg == "unexpected EOF" || errors.As(err, &plain) && plain.Msg == "unexpected EOF"
}

// noXML reports whether an answer could not be decoded as SOAP.
func noXML(err error) bool {
	var syntax *xml.SyntaxError
	var other xml.UnmarshalError
	var plainSyntax *plainxml.SyntaxError
	var plainOther plainxml.UnmarshalError
	return errors.As(err, &syntax) || errors.As(err, &other) || errors.As(err, &plainSyntax) || errors.As(err, &plainOther)
}

// Outcome returns a word for the log: the fault's name in the vSphere API, "ok", or how no answer came. Error texts stay out of the log,
// because a fault may quote what was sent.
func Outcome(err error) string {
	var fault types.BaseMethodFault
	switch {
	case err == nil:
		return "ok"
	case As(err, &fault):
		return faultName(fault)
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case NoResponse(err):
		return "no answer"
	}
	return "failed"
}
