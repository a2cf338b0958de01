// Package privileges says which privileges of vSphere this provider needs: for which call, for which field of it and on which object. The
// simulated vCenter checks them from these tables, errors name them by these tables, and the documentation is written from them.
package privileges

import (
	"regexp"
	"slices"
	"strings"
)

// Object is a kind of object that privileges are granted on. The text is how documentation calls it.
type Object string

// The kinds of objects, each of which stands for the folder or the object that its permission is given on.
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

// objects is the order in which they are listed.
var objects = []Object{Root, Libraries, Datacenter, Machines, Templates, Pools, Hosts, Datastores, Networks, Switches, Portgroups}

// From says how the object is found in a call.
type From int

// The object that is called, the one that it lies in, those that are named in the call, or the root, which calls that are about no object
// in the inventory are checked on.
const (
	Called From = iota
	Parent
	Given
	TheRoot
)

// Ask is what a call asks for: the call itself, where the field is empty, or a field of it that has a value.
type Ask struct {
	Call  string // "VirtualMachine.ReconfigVM_Task", or "POST /rest/com/vmware/cis/tagging/tag"
	Field string // "config.memoryMB", "config.deviceChange: add disk"
}

// Need is a privilege that an ask needs on an object.
type Need struct {
	Privilege string // its id; empty: none beside those of the call's other needs
	On        Object
	From      From
}

// Granted is a privilege on an object.
type Granted struct {
	On        Object
	Privilege string
}

// row is what some asks need. A call without a row is one that nobody has looked up.
type row struct {
	Ask
	Need
}

// Needs are what an ask needs; known says that the tables have it.
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

// Implied are privileges that vCenter puts into every role.
func Implied(privilege string) bool {
	return privilege == "System.Anonymous" || privilege == "System.View" || privilege == "System.Read"
}

// All are the ids of every privilege of the tables, in order.
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

// RESTCall is a call that is not SOAP as the tables name it: the verb and the path without what changes from object to object, and the
// action.
func RESTCall(verb, path, action string) string {
	if file, ok := strings.CutPrefix(path, "/folder/"); ok && file != "" {
		return verb + " /folder/{file}"
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

// Calls are all calls that the tables have.
func Calls() (out []string) {
	for ask := range byAsk {
		if ask.Field == "" {
			out = append(out, ask.Call)
		}
	}
	slices.Sort(out)
	return out
}
