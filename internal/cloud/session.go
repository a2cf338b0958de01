// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	sdk "github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
)

// session is one login: a token, which is renewed when it expires, and the catalogue of services that came with it.
type session struct {
	client    *gophercloud.ProviderClient
	catalogue []tokens.CatalogEntry
}

// open returns the shared session, logging in if there is none.
func (c *Client) open(ctx context.Context) (*session, error) {
	return c.session.get(ctx, c.login)
}

func (c *Client) login(ctx context.Context) (*session, error) {
	client, err := sdk.NewClient(c.auth.IdentityEndpoint)
	if err != nil {
		return nil, &failure{service: identity, at: c.auth.IdentityEndpoint, err: err, login: true}
	}
	client.HTTPClient = c.http
	if c.agent != "" {
		client.UserAgent.Prepend(c.agent)
	}
	if err := sdk.Authenticate(ctx, client, c.auth); err != nil {
		return nil, &failure{service: identity, at: c.auth.IdentityEndpoint, err: err, login: true}
	}
	s := &session{client: client}
	answer, told := client.GetAuthResult().(interface {
		ExtractServiceCatalog() (*tokens.ServiceCatalog, error)
	})
	if !told {
		return nil, refuse("its identity service at %s speaks version 2 only, and this provider version 3: write the address of version 3 as "+
			"auth_url", c.auth.IdentityEndpoint)
	}
	catalogue, err := answer.ExtractServiceCatalog()
	if err != nil {
		return nil, &failure{service: identity, at: c.auth.IdentityEndpoint, err: err, login: true}
	}
	s.catalogue = catalogue.Entries
	return s, nil
}

// kind is a service of OpenStack.
type kind struct {
	name    string   // for messages
	types   []string // in catalogues
	version string   // appended to the endpoint if the catalogue leaves it out
}

var (
	identity = kind{name: "identity service"}
	compute  = kind{name: "compute service", types: []string{"compute"}}
	image    = kind{name: "image service", types: []string{"image"}, version: "v2"}
	network  = kind{name: "network service", types: []string{"network", "networking"}, version: "v2.0"}
)

// endpoint is a service and a client for its address.
type endpoint struct {
	kind   kind
	client *gophercloud.ServiceClient
}

// endpoint finds a service in the catalogue. It makes no call but the login.
func (c *Client) endpoint(ctx context.Context, k kind) (*endpoint, error) {
	s, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	var regions, interfaces []string
	for _, entry := range s.catalogue {
		if !slices.Contains(k.types, entry.Type) {
			continue
		}
		for _, e := range entry.Endpoints {
			switch region := first(e.RegionID, e.Region); {
			case c.region != "" && c.region != e.Region && c.region != e.RegionID:
				regions = append(regions, region)
			case e.Interface != c.endpoints:
				interfaces = append(interfaces, e.Interface)
			default:
				return &endpoint{k, &gophercloud.ServiceClient{ProviderClient: s.client, Type: k.types[0], Endpoint: base(e.URL, k.version)}}, nil
			}
		}
	}
	return nil, c.nowhere(k, len(s.catalogue) == 0, unique(regions), unique(interfaces))
}

// base returns an endpoint's address with its version, whether or not the catalogue has it.
func base(address, version string) string {
	address = strings.TrimRight(address, "/")
	if version != "" && !strings.HasSuffix(address, "/"+version) {
		address += "/" + version
	}
	return address + "/"
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// pageSize is the limit that each request for a page asks for: the largest that services allow by default.
const pageSize = "1000"

// list reads a collection, with one call for each page.
func list[T any](ctx context.Context, e *endpoint, path, key string, query url.Values) (all []T, header http.Header, err error) {
	query.Set("limit", pageSize)
	at := e.client.ServiceURL(path)
	for {
		var page map[string]json.RawMessage
		header, err = e.get(ctx, at+"?"+query.Encode(), &page)
		if err != nil {
			return nil, nil, err
		}
		var some []T
		err := json.Unmarshal(page[key], &some)
		if err == nil && some == nil { // null is no list, and not an empty one
			err = &json.UnmarshalTypeError{Value: "null", Type: reflect.TypeFor[[]T](), Field: key}
		}
		if err != nil {
			return nil, nil, &failure{service: e.kind, at: at, err: err}
		}
		all = append(all, some...)
		next := following(page, key)
		if len(some) == 0 || next == nil || next.Get("marker") == query.Get("marker") {
			return all, header, nil
		}
		query = next
	}
}

// get reads one JSON document.
func (e *endpoint) get(ctx context.Context, at string, into any) (http.Header, error) {
	res, err := e.client.Get(ctx, at, into, &gophercloud.RequestOpts{OkCodes: []int{http.StatusOK}})
	if err != nil {
		return nil, &failure{service: e.kind, at: e.client.Endpoint, err: err}
	}
	return res.Header, nil
}

// following returns the query for the next page, or nil after the last one. It takes only the query from the link: behind a proxy the
// link's host is often another one, which must not get the token.
func following(page map[string]json.RawMessage, key string) url.Values {
	var links []gophercloud.Link
	_ = json.Unmarshal(page[key+"_links"], &links) // most services send none
	var next string
	_ = json.Unmarshal(page["next"], &next) // the image service's form
	for _, l := range links {
		if l.Rel == "next" {
			next = l.Href
		}
	}
	u, err := url.Parse(next)
	if next == "" || err != nil {
		return nil
	}
	return u.Query()
}
