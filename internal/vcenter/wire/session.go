package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-version"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

const (
	dialTimeout   = 10 * time.Second
	minAPIVersion = "7.0" // the oldest vCenter whose API this provider was written for
)

// session is one login per protocol, made when first needed, renewed by the wire and ended by close.
type session struct {
	cfg Config

	mu      sync.Mutex
	soap    *vim25.Client // nil until the first call
	rest    *rest.Client  // nil until the first REST call
	refused error         // why the first contact failed: asking again for every resource would lock the account

	soapRenewer, restRenewer sessionRenewer
	silence                  silence
}

func newSession(cfg Config) *session { return &session{cfg: cfg} }

// vim gives the SOAP client, logged in.
func (s *session) vim(ctx context.Context) (*vim25.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.soap != nil || s.refused != nil {
		return s.soap, s.refused
	}
	client, err := s.open(ctx)
	if err != nil && ctx.Err() == nil {
		s.refused = err
	}
	s.soap = client
	return client, err
}

// firstContact is how long greeting and login may take together.
const firstContact = 30 * time.Second

// open makes the first contact and logs in.
func (s *session) open(ctx context.Context) (*vim25.Client, error) {
	raw, err := s.dial()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(ctx, min(s.cfg.APITimeout, firstContact))
	defer stop()
	plain, err := s.greet(ctx, raw)
	if err != nil {
		return nil, err
	}
	login := func(ctx context.Context) error { return s.loginSOAP(ctx, plain) }
	if err := login(ctx); err != nil {
		return nil, s.explainLogin(err)
	}
	again := func(ctx context.Context) error {
		err := login(ctx)
		if IsFault[*types.InvalidLogin](err) && loggedIn(ctx, plain) {
			return nil
		}
		return err
	}
	plain.RoundTripper = &soapTransport{next: raw, renewer: &s.soapRenewer, login: again, timeout: s.cfg.APITimeout, server: s.cfg.Server,
		silence: &s.silence, refused: s.explainLogin,
		denied: func(ctx context.Context, err error) error { return s.denied(ctx, plain, err) }}
	return plain, nil
}

// loggedIn asks whether there is a session after all: of a login that was cut off, the cookie may have arrived and the rest not,
// and the server refuses another login over a session that is good.
func loggedIn(ctx context.Context, plain *vim25.Client) bool {
	manager := *plain.ServiceContent.SessionManager
	res, err := methods.RetrievePropertiesEx(ctx, plain.Client, &types.RetrievePropertiesEx{This: plain.ServiceContent.PropertyCollector,
		SpecSet: FilterSpecs([]PropertyQuery{{manager, []string{"currentSession"}}}, nil)})
	if err != nil || res.Returnval == nil {
		return false
	}
	var found mo.SessionManager
	err = mo.LoadObjectContent(res.Returnval.Objects, &found)
	return err == nil && found.CurrentSession != nil
}

// api gives the REST client, logged in. The SOAP side goes first: it checks certificate and version in words.
func (s *session) api(ctx context.Context) (*rest.Client, error) {
	vim, err := s.vim(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rest != nil {
		return s.rest, nil
	}
	client := rest.NewClient(vim)
	client.Transport = &loggedTransport{client.Transport}
	login := func(ctx context.Context) error { return client.Login(ctx, s.userinfo()) }
	first, stop := context.WithTimeout(ctx, min(s.cfg.APITimeout, firstContact))
	defer stop()
	if err := login(first); err != nil {
		return nil, s.explainLogin(err)
	}
	client.Transport = &restTransport{
		next: client.Transport, renewer: &s.restRenewer, timeout: s.cfg.APITimeout, current: func() string { return client.SessionID() },
		login:  func(ctx context.Context) error { client.SessionID(""); return login(ctx) },
		server: s.cfg.Server, silence: &s.silence, refused: s.explainLogin, denied: s.deniedREST,
	}
	s.rest = client
	return client, nil
}

func (s *session) userinfo() *url.Userinfo { return url.UserPassword(s.cfg.User, s.cfg.Password) }

// dial makes a client for the configured server; it opens no connection yet.
func (s *session) dial() (*soap.Client, error) {
	u, err := soap.ParseURL(s.cfg.Server)
	if err != nil || u == nil || u.Host == "" {
		return nil, fmt.Errorf("%q is not the address of a vCenter: write a host name, or host:port", s.cfg.Server)
	}
	u.User = nil
	client := soap.NewClient(u, s.cfg.Insecure)
	client.UserAgent = s.cfg.UserAgent
	if s.cfg.CAFile != "" {
		pool, err := authorities(s.cfg.CAFile)
		if err != nil {
			return nil, err
		}
		client.DefaultTransport().TLSClientConfig.RootCAs = pool
	}
	transport := client.DefaultTransport()
	transport.DialContext = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	transport.TLSHandshakeTimeout = dialTimeout
	transport.MaxIdleConnsPerHost = 16 // Terraform's default parallelism and some
	client.Transport = &loggedTransport{transport}
	return client, nil
}

// authorities reads certificates from PEM text, or from the files that a path list names.
func authorities(given string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if strings.Contains(given, "-----BEGIN") {
		if !pool.AppendCertsFromPEM([]byte(given)) {
			return nil, openstack.ProviderErrorf("ca_file", "the text holds no certificate that can be read")
		}
		return pool, nil
	}
	for _, name := range filepath.SplitList(given) {
		text, err := os.ReadFile(filepath.Clean(name))
		if err != nil {
			return nil, openstack.ProviderErrorf("ca_file", "it cannot be read: %w", err)
		}
		if !pool.AppendCertsFromPEM(text) {
			return nil, openstack.ProviderErrorf("ca_file", "%s holds no certificate in PEM form", name)
		}
	}
	return pool, nil
}

// greet learns the API version the server speaks and what it is; nothing of it needs a login.
func (s *session) greet(ctx context.Context, raw *soap.Client) (*vim25.Client, error) {
	raw.Namespace, raw.Version = "urn:"+vim25.Namespace, vim25.Version
	version, err := serviceVersion(ctx, raw)
	if err != nil {
		return nil, s.explainLogin(err)
	}
	if version != "" && OlderVersion(version, vim25.Version) {
		raw.Version = version
	}
	client, err := vim25.NewClient(ctx, raw)
	if err != nil {
		return nil, s.explainLogin(err)
	}
	about := client.ServiceContent.About
	if about.ApiType != "VirtualCenter" {
		return nil, fmt.Errorf("%s is %s, not a vCenter: name the vCenter that manages it", s.cfg.Server, about.FullName)
	}
	if OlderVersion(about.ApiVersion, minAPIVersion) {
		return nil, fmt.Errorf("%s is too old: it is %s (API %s), and this provider needs vCenter %s or later", s.cfg.Server, about.FullName,
			about.ApiVersion, minAPIVersion)
	}
	return client, nil
}

// serviceVersion asks for the newest API version that the server speaks; older servers refuse a newer one.
func serviceVersion(ctx context.Context, raw *soap.Client) (string, error) {
	u := raw.URL()
	u.Path = "/sdk/vimServiceVersions.xml"
	req, err := http.NewRequest(http.MethodGet, u.String(), nil)
	if err != nil {
		return "", err
	}
	var answer announcement
	err = raw.Do(ctx, req, func(res *http.Response) error {
		if res.StatusCode != http.StatusOK {
			return nil // a server without the file gets our own version
		}
		return xml.NewDecoder(res.Body).Decode(&answer)
	})
	return answer.version(), err
}

// announcement is what a server says of the API versions that it speaks: each namespace has its newest and those before it.
type announcement struct {
	Namespaces []struct {
		Name    string   `xml:"name"`
		Version string   `xml:"version"`
		Prior   []string `xml:"priorVersions>version"`
	} `xml:"namespace"`
}

// version is the newest of vim25 that is a number; empty where there is none. A development build's newest is a name, and the numbers are
// among those before it.
func (a announcement) version() (newest string) {
	for _, n := range a.Namespaces {
		if n.Name != "urn:"+vim25.Namespace {
			continue
		}
		for _, version := range append([]string{n.Version}, n.Prior...) {
			if version = strings.TrimSpace(version); numericVersion.MatchString(version) && (newest == "" || OlderVersion(newest, version)) {
				newest = version
			}
		}
	}
	return newest
}

var numericVersion = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*$`)

// OlderVersion compares dotted numbers: 6.7.3 is older than 7.0. What is no version is older than any.
func OlderVersion(have, want string) bool {
	w, err := version.NewVersion(want)
	if err != nil {
		return false
	}
	h, err := version.NewVersion(have)
	return err != nil || h.LessThan(w)
}

func (s *session) loginSOAP(ctx context.Context, plain *vim25.Client) error {
	_, err := methods.Login(ctx, plain.Client, &types.Login{
		This: *plain.ServiceContent.SessionManager, UserName: s.cfg.User, Password: s.cfg.Password, Locale: "en_US",
	})
	return err
}

// loginError is a login that did not come about, in one sentence. Nobody tries it again on the way: a vCenter locks accounts.
type loginError struct{ error }

// Unwrap is the sentence.
func (e *loginError) Unwrap() error { return e.error }

// explainLogin turns what a failed first contact says into one sentence.
func (s *session) explainLogin(err error) error {
	var said *SilenceError
	if errors.As(err, &said) {
		return said
	}
	if sentence := s.loginSentence(err); sentence != nil {
		return &loginError{sentence}
	}
	return &SilenceError{server: s.cfg.Server, err: err}
}

// loginSentence is what is known of a failed login; nil where it is the server's silence.
func (s *session) loginSentence(err error) error {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case soap.IsSoapFault(err) && IsFault[*types.InvalidLogin](err), rest.IsStatusError(err, http.StatusUnauthorized):
		return fmt.Errorf("%s refuses the user name or password of %q: check user and password (VSPHERE_USER, VSPHERE_PASSWORD), and whether "+
			"the account is locked or its password has expired, of which a vCenter says no more", s.cfg.Server, s.cfg.User)
	case IsFault[*types.PasswordExpired](err):
		return fmt.Errorf("%s says that the password of %q has expired: set another one, and write it in password (VSPHERE_PASSWORD)",
			s.cfg.Server, s.cfg.User)
	case IsFault[*types.NoPermission](err):
		return fmt.Errorf("%s lets %q in nowhere: the account has no permission to log in to this vCenter", s.cfg.Server, s.cfg.User)
	case untrusted(err):
		return fmt.Errorf("the certificate of %s is not trusted (%w): set ca_file to the authority that signed it, or allow_unverified_ssl = "+
			"true to accept any", s.cfg.Server, certificateCause(err))
	case errors.As(err, &dns):
		return fmt.Errorf("the host name in %q cannot be resolved: check vsphere_server (VSPHERE_SERVER)", s.cfg.Server)
	case errors.As(err, &op) && op.Op == "dial", errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s cannot be reached (%s): check vsphere_server (VSPHERE_SERVER) and the way to it", s.cfg.Server, shortCause(err))
	}
	return nil
}

// untrusted says that the server's certificate was looked at and not accepted, for whatever reason.
func untrusted(err error) bool {
	var refused *tls.CertificateVerificationError
	return errors.As(err, &refused) || soap.IsCertificateUntrusted(err)
}

// certificateCause is the innermost error: what is wrong with the certificate, without the request around it.
func certificateCause(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

func shortCause(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	return certificateCause(err).Error()
}

// close logs out wherever there was a login. Terraform kills a provider two seconds after it asked it to go.
func (s *session) close(ctx context.Context) error {
	vim, api, err := s.take(ctx)
	if err != nil {
		return err
	}
	var failed [2]error
	var both sync.WaitGroup
	if api != nil {
		both.Go(func() { failed[0] = logoutREST(ctx, api) })
	}
	if vim != nil {
		both.Go(func() {
			_, err := methods.Logout(ctx, vim.Client, &types.Logout{This: *vim.ServiceContent.SessionManager})
			if !IsFault[*types.NotAuthenticated](err) { // a session that is over needs no end
				failed[1] = err
			}
		})
	}
	both.Wait()
	return errors.Join(failed[:]...)
}

// take gives the clients away. Whoever is logging in at this moment is not waited for longer than the context allows.
func (s *session) take(ctx context.Context) (*vim25.Client, *rest.Client, error) {
	free := make(chan struct{})
	var vim *vim25.Client
	var api *rest.Client
	go func() {
		defer close(free)
		s.mu.Lock()
		defer s.mu.Unlock()
		if ctx.Err() == nil {
			vim, api, s.soap, s.rest = s.soap, s.rest, nil, nil
		}
	}()
	select {
	case <-free:
		return vim, api, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// logoutREST passes the wire by: its path is the login's own, so that a lost session is not renewed to be ended.
func logoutREST(ctx context.Context, api *rest.Client) error {
	err := api.Logout(ctx)
	if rest.IsStatusError(err, http.StatusUnauthorized) {
		return nil
	}
	return err
}
