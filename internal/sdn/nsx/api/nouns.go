// SPDX-License-Identifier: MPL-2.0

package api

import (
	"fmt"
	"strings"
)

// noun is what the objects of one collection are in OpenStack.
type noun struct {
	one, many string
	whole     bool // an object of it is one of a kind in its parent: errors do not tell its id
}

// nouns has a row for each collection of the Policy API that is used. The others are called by their name in NSX.
var nouns = map[string]noun{
	"segments":                            {one: "network", many: "networks"},
	"ports":                               {one: "port", many: "ports"},
	"port-security-profile-binding-maps":  {one: "the port security", many: "the port security", whole: true},
	"port-qos-profile-binding-maps":       {one: "the QoS policy", many: "the QoS policy", whole: true},
	"segment-qos-profile-binding-maps":    {one: "the QoS policy", many: "the QoS policy", whole: true},
	"qos-profiles":                        {one: "QoS policy", many: "QoS policies"},
	"port-discovery-profile-binding-maps": {one: "the address discovery", many: "the address discovery", whole: true},
	"dhcp-server-configs":                 {one: "DHCP server", many: "DHCP servers"},
	"dhcp-static-binding-configs":         {one: "DHCP binding", many: "DHCP bindings"},
	"transport-zones":                     {one: "transport zone", many: "transport zones"},
	"edge-clusters":                       {one: "edge cluster", many: "edge clusters"},
	"spoofguard-profiles":                 {one: "spoof guard profile", many: "spoof guard profiles"},
	"segment-security-profiles":           {one: "segment security profile", many: "segment security profiles"},
	"mac-discovery-profiles":              {one: "MAC discovery profile", many: "MAC discovery profiles"},
	"ip-discovery-profiles":               {one: "IP discovery profile", many: "IP discovery profiles"},
	"groups":                              {one: "security group", many: "security groups"},
	"security-policies":                   {one: "firewall policy of security group", many: "firewall policies"},
	"rules":                               {one: "security group rule", many: "security group rules"},
	"tier-0s":                             {one: "external network", many: "external networks"},
	"tier-1s":                             {one: "router", many: "routers"},
	"locale-services":                     {one: "the service router", many: "the service routers", whole: true},
	"interfaces":                          {one: "interface", many: "interfaces"},
	"static-routes":                       {one: "route", many: "routes"},
	"nat-rules":                           {one: "NAT rule", many: "NAT rules"},
	"services":                            {one: "service", many: "services"},
	"projects":                            {one: "project", many: "projects"},
	"realized-state":                      {one: "the realized state", many: "the realized state", whole: true},
	"state":                               {one: "the state", many: "the state", whole: true},
	"search":                              {one: "the search of NSX", many: "the search of NSX", whole: true},
}

// passed are collections that only lead to others, and tell nobody anything.
var passed = map[string]bool{"sites": true, "enforcement-points": true, "domains": true, "orgs": true, "nat": true}

// Name tells the name of an object, by its policy path, for errors about it.
func (c *Client) Name(path, name string) {
	if name != "" {
		c.names.Store(path, name)
	}
}

// Noun tells what a policy path is in OpenStack: network "web", or the ports of network "web". An object whose name is not known is told
// by its id.
func (c *Client) Noun(path string) string {
	tree, rest, found := strings.Cut(path, infra+"/")
	if !found {
		tree, rest = "", strings.Trim(path, "/")
	} else {
		tree += infra + "/"
	}
	parts := strings.Split(rest, "/")
	text := ""
	for i := 0; i < len(parts); i += 2 {
		if passed[parts[i]] {
			continue
		}
		here := c.step(tree, parts[:min(i+2, len(parts))], i+1 == len(parts))
		if text != "" {
			here += " of " + text
		}
		text = here
	}
	if text == "" {
		return path
	}
	return text
}

// step tells what one step of a path is: a collection and an id, or a collection alone, at the end.
func (c *Client) step(tree string, parts []string, alone bool) string {
	collection, id := parts[len(parts)-1], ""
	if !alone {
		collection, id = parts[len(parts)-2], parts[len(parts)-1]
	}
	is, known := nouns[collection]
	if !known {
		words := strings.ReplaceAll(collection, "-", " ")
		is = noun{one: strings.TrimSuffix(words, "s"), many: words}
	}
	switch {
	case is.whole:
		return is.one
	case alone:
		return "the " + is.many
	}
	if name, known := c.names.Load(tree + strings.Join(parts, "/")); known {
		return fmt.Sprintf("%s %q", is.one, name)
	}
	return is.one + " " + id
}

// nounsOf tells what several policy paths are.
func (c *Client) nounsOf(paths []string) string {
	var out []string
	for _, path := range paths {
		out = append(out, c.Noun(path))
	}
	return strings.Join(out, " and ")
}
