// SPDX-License-Identifier: MPL-2.0

package download

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// source is a file on a web server.
type source struct {
	url                string // without a user
	name               string // how errors call it
	username, password string
	pinned             bool // a checksum tells whether the file is the right one
	patience           patience
	client             *http.Client
}

// patience is how long a download waits for what.
type patience struct {
	tries   int           // attempts in a row that bring less than worthwhile
	pause   time.Duration // before the second attempt; it doubles each time
	silence time.Duration // until a server that sends nothing is given up
}

// worthwhile is how many bytes an attempt must bring, so that those after it count anew.
const worthwhile = 1 << 20

// usual waits half a minute in all between the attempts.
var usual = patience{tries: 6, pause: time.Second, silence: time.Minute}

// CheckURL refuses what is not the address of a file.
func CheckURL(address string) error {
	_, err := parseSource(Request{URL: address})
	return err
}

// parseSource returns the source of a request.
func parseSource(r Request) (source, error) {
	parsed, err := url.Parse(r.URL)
	if err != nil {
		return source{}, errors.New("the URL cannot be read: write it as https://host/path")
	}
	if parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" {
		return source{}, fmt.Errorf("%s is no address of a web server: it begins with https:// or http:// and a host", bare(parsed))
	}
	s := source{name: bare(parsed), username: r.Username, password: r.Password, pinned: r.Checksum != "", patience: r.patience}
	if s.patience.tries == 0 {
		s.patience = usual
	}
	if parsed.User != nil {
		password, _ := parsed.User.Password()
		s.username, s.password = cmp.Or(s.username, parsed.User.Username()), cmp.Or(s.password, password)
		parsed.User = nil
	}
	parsed.Fragment = ""
	s.url = parsed.String()
	s.client = s.newClient()
	return s, nil
}

// bare returns a URL without what may be secret: the user and the query.
func bare(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Opaque: u.Opaque, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}

// newClient returns a client that uses the proxies of the environment and the system's roots, which SSL_CERT_FILE and SSL_CERT_DIR add to.
func (s source) newClient() *http.Client {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		transport = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	transport = transport.Clone()
	transport.DisableCompression = true // the file is wanted as it is
	transport.DisableKeepAlives = true  // one request, and nothing left open
	transport.ResponseHeaderTimeout = s.patience.silence
	return &http.Client{Transport: transport, CheckRedirect: s.redirect}
}

// mostRedirects is as many as browsers follow, about.
const mostRedirects = 10

// redirect follows a redirect, without the user unless it stays on the same server.
func (s source) redirect(next *http.Request, before []*http.Request) error {
	first := before[0].URL
	if next.URL.Scheme != first.Scheme || next.URL.Host != first.Host {
		next.Header.Del("Authorization")
	}
	next.Header.Del("Referer")
	switch {
	case len(before) > mostRedirects:
		return fmt.Errorf("it redirects more than %d times", mostRedirects)
	case next.URL.Scheme != "http" && next.URL.Scheme != "https":
		return errors.New("it redirects to something that is no web server")
	case first.Scheme == "https" && next.URL.Scheme == "http" && !s.pinned:
		return fmt.Errorf("it redirects to %s, which does not protect the image on its way: set image_checksum, which does",
			bare(next.URL))
	}
	return nil
}

// get asks for the file from an offset on. An answer known from before is asked about: whether it still holds.
func (s source) get(ctx context.Context, offset int64, known answer) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, errors.New("the URL cannot be read: write it as https://host/path")
	}
	request.Header.Set("Accept-Encoding", "identity")
	request.Header.Set("User-Agent", "terraform-provider-novasphere")
	if s.username != "" || s.password != "" {
		request.SetBasicAuth(s.username, s.password)
	}
	switch {
	case offset > 0:
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
		request.Header.Set("If-Range", known.strong())
	case known.etag != "":
		request.Header.Set("If-None-Match", known.etag)
	case known.modified != "":
		request.Header.Set("If-Modified-Since", known.modified)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, unanswered(ctx, err)
	}
	return response, nil
}

// named gives an error the name of the file.
func (s source) named(err error) error { return disk.Named(s.name, err) }
