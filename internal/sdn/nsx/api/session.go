// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// session is the login that all calls share. One caller makes it while the others wait.
type session struct {
	turn    chan struct{} // holds the one who logs in
	current atomic.Pointer[login]

	// The rest belongs to who has the turn.
	version Version // zero until the first login
	refused error   // why there is no login
	until   time.Time
}

// remembered is how long a failure to reach NSX is returned to later callers without another try. A refused password is remembered as
// long as the process runs: NSX locks an account after a few wrong ones.
const remembered = time.Minute

// login is one login. It never changes, so a call that it was lost for knows whether there has been another since.
type login struct {
	cookie  *http.Cookie // of a session; nil: there is none
	token   string       // the session's XSRF token
	header  string       // Authorization; empty: a session or a certificate
	version Version
}

// sign puts the login on a request.
func (l *login) sign(req *http.Request) {
	if l.cookie != nil {
		req.AddCookie(l.cookie)
		req.Header.Set("X-XSRF-TOKEN", l.token)
	}
	if l.header != "" {
		req.Header.Set("Authorization", l.header)
	}
}

// enter returns the current login, and makes one if there is none or NSX has lost it.
func (s *session) enter(ctx context.Context, c *Client, lost *login) (*login, error) {
	if in := s.current.Load(); in != nil && in != lost {
		return in, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if in := s.current.Load(); in != nil && in != lost {
		return in, nil
	}
	if s.refused != nil && (s.until.IsZero() || time.Now().Before(s.until)) {
		return nil, s.refused
	}
	if lost != nil {
		logging.NSX.Info(ctx, "the session was lost and is made anew")
	}
	in, final, err := s.open(ctx, c)
	if err != nil {
		s.remember(ctx, err, final)
		return nil, err
	}
	s.current.Store(in)
	return in, nil
}

func (s *session) remember(ctx context.Context, err error, final bool) {
	s.current.Store(nil)
	if ctx.Err() != nil {
		return // the caller went, which tells nothing about NSX
	}
	s.refused, s.until = err, time.Now().Add(remembered)
	if final {
		s.until = time.Time{}
	}
}

// open logs in and, the first time, learns the version. A failure is final where trying again could lock the account.
func (s *session) open(ctx context.Context, c *Client) (in *login, final bool, err error) {
	in = &login{}
	switch user := c.cfg.User + ":" + c.cfg.Password; {
	case c.cfg.Certificate != "":
	case c.cfg.Auth == AuthBasic:
		in.header = "Basic " + base64.StdEncoding.EncodeToString([]byte(user))
	case c.cfg.Auth == AuthRemote:
		in.header = "Remote " + base64.StdEncoding.EncodeToString([]byte(user))
	default:
		if final, err = c.createSession(ctx, in); err != nil {
			return nil, final, err
		}
	}
	if in.cookie == nil || s.version == (Version{}) {
		if s.version, final, err = c.readVersion(ctx, in); err != nil {
			return nil, final, err
		}
	}
	in.version = s.version
	return in, false, nil
}

// createSession logs in with user and password. NSX answers with a cookie and an XSRF token, which every later call needs (NSX API,
// /api/session/create).
func (c *Client) createSession(ctx context.Context, in *login) (final bool, err error) {
	form := url.Values{"j_username": {c.cfg.User}, "j_password": {c.cfg.Password}}
	tries := 0
	may := func(a answer, err error) bool { // one try too many does not lock the account, and more might
		tries++
		return busy(a, err) || tries == 1 && putOff(a, err)
	}
	if c.session.version != (Version{}) { // the password was right
		may = putOff
	}
	a, err := c.patiently(ctx, request{method: http.MethodPost, path: "/api/session/create", kind: "application/x-www-form-urlencoded",
		body: []byte(form.Encode())}, in, may)
	switch {
	case err != nil:
		return false, c.unanswered(ctx, err)
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return true, c.refusedLogin()
	case busy(a, nil):
		return false, c.stillBusy(a)
	}
	for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
		if cookie.Name == "JSESSIONID" {
			in.cookie = &http.Cookie{Name: cookie.Name, Value: cookie.Value}
		}
	}
	in.token = a.header.Get("X-XSRF-TOKEN")
	if !a.ok() || in.cookie == nil {
		return false, c.noManager(a)
	}
	return false, nil
}

// refusedLogin tells that NSX does not let the user in.
func (c *Client) refusedLogin() error {
	if c.cfg.Certificate != "" {
		return openstack.ProviderErrorf("nsx.client_auth_cert_file", "NSX at %s does not accept the certificate: register it for a principal "+
			"identity, or check whether it has expired", c.Server())
	}
	return openstack.ProviderErrorf("nsx.user", "NSX at %s refuses the user name or password of %q: check user, password and auth "+
		"(NSXT_USERNAME, NSXT_PASSWORD), and whether the account is locked, of which NSX says no more", c.Server(), c.cfg.User)
}

// noManager tells that what answered is no NSX Manager.
func (c *Client) noManager(a answer) error {
	return openstack.ProviderErrorf("nsx.server", "%s answers, but not as an NSX Manager does (%d %s): check server (NSXT_MANAGER_HOST), "+
		"which is the manager's address or its cluster's, not a vCenter's", c.Server(), a.status, http.StatusText(a.status))
}

// stillBusy tells that NSX has put a call off as often as one waits for it.
func (c *Client) stillBusy(a answer) error {
	return fmt.Errorf("NSX at %s is busy or starting (%d %s), however often it was asked: apply again later", c.Server(), a.status,
		http.StatusText(a.status))
}
