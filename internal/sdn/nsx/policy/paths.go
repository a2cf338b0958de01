// SPDX-License-Identifier: MPL-2.0

package policy

import "strings"

// Root is the path below which a tenant's objects are: "/infra", or "/orgs/default/projects/<project>/infra" in a project (NSX API,
// multi-tenancy). Paths are not escaped: objects refer to each other by them as they are.
type Root string

// Segment returns the path of a segment.
func (r Root) Segment(id string) string { return string(r) + "/segments/" + id }

// SegmentPorts returns the path of the list of a segment's ports.
func (r Root) SegmentPorts(segment string) string { return r.Segment(segment) + "/ports" }

// SegmentPort returns the path of a segment port.
func (r Root) SegmentPort(segment, id string) string { return r.SegmentPorts(segment) + "/" + id }

// PortSecurityMap returns the path of the map that binds a port to its spoof guard and segment security profiles. NSX allows one a port.
func (r Root) PortSecurityMap(segment, port string) string {
	return r.SegmentPort(segment, port) + "/port-security-profile-binding-maps/DEFAULT"
}

// PortDiscoveryMap returns the path of the map that binds a port to its discovery profiles. NSX allows one a port.
func (r Root) PortDiscoveryMap(segment, port string) string {
	return r.SegmentPort(segment, port) + "/port-discovery-profile-binding-maps/DEFAULT"
}

// DHCPServerConfig returns the path of the DHCP server configuration of a network.
func (r Root) DHCPServerConfig(network string) string {
	return string(r) + "/dhcp-server-configs/" + network
}

// StaticBinding returns the path of a DHCP static binding by its id, which StaticBindings gives it.
func (r Root) StaticBinding(segment, id string) string {
	return r.Segment(segment) + "/dhcp-static-binding-configs/" + id
}

// after returns the part of a path that follows a collection: after("/infra/segments/s/ports/p", "segments") is "s".
func after(path, collection string) string {
	parts := strings.Split(path, "/")
	for i := range len(parts) - 1 {
		if parts[i] == collection {
			return parts[i+1]
		}
	}
	return ""
}

// IDOf returns the id of the object at a path.
func IDOf(path string) string { return path[strings.LastIndex(path, "/")+1:] }
