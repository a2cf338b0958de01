// SPDX-License-Identifier: MPL-2.0

package api

import (
	"net/url"
	"strings"
)

// policy is where the Policy API stands under the manager's address.
const policy = "/policy/api/v1"

// infra is the tree of the default space, which also holds what projects share: transport zones, edge clusters, tier-0 gateways.
const infra = "/infra"

func projectPath(id string) string { return "/orgs/default/projects/" + part(id) }

// root returns the policy path of the tree in which objects are made.
func (cfg Config) root() string {
	if cfg.Project == "" {
		return infra
	}
	return projectPath(cfg.Project) + infra
}

// Root returns the policy path of the tree in which objects are made: /infra, or that of the project.
func (c *Client) Root() string { return c.root }

// Path returns the policy path of an object or a list under Root, from collections and ids in turn. An id that is empty or would lead to
// another object becomes one that no object has.
func (c *Client) Path(parts ...string) string { return join(c.root, parts) }

// SharedPath is Path for what belongs to no project: transport zones, edge clusters and tier-0 gateways.
func (c *Client) SharedPath(parts ...string) string { return join(infra, parts) }

// EnforcementPath is Path under the enforcement point, which holds transport zones and edge clusters.
func (c *Client) EnforcementPath(parts ...string) string {
	point := c.cfg.EnforcementPoint
	if point == "" {
		point = "default"
	}
	return join(infra+"/sites/default/enforcement-points/"+part(point), parts)
}

func join(path string, parts []string) string {
	for _, p := range parts {
		path += "/" + part(p)
	}
	return path
}

// part makes one part of a path of an id that somebody may have mistyped. NSX's ids never hold a slash.
func part(id string) string {
	switch id {
	case "", ".", "..":
		return "%" + id
	}
	return strings.ReplaceAll(id, "/", "%2F")
}

// address returns the URL of a call. Each part of the path is escaped here, and nowhere before.
func (c *Client) address(r request) string {
	parts := strings.Split(r.path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	address := c.manager + strings.Join(parts, "/")
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	return address
}

func hostOf(address string) string { return strings.TrimPrefix(address, "https://") }
