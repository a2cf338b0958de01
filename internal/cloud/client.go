// SPDX-License-Identifier: MPL-2.0

// Package cloud reads a real OpenStack cloud: flavors, images, key pairs, networks and servers. No other room talks to one, and this room
// never writes.
package cloud

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Client is one provider process's access to one OpenStack cloud. It logs in when first used, and fetches each kind of object once. Its
// methods may be called concurrently.
type Client struct {
	name      string
	auth      gophercloud.AuthOptions
	region    string
	endpoints string // which of a service's endpoints to use: public, internal or admin
	trust     string // advice for an untrusted certificate
	agent     string
	insecure  bool
	http      http.Client

	session  shared[*session]
	compute  shared[microversion]
	flavors  shared[[]openstack.Flavor]
	images   shared[[]openstack.Image]
	keyPairs shared[[]openstack.KeyPair]
	networks shared[[]openstack.Network]
	servers  shared[[]openstack.Server]
	own      atomic.Bool // servers holds only those of the project, because the user may not see others
}

var _ openstack.Cloud = (*Client)(nil)

// New prepares a client. It reads files (clouds.yaml, certificates) but makes no call. An error in the configuration is an
// openstack.FieldError for an argument of the block.
func New(cfg Config) (*Client, error) {
	entry, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	c := &Client{name: cfg.name(entry), auth: entry.auth, region: entry.region, endpoints: entry.endpoints, trust: cfg.trust(),
		agent: cfg.UserAgent, insecure: entry.tls.InsecureSkipVerify}
	c.http = http.Client{Transport: retrying(transport(entry.tls)), Timeout: callTimeout}
	return c, nil
}

// Name returns the cloud's name for messages: the one in clouds.yaml, else its auth_url.
func (c *Client) Name() string { return c.name }

// Secrets returns the secrets of the login, so that logs can mask them.
func (c *Client) Secrets() []string {
	return []string{c.auth.Password, c.auth.TokenID, c.auth.ApplicationCredentialSecret, c.auth.Passcode}
}

// Insecure reports whether any certificate is accepted.
func (c *Client) Insecure() bool { return c.insecure }

// Flavors returns all flavors visible to the user, with their extra specs, smallest first.
func (c *Client) Flavors(ctx context.Context) ([]openstack.Flavor, error) {
	return ask(ctx, c, &c.flavors, "flavors", c.listFlavors)
}

// Images returns all active images visible to the user.
func (c *Client) Images(ctx context.Context) ([]openstack.Image, error) {
	return ask(ctx, c, &c.images, "images", c.listImages)
}

// KeyPairs returns the user's key pairs.
func (c *Client) KeyPairs(ctx context.Context) ([]openstack.KeyPair, error) {
	return ask(ctx, c, &c.keyPairs, "key pairs", c.listKeyPairs)
}

// Networks returns all networks visible to the user.
func (c *Client) Networks(ctx context.Context) ([]openstack.Network, error) {
	return ask(ctx, c, &c.networks, "networks", c.listNetworks)
}

// Servers returns the servers of every project if the user may list them, else those of the user's project.
func (c *Client) Servers(ctx context.Context) ([]openstack.Server, error) {
	return ask(ctx, c, &c.servers, "servers", c.listServers)
}

// AllServers returns the servers of every project, or an error if the user may not list them.
func (c *Client) AllServers(ctx context.Context) ([]openstack.Server, error) {
	all, err := c.Servers(ctx)
	if err == nil && c.own.Load() {
		err = c.explain("servers of all projects", refuse("its compute service shows this user those of one project alone: use a user who may "+
			"see all of them (os_compute_api:servers:detail:get_all_tenants, which is an administrator's)"))
	}
	return all, err
}

// ask returns the shared list of one kind. Its error tells which cloud was asked for what.
func ask[T any](ctx context.Context, c *Client, kind *shared[[]T], what string, list func(context.Context) ([]T, error)) ([]T, error) {
	answer, err := kind.get(ctx, func(ctx context.Context) ([]T, error) {
		all, err := list(ctx)
		return all, c.explain(what, err)
	})
	if err != nil && ctx.Err() != nil {
		return nil, c.explain(what, err)
	}
	return answer, err
}
