// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Version is a version of NSX, for example 4.2.1. The zero value is one that NSX does not tell this user.
type Version struct{ Major, Minor, Patch int }

// oldest is the first NSX whose Policy API has all that is used, and projects the first that has projects.
var (
	oldest   = Version{Major: 3, Minor: 2}
	projects = Version{Major: 4, Minor: 1}
)

// AtLeast reports whether NSX is of this version or later. One that is not known counts as a current one.
func (v Version) AtLeast(major, minor int) bool {
	return v == (Version{}) || v.Major > major || v.Major == major && v.Minor >= minor
}

// String returns the version with its three numbers.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// readVersion asks NSX for its version, which also tests a login that is sent with every call.
func (c *Client) readVersion(ctx context.Context, in *login) (v Version, final bool, err error) {
	a, err := c.patiently(ctx, request{method: http.MethodGet, path: "/api/v1/node/version"}, in, busy)
	var told struct {
		Version string `json:"product_version"`
	}
	switch {
	case err != nil:
		return v, false, c.unanswered(ctx, err)
	case sessionLost(a):
		return v, true, c.refusedLogin()
	case a.status == http.StatusForbidden: // a user of a project need not see the manager itself
		return v, false, nil
	case busy(a, nil):
		return v, false, c.stillBusy(a)
	case !a.ok() || json.Unmarshal(a.body, &told) != nil:
		return v, false, c.noManager(a)
	}
	if n, _ := fmt.Sscanf(told.Version, "%d.%d.%d", &v.Major, &v.Minor, &v.Patch); n < 2 {
		return v, false, c.noManager(a)
	}
	if c.cfg.Project != "" && !v.AtLeast(projects.Major, projects.Minor) {
		return v, true, openstack.ProviderErrorf("nsx.project", "NSX at %s is %s, and has projects from %d.%d on: leave project out",
			c.Server(), told.Version, projects.Major, projects.Minor)
	}
	if !v.AtLeast(oldest.Major, oldest.Minor) {
		return v, true, openstack.ProviderErrorf("nsx.server", "NSX at %s is too old: it is %s, and this provider needs NSX %d.%d or later",
			c.Server(), told.Version, oldest.Major, oldest.Minor)
	}
	return v, false, nil
}
