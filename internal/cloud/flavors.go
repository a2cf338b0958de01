// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// wanted is the microversion of the compute API that the client requests: the first whose flavors contain their extra specs. It also has
// descriptions, tags, and servers that embed their flavor.
const wanted microversion = "2.61"

// microversion is a version of the compute API, such as "2.61". Empty: the API without microversions.
type microversion string

// before reports whether v is older than w.
func (v microversion) before(w microversion) bool {
	major, minor := v.parts()
	majorW, minorW := w.parts()
	return major < majorW || major == majorW && minor < minorW
}

func (v microversion) parts() (major, minor int) {
	a, b, _ := strings.Cut(string(v), ".")
	major, _ = strconv.Atoi(a)
	minor, _ = strconv.Atoi(b)
	return major, minor
}

// flavor is a flavor in the compute service's JSON.
type flavor struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	VCPUs       int64             `json:"vcpus"`
	RAM         int64             `json:"ram"`
	Disk        int64             `json:"disk"`
	Ephemeral   int64             `json:"OS-FLV-EXT-DATA:ephemeral"`
	Swap        number            `json:"swap"`
	RxTxFactor  float64           `json:"rxtx_factor"`
	IsPublic    *bool             `json:"os-flavor-access:is_public"`
	ExtraSpecs  map[string]string `json:"extra_specs"` // nil: the user may not see them
}

// number is an integer that may also be written as "", which means 0.
type number int64

// UnmarshalJSON accepts 512, "512" and "".
func (n *number) UnmarshalJSON(raw []byte) error {
	text := strings.Trim(string(raw), `"`)
	if text == "" || text == "null" {
		*n = 0
		return nil
	}
	value, err := strconv.ParseInt(text, 10, 64)
	*n = number(value)
	return err
}

// listFlavors makes one call if the cloud has microversion 2.61; of an older cloud it fetches the extra specs flavor by flavor.
func (c *Client) listFlavors(ctx context.Context) ([]openstack.Flavor, error) {
	all, spoken, at, err := listCompute[flavor](ctx, c, "flavors/detail", "flavors", url.Values{"is_public": {"None"}})
	if err != nil {
		return nil, err
	}
	if spoken.before(wanted) {
		if err := extraSpecs(ctx, at, all); err != nil {
			return nil, err
		}
	}
	out := make([]openstack.Flavor, len(all))
	for i, f := range all {
		if f.ExtraSpecs == nil {
			return nil, refuse("its compute service does not show this user the extra specs of flavors, without which a flavor would mean " +
				"something else here: ask the cloud's operator for the permission os_compute_api:os-flavor-extra-specs:index, or use another user")
		}
		out[i] = openstack.Flavor{ID: f.ID, Name: f.Name, Description: f.Description, VCPUs: f.VCPUs, RAM: f.RAM, Disk: f.Disk,
			Ephemeral: f.Ephemeral, Swap: int64(f.Swap),
			RxTxFactor: f.RxTxFactor, IsPublic: f.IsPublic == nil || *f.IsPublic, ExtraSpecs: f.ExtraSpecs}
	}
	openstack.SortFlavors(out)
	return out, nil
}

// together is the number of concurrent calls when extra specs are fetched flavor by flavor.
const together = 8

// extraSpecs fetches the extra specs of each flavor.
func extraSpecs(ctx context.Context, at *endpoint, all []flavor) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	slots := make(chan struct{}, together)
	var every sync.WaitGroup
	for i := range all {
		slots <- struct{}{}
		every.Go(func() {
			defer func() { <-slots }()
			var answer struct {
				ExtraSpecs map[string]string `json:"extra_specs"`
			}
			if _, err := at.get(ctx, at.client.ServiceURL("flavors", url.PathEscape(all[i].ID), "os-extra_specs"), &answer); err != nil {
				stop(err) // the first error counts, and cancels the others
				return
			}
			if all[i].ExtraSpecs = answer.ExtraSpecs; answer.ExtraSpecs == nil {
				all[i].ExtraSpecs = map[string]string{}
			}
		})
	}
	every.Wait()
	return context.Cause(ctx)
}

// listCompute reads a collection of the compute service in the newest version that both sides support, and returns that version.
func listCompute[T any](ctx context.Context, c *Client, path, key string, query url.Values) (all []T, spoken microversion, at *endpoint,
	err error) {
	if at, err = c.endpoint(ctx, compute); err != nil {
		return nil, "", nil, err
	}
	at.client.Microversion = string(wanted)
	all, header, err := list[T](ctx, at, path, key, query)
	if isStatus(err, http.StatusNotAcceptable) {
		newest, failed := c.compute.get(ctx, func(ctx context.Context) (microversion, error) { return newest(ctx, at) })
		if failed != nil {
			return nil, "", nil, failed
		}
		at.client.Microversion = string(newest)
		all, header, err = list[T](ctx, at, path, key, query)
	}
	_, version, _ := strings.Cut(header.Get("OpenStack-API-Version"), " ")
	return all, microversion(first(version, header.Get("X-OpenStack-Nova-API-Version"))), at, err
}

// newest returns the newest version that the compute service announces at its root address.
func newest(ctx context.Context, at *endpoint) (microversion, error) {
	plain := &endpoint{at.kind, &gophercloud.ServiceClient{ProviderClient: at.client.ProviderClient, Type: at.client.Type,
		Endpoint: at.client.Endpoint}}
	var answer struct {
		Version struct {
			Version microversion `json:"version"`
		} `json:"version"`
	}
	_, err := plain.get(ctx, root(at.client.Endpoint), &answer)
	return answer.Version.Version, err
}

// root returns a compute endpoint without the project that old catalogues append to its version.
func root(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "v2") {
			u.Path = "/" + strings.Join(parts[:i+1], "/") + "/"
			return u.String()
		}
	}
	return address
}

// isStatus reports whether a service answered with this status.
func isStatus(err error, status int) bool { return gophercloud.ResponseCodeIs(err, status) }
