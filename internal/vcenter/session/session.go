// SPDX-License-Identifier: MPL-2.0

// Package session logs in to a vCenter and carries single calls. It logs in once per protocol, renews a lost session, repeats calls
// where that does no harm, and explains refusals and a silent server.
package session

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// Session holds one login per protocol, made when first needed, renewed by the transports and ended by Close.
type Session struct {
	cfg Config

	mu      sync.Mutex
	soap    *vim25.Client // nil until the first call
	rest    *rest.Client  // nil until the first REST call
	vslm    *Vslm         // nil until the first lookup of a first class disk
	refused error         // why the first contact failed: trying again for every resource would lock the account

	soapRenewer, restRenewer sessionRenewer
	silence                  silence
}

// New returns a Session without calling the network.
func New(cfg Config) *Session { return &Session{cfg: cfg} }

// Patience returns how long one call may stay unanswered, repetitions included.
func (s *Session) Patience() time.Duration { return s.cfg.APITimeout }

// Vim returns the SOAP client, logged in.
func (s *Session) Vim(ctx context.Context) (*vim25.Client, error) {
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

// firstContact is how long the first contact and the login may take together.
const firstContact = 30 * time.Second

// open makes the first contact and logs in.
func (s *Session) open(ctx context.Context) (*vim25.Client, error) {
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
	if err := s.loginSOAP(ctx, plain); err != nil {
		return nil, s.explainLogin(err)
	}
	plain.RoundTripper = s.renewing(raw, plain)
	return plain, nil
}

// renewing sends calls to one of the vCenter's SOAP endpoints, which all share a session.
func (s *Session) renewing(endpoint *soap.Client, plain *vim25.Client) *soapTransport {
	again := func(ctx context.Context) error {
		err := s.loginSOAP(ctx, plain)
		if faults.Is[*types.InvalidLogin](err) && loggedIn(ctx, plain) {
			return nil
		}
		return err
	}
	return &soapTransport{next: endpoint, renewer: &s.soapRenewer, login: again, timeout: s.cfg.APITimeout, server: s.cfg.Server,
		silence: &s.silence, refused: s.explainLogin,
		denied: func(ctx context.Context, err error) error { return s.Denied(ctx, plain, err) }}
}

// API returns the REST client, logged in. It logs in to SOAP first, where certificate and version are checked and explained.
func (s *Session) API(ctx context.Context) (*rest.Client, error) {
	vim, err := s.Vim(ctx)
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
		server: s.cfg.Server, silence: &s.silence, refused: s.explainLogin,
		denied: func(req *http.Request, status int) error { return faults.DeniedREST(s.cfg.User, req, status) },
	}
	s.rest = client
	return client, nil
}

// Close logs out of each protocol that was logged in to. Terraform kills a provider two seconds after asking it to stop.
func (s *Session) Close(ctx context.Context) error {
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
			if !faults.Is[*types.NotAuthenticated](err) { // a session that has expired needs no logout
				failed[1] = err
			}
		})
	}
	both.Wait()
	return errors.Join(failed[:]...)
}

// take removes the clients from the session and returns them. It waits for a login under way no longer than the context allows.
func (s *Session) take(ctx context.Context) (*vim25.Client, *rest.Client, error) {
	free := make(chan struct{})
	var vim *vim25.Client
	var api *rest.Client
	go func() {
		defer close(free)
		s.mu.Lock()
		defer s.mu.Unlock()
		if ctx.Err() == nil {
			vim, api, s.soap, s.rest, s.vslm = s.soap, s.rest, nil, nil, nil
		}
	}()
	select {
	case <-free:
		return vim, api, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// logoutREST logs out. restTransport does not renew a session for this path, which is the login's own.
func logoutREST(ctx context.Context, api *rest.Client) error {
	err := api.Logout(ctx)
	if rest.IsStatusError(err, http.StatusUnauthorized) {
		return nil
	}
	return err
}

// Config describes how to reach a vCenter.
type Config struct {
	Server     string        // host or host:port
	User       string        // for example administrator@vsphere.local
	Password   string        // never printed
	Insecure   bool          // accept any certificate
	CAFile     string        // PEM text of the authorities to trust, or a file of it; several files are separated as in PATH
	APITimeout time.Duration // how long one call may stay unanswered, repetitions included
	UserAgent  string
}
