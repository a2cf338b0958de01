// SPDX-License-Identifier: MPL-2.0

// Package api is a client of NSX's Policy API: it logs in, limits and repeats calls, reads lists whole, and tells refusals in OpenStack's
// nouns. It knows no noun's body; internal/sdn/nsx/policy does.
package api

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Client is one provider process's access to one NSX Manager. It logs in when first used. Its methods may be called concurrently.
type Client struct {
	cfg     Config
	manager string // scheme and host of the manager's address
	root    string // policy path of the tree that belongs to us
	http    http.Client

	session session
	limiter *limiter
	locks   locks
	names   sync.Map // policy path -> display name, for errors
	project sync.Mutex
	found   bool // the project is known to exist; guarded by project

	retries pace // pauses before a call is repeated
	polls   pace // pauses between looks at what NSX finishes in the background
}

const (
	patience = 3 * time.Minute // one call, its repetitions included
	settling = time.Minute
	pause    = 200 * time.Millisecond
)

// New prepares a client. It reads files (certificates) but makes no call. An error in the configuration is an openstack.FieldError for an
// argument of the block `nsx`.
func New(cfg Config) (*Client, error) {
	manager, err := cfg.manager()
	if err != nil {
		return nil, err
	}
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	trust, err := cfg.trust()
	if err != nil {
		return nil, err
	}
	cfg.Timeout, cfg.Settle, cfg.Pause = cmp.Or(cfg.Timeout, patience), cmp.Or(cfg.Settle, settling), cmp.Or(cfg.Pause, pause)
	c := &Client{cfg: cfg, manager: manager, root: cfg.root(), retries: pace{first: cfg.Pause, longest: 25 * cfg.Pause},
		polls: pace{first: cfg.Pause / 4, longest: 5 * cfg.Pause}}
	c.http = http.Client{Transport: loggedTransport{transport(trust)}, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a redirection leads to a page for people, or to a host that must not see the password
	}}
	c.session.turn = make(chan struct{}, 1)
	c.limiter = newLimiter(cfg.Rate)
	return c, nil
}

// Server returns the manager's host, and its port where that is not 443.
func (c *Client) Server() string { return hostOf(c.manager) }

// Secrets returns the secrets of the login, so that logs can mask them.
func (c *Client) Secrets() []string { return []string{c.cfg.Password} }

// Insecure reports whether any certificate is accepted.
func (c *Client) Insecure() bool { return c.cfg.Insecure }

// Version returns the version of NSX, which is read once, with the login. An NSX before 3.2 is an error of every call.
func (c *Client) Version(ctx context.Context) (Version, error) {
	in, err := c.session.enter(ctx, c, nil)
	if err != nil {
		return Version{}, err
	}
	return in.version, nil
}

// Close ends the session, if there is one. Terraform kills a provider two seconds after asking it to stop.
func (c *Client) Close(ctx context.Context) error {
	select {
	case c.session.turn <- struct{}{}: // a login that is under way is waited for
		defer func() { <-c.session.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	in := c.session.current.Swap(nil)
	if in == nil || in.cookie == nil {
		return nil
	}
	a, err := c.exchange(ctx, request{method: http.MethodPost, path: "/api/session/destroy"}, in)
	if err == nil && (a.ok() || sessionLost(a)) { // a session that has expired needs no logout
		return nil
	}
	return c.unanswered(ctx, err)
}

// checkProject returns an error where the project does not exist, whose objects would all seem to be gone. It asks once.
func (c *Client) checkProject(ctx context.Context) error {
	if c.cfg.Project == "" {
		return nil
	}
	c.project.Lock()
	defer c.project.Unlock()
	if c.found {
		return nil
	}
	a, err := c.send(ctx, request{method: http.MethodGet, path: policy + projectPath(c.cfg.Project)})
	switch {
	case err != nil:
		return err
	case a.status == http.StatusNotFound:
		return openstack.ProviderErrorf("nsx.project", "NSX at %s has no project %q: write the id of one that exists, which stands in its path "+
			"(/orgs/default/projects/<id>)", c.Server(), c.cfg.Project)
	}
	c.found = true
	return nil
}
