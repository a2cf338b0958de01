// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
)

// failure is a call without a usable answer. Its text is never shown, because a response body may contain anything.
type failure struct {
	service kind
	at      string // the service's address
	err     error
	login   bool
}

// Error names the service.
func (f *failure) Error() string { return f.service.name + " at " + f.at + ": " + f.err.Error() }

// Unwrap returns gophercloud's error.
func (f *failure) Unwrap() error { return f.err }

// refusal tells in user-facing words why a cloud did not answer and what to do.
type refusal struct {
	text string
	err  error // nil, or a cause for errors.Is
}

// Error returns the text.
func (r *refusal) Error() string { return r.text }

// Unwrap returns the cause.
func (r *refusal) Unwrap() error { return r.err }

func refuse(format string, args ...any) error { return &refusal{text: fmt.Sprintf(format, args...)} }

// explain returns an error that tells which cloud was asked for what, why it did not answer, and what to do.
func (c *Client) explain(what string, err error) error {
	if err == nil {
		return nil
	}
	var known *refusal
	var failed *failure
	why := "something went wrong that this provider has no words for"
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) && !isTimeout(err):
		why = "the question was given up before there was an answer"
	case errors.As(err, &known):
		why = known.text
	case errors.As(err, &failed):
		why = c.why(failed)
	}
	var cause error
	for _, told := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, told) {
			cause = told
		}
	}
	return &refusal{fmt.Sprintf("the OpenStack cloud %q was asked for its %s: %s", c.name, what, why), cause}
}

// why describes why one call failed.
func (c *Client) why(f *failure) string {
	var again *gophercloud.ErrUnableToReauthenticate
	if errors.As(f.err, &again) {
		return "the token has expired or was revoked, and there is no new one: " +
			c.why(&failure{service: identity, at: c.auth.IdentityEndpoint, err: again.ErrReauth, login: true})
	}
	who := "its " + f.service.name
	if f.at != c.name {
		who += " at " + f.at
	}
	var answer gophercloud.ErrUnexpectedResponseCode
	if errors.As(f.err, &answer) {
		if f.login {
			return who + " " + c.loginAnswer(answer)
		}
		return who + " " + c.answer(answer)
	}
	return who + " " + c.noAnswer(f)
}

// loginAnswer describes the identity service's answer to a failed login.
func (c *Client) loginAnswer(answer gophercloud.ErrUnexpectedResponseCode) string {
	switch {
	case c.auth.TokenID != "" && (answer.Actual == http.StatusUnauthorized || answer.Actual == http.StatusNotFound &&
		answer.Method == http.MethodGet):
		return "does not accept the token, which has expired or was revoked: set a new one (token, OS_TOKEN), or user_name and password, with " +
			"which the provider gets its own"
	case answer.Actual == http.StatusUnauthorized && c.auth.ApplicationCredentialSecret != "":
		return "refuses the application credential: it has expired or was deleted, or its secret is wrong; check application_credential_id " +
			"and application_credential_secret"
	case answer.Actual == http.StatusUnauthorized:
		return fmt.Sprintf("refuses the user %s: check user_name, password, the project (tenant_name) and the domains of both, which may be "+
			"those of the environment (OS_*) or of clouds.yaml", c.user())
	case answer.Actual < 400 || answer.Actual == http.StatusNotFound || answer.Actual == http.StatusMethodNotAllowed:
		return "is none: nothing there speaks version 3 of the identity API; check auth_url (OS_AUTH_URL), which often ends in /v3 or " +
			"/identity/v3"
	}
	return c.answer(answer)
}

func (c *Client) user() string { return fmt.Sprintf("%q", first(c.auth.Username, c.auth.UserID)) }

// answer describes an unexpected answer of a service.
func (c *Client) answer(answer gophercloud.ErrUnexpectedResponseCode) string {
	status := fmt.Sprintf("%d %s", answer.Actual, http.StatusText(answer.Actual))
	switch answer.Actual {
	case http.StatusUnauthorized:
		if c.auth.TokenID != "" {
			return "does not accept the token, which has expired or was revoked: set a new one (token, OS_TOKEN), or user_name and password, " +
				"with which the provider renews its own"
		}
		return "does not accept a token that the identity service has only just given: the cloud's services disagree, which its operator can " +
			"see in their logs"
	case http.StatusForbidden:
		return "does not allow it to this user" + message(answer.Body) + ": ask the cloud's operator for the permission, or use another user"
	case http.StatusNotFound:
		return "knows nothing of it: the address in the cloud's catalogue may be wrong, or that of another endpoint_type may be meant"
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return fmt.Sprintf("is busy or down (%s): try again later", status)
	}
	if answer.Actual >= 500 {
		return fmt.Sprintf("failed (%s): its operator can see why in its logs", status)
	}
	return fmt.Sprintf("answered %s%s: check that the address is that of an OpenStack service", status, message(answer.Body))
}

// message extracts the message of an OpenStack error, which has the form {"forbidden": {"message": "..."}}.
func message(body []byte) string {
	var wrapped map[string]json.RawMessage
	if json.Unmarshal(body, &wrapped) != nil {
		return ""
	}
	for _, inner := range wrapped {
		var said struct{ Message string }
		if json.Unmarshal(inner, &said) == nil && said.Message != "" {
			line, _, _ := strings.Cut(strings.TrimSpace(said.Message), "\n")
			return " (" + strings.TrimRight(line[:min(len(line), 200)], ".") + ")"
		}
	}
	return ""
}

// noAnswer describes why a call got no answer.
func (c *Client) noAnswer(f *failure) string {
	check := "check auth_url (OS_AUTH_URL), the network and the proxy settings"
	if !f.login {
		check = "the address is the catalogue's; check the network and the proxy settings, or choose another endpoint_type (OS_INTERFACE)"
	}
	var unresolved *net.DNSError
	var op *net.OpError
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	switch reason := untrusted(f.err); {
	case reason != "":
		return fmt.Sprintf("has a certificate that is not trusted (%s): %s, or insecure = true to accept any", reason, c.trust)
	case errors.Is(f.err, http.ErrSchemeMismatch):
		return "does not speak TLS: its address may begin with http:// instead of https://"
	case errors.As(f.err, &unresolved):
		return "cannot be reached, because its host name cannot be resolved: " + check
	case isTimeout(f.err):
		return "did not answer in time: " + check
	case errors.As(f.err, &op):
		return fmt.Sprintf("cannot be reached (%s): %s", lowest(op), check)
	case errors.As(f.err, &syntax), errors.As(f.err, &typed):
		return "answered, but not as an OpenStack service does: " + check
	}
	return fmt.Sprintf("gave no answer (%s): %s", lowest(f.err), check)
}

// untrusted describes what is wrong with a certificate; empty if the error is not about one.
func untrusted(err error) string {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var other *tls.CertificateVerificationError
	switch {
	case errors.As(err, &authority):
		return "its authority is unknown"
	case errors.As(err, &host):
		return "it is another host's"
	case errors.As(err, &invalid):
		return "it has expired or is not meant for this"
	case errors.As(err, &other):
		return "it cannot be verified"
	}
	return ""
}

// isTimeout reports whether a call took too long, whichever timeout ended it.
func isTimeout(err error) bool {
	var request *url.Error
	return errors.As(err, &request) && request.Timeout()
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

// nowhere returns an error for a service that is missing from the catalogue.
func (c *Client) nowhere(k kind, empty bool, regions, interfaces []string) error {
	switch {
	case empty:
		return refuse("its catalogue is empty, because the login is for no project: set tenant_name or tenant_id")
	case len(interfaces) > 0:
		return refuse("its %s has no %s endpoint, but %s: set endpoint_type (OS_INTERFACE) accordingly", k.name, c.endpoints,
			strings.Join(interfaces, ", "))
	case len(regions) > 0:
		return refuse("its catalogue holds no %s in the region %q, but in %s: set region (OS_REGION_NAME) to one of these", k.name, c.region,
			strings.Join(regions, ", "))
	}
	return refuse("its catalogue holds no %s: this cloud, or this project of it, does not offer it", k.name)
}
