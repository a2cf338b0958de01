// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// ErrNoAnswer means that NSX did not answer, so that a change may have been made or not.
var ErrNoAnswer = errors.New("NSX did not answer")

// noAnswer tells in the user's words why there is no answer.
type noAnswer struct{ text string }

// Error returns the text.
func (e *noAnswer) Error() string { return e.text }

// Unwrap returns ErrNoAnswer.
func (e *noAnswer) Unwrap() error { return ErrNoAnswer }

// unanswered describes why a call got no answer.
func (c *Client) unanswered(ctx context.Context, err error) error {
	if gone := ended(ctx, err); gone != nil {
		return gone
	}
	var unresolved *net.DNSError
	var op *net.OpError
	var remote tls.AlertError
	switch {
	case err == nil:
		return nil
	case untrusted(err):
		return openstack.ProviderErrorf("nsx.ca_file", "the certificate of NSX at %s is not trusted (%s): set ca_file (NSXT_CA_FILE) to the "+
			"authority that signed it, or allow_unverified_ssl = true to accept any", c.Server(), lowest(err))
	case errors.As(err, &unresolved):
		return openstack.ProviderErrorf("nsx.server", "the host name in %q cannot be resolved: check server (NSXT_MANAGER_HOST)", c.Server())
	case errors.Is(err, http.ErrSchemeMismatch):
		return openstack.ProviderErrorf("nsx.server", "%s does not speak TLS, so it is no NSX Manager: check server (NSXT_MANAGER_HOST)",
			c.Server())
	case errors.As(err, &remote) && c.cfg.Certificate != "":
		return c.refusedLogin()
	case errors.As(err, &op) && op.Op == "dial":
		return c.silent("cannot be reached (%s): check server (NSXT_MANAGER_HOST) and the way to it", lowest(op))
	case errors.Is(err, context.DeadlineExceeded):
		return c.silent("did not answer in time: apply again when it does")
	}
	return c.silent("gave no answer (%s): apply again when it does", lowest(err))
}

// unsaid adds to an error without an answer of NSX what was asked. One about an argument of the provider stays as it is.
func (c *Client) unsaid(verb verb, about string, err error) error {
	if field := (*openstack.FieldError)(nil); errors.As(err, &field) {
		return err
	}
	return fmt.Errorf("%s cannot be %s: %w", c.Noun(about), verb.done, err)
}

func (c *Client) silent(format string, args ...any) error {
	return &noAnswer{"NSX at " + c.Server() + " " + fmt.Sprintf(format, args...)}
}

// untrusted reports whether the server's certificate was the reason.
func untrusted(err error) bool {
	var failed *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &failed) || errors.As(err, &authority) || errors.As(err, &host)
}

// lowest returns the text of the innermost error, without the addresses that the outer ones add.
func lowest(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
