// SPDX-License-Identifier: MPL-2.0

package download

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// answer is what a server told of a file, or what is known of it from the last time.
type answer struct {
	etag     string
	modified string // as the server writes it
	length   int64  // in bytes; below 0 if it was not told
	sha256   string // in hex, once all of it is here

	unchanged bool // the file is the one that was known
}

// told reads the answer's headers.
func told(response *http.Response) answer {
	return answer{etag: response.Header.Get("ETag"), modified: response.Header.Get("Last-Modified"), length: response.ContentLength}
}

// strong returns what a part of the file can be asked for with, so that it belongs to the parts before, or "".
func (a answer) strong() string {
	if a.etag != "" && !strings.HasPrefix(a.etag, "W/") {
		return a.etag
	}
	if a.etag == "" {
		return a.modified
	}
	return ""
}

// follows reports whether a response is the rest of this file from an offset on.
func (a answer) follows(response *http.Response, offset int64) bool {
	from, total, ok := contentRange(response.Header.Get("Content-Range"))
	next := told(response)
	return ok && from == offset && (a.length < 0 || total < 0 || total == a.length) && (next.etag == "" || next.etag == a.etag) &&
		(next.modified == "" || next.modified == a.modified)
}

// contentRange reads where a part of a file begins and how long the file is, below 0 if that is not told.
func contentRange(text string) (from, total int64, ok bool) {
	span, found := strings.CutPrefix(text, "bytes ")
	span, length, _ := strings.Cut(span, "/")
	begin, _, dash := strings.Cut(span, "-")
	from, err := strconv.ParseInt(begin, 10, 64)
	if !found || !dash || err != nil {
		return 0, 0, false
	}
	if length == "*" {
		return from, -1, true
	}
	total, err = strconv.ParseInt(length, 10, 64)
	return from, total, err == nil
}

// passing is an error that another attempt may not meet.
type passing struct{ error }

func (p passing) Unwrap() error { return p.error }

// refused returns the error of a status that brings no file.
func (s source) refused(response *http.Response) error {
	status := response.Status
	switch code := response.StatusCode; {
	case code == http.StatusUnauthorized && s.username == "":
		return disk.Refusef("set image_source_username and image_source_password", "is given to known users only (%s)", status)
	case code == http.StatusUnauthorized, code == http.StatusForbidden && s.username != "":
		return disk.Refusef("check image_source_username, image_source_password and what that user may read", "is not given to the user (%s)",
			status)
	case code == http.StatusForbidden:
		return disk.Refusef("check the address, and whether it has expired or wants image_source_username and image_source_password",
			"is not given to everybody (%s)", status)
	case code == http.StatusNotFound, code == http.StatusGone:
		return disk.Refusef("check the address; publishers remove old releases", "is not there (%s)", status)
	case code == http.StatusProxyAuthRequired:
		return disk.Refusef("write the proxy's user and password into the environment variable HTTPS_PROXY", "is behind a proxy (%s)", status)
	case code >= http.StatusInternalServerError, code == http.StatusTooManyRequests, code == http.StatusRequestTimeout:
		return passing{fmt.Errorf("the server answers %s", status)}
	}
	return disk.Refusef("check the address in a browser", "is not a file that can be downloaded (%s)", status)
}

// unanswered returns why a request had no answer, without the URL and what a redirect may have added to it.
func unanswered(ctx context.Context, err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err
	}
	if cause := context.Cause(ctx); cause != nil {
		return passing{cause}
	}
	var (
		unknown   x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		unfound   *net.DNSError
		transport *net.OpError
	)
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("its certificate is not trusted: %w. Add the authority's certificate to the system's, or name its file in the "+
			"environment variable SSL_CERT_FILE", err)
	case errors.As(err, &hostname), errors.As(err, &invalid):
		return fmt.Errorf("its certificate is not valid: %w", err)
	case errors.As(err, &unfound) && unfound.IsNotFound:
		return fmt.Errorf("its host is not known: %w. Check the address; behind a proxy set the environment variable HTTPS_PROXY", err)
	case errors.As(err, &transport):
		return passing{err}
	case strings.Contains(err.Error(), "Location header"):
		return errors.New("it redirects to an address that cannot be read") // and that may hold a secret
	case strings.Contains(err.Error(), "redirects"):
		return err
	}
	return passing{err}
}
