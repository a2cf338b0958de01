// SPDX-License-Identifier: MPL-2.0

// Package privileges lists the vSphere privileges that this provider needs: for each call, for each of its fields, and on which object.
// The simulated vCenter checks calls against these tables, errors name missing privileges from them, and the documentation is generated
// from them.
package privileges

import (
	"regexp"
	"slices"
	"strings"
)

// Object is a kind of object that privileges are granted on. Its text is used in the documentation.
type Object string

// The kinds of objects. Each stands for the folder or the object on which the permission is granted.
const (
	Root       Object = "the vCenter's root"
	Datacenter Object = "the datacenter"
	Machines   Object = "the datacenter's VM folder" // and the folders and VMs in it
	Templates  Object = "the templates, or the folder above them"
	Hosts      Object = "the datacenter's host folder" // and the clusters and ESX hosts in it
	Pools      Object = "the cluster or resource pool"
	Datastores Object = "the datastores"
	Networks   Object = "the networks"
	Switches   Object = "the distributed switches"
	Portgroups Object = "the networks' folder" // and the switches and portgroups in it
	Libraries  Object = "the content libraries"
)

// objects is the order in which objects are listed.
var objects = []Object{Root, Libraries, Datacenter, Machines, Templates, Pools, Hosts, Datastores, Networks, Switches, Portgroups}

// From tells how to find, from a call, the object that is checked.
type From int

// Called is the object that the method is called on, Parent is the object that contains it, Given are the objects that the call names,
// and TheRoot is the root folder, for calls about no object of the inventory.
const (
	Called From = iota
	Parent
	Given
	TheRoot
)

// Ask is something that may need a privilege: a call, if Field is empty, or a field of the call that is set.
type Ask struct {
	Call  string // "VirtualMachine.ReconfigVM_Task", or "POST /rest/com/vmware/cis/tagging/tag"
	Field string // "config.memoryMB", "config.deviceChange: add disk"
}

// Need is a privilege that an Ask requires on an object.
type Need struct {
	Privilege string // its id; empty: none besides the call's
	On        Object
	From      From
}

// Granted is a privilege on an object.
type Granted struct {
	On        Object
	Privilege string
}

// row is one requirement of an ask. A call without any row has not been looked up in the documentation.
type row struct {
	Ask
	Need
}

// Needs returns what an ask requires; known reports whether the tables have it.
func Needs(ask Ask) (needs []Need, known bool) {
	found, known := byAsk[ask]
	return found, known
}

var byAsk = func() map[Ask][]Need {
	all := map[Ask][]Need{}
	for _, r := range slices.Concat(calls, configuration(), placement()) {
		if all[r.Ask] == nil {
			all[r.Ask] = []Need{}
		}
		if r.Privilege != "" {
			all[r.Ask] = append(all[r.Ask], r.Need)
		}
	}
	return all
}()

// Implied reports whether vCenter includes a privilege in every role.
func Implied(privilege string) bool {
	return privilege == "System.Anonymous" || privilege == "System.View" || privilege == "System.Read"
}

// All returns the ids of all privileges in the tables, sorted.
func All() []string {
	seen := map[string]bool{}
	for _, needs := range byAsk {
		for _, n := range needs {
			seen[n.Privilege] = true
		}
	}
	var out []string
	for id := range seen {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// anIdentifier matches a path segment that names one object: "id:urn:...", a UUID, "vm-12".
var anIdentifier = regexp.MustCompile(`^(id:.*|urn:.*|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[a-z-]+-[0-9]+)$`)

// libraryData is where files of a content library's items are sent.
const libraryData = "/rest/com/vmware/cis/data/"

// RESTCall returns the name that the tables use for a call that is not SOAP: the verb, the path with identifiers replaced by {id}, and
// the action.
func RESTCall(verb, path, action string) string {
	if file, ok := strings.CutPrefix(path, "/folder/"); ok && file != "" {
		return verb + " /folder/{file}"
	}
	if strings.HasPrefix(path, libraryData) {
		return verb + " " + libraryData + "{file}"
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if anIdentifier.MatchString(s) {
			segments[i] = "{id}"
		}
	}
	name := verb + " " + strings.Join(segments, "/")
	if action != "" {
		name += "?~action=" + action
	}
	return name
}

// Calls returns all calls in the tables, sorted.
func Calls() (out []string) {
	for ask := range byAsk {
		if ask.Field == "" {
			out = append(out, ask.Call)
		}
	}
	slices.Sort(out)
	return out
}
