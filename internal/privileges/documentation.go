// SPDX-License-Identifier: MPL-2.0

package privileges

import (
	"fmt"
	"slices"
	"strings"
)

// Table renders what every noun and feature needs as a Markdown table.
func Table() string {
	var b strings.Builder
	b.WriteString("| For | On | Privileges |\n|---|---|---|\n")
	row := func(what string, grants []Grant) {
		for i, g := range grants {
			if i > 0 {
				what = ""
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", what, g.On, grouped(g.IDs))
		}
	}
	row("everything", []Grant{{Root, []string{"System.View", "System.Read"}}})
	row("records: nouns with a \\*", records)
	for _, u := range Uses {
		what := "`" + u.Noun + "`"
		if u.Records {
			what += " \\*"
		}
		if u.Feature != "" {
			what += ": " + u.Feature
		}
		if u.Kind == Look {
			what += ", looked up"
		}
		if len(u.Grants) == 0 {
			fmt.Fprintf(&b, "| %s | | those of records |\n", what)
		}
		row(what, u.Grants)
	}
	return b.String()
}

// grouped lists privileges by the beginning of their ids: "`DVSwitch`: `PortConfig`, `PortSetting`; `Folder.Create`".
func grouped(ids []string) string {
	by := map[string][]string{}
	var order []string
	for _, id := range ids {
		at := strings.LastIndex(id, ".")
		if by[id[:at]] == nil {
			order = append(order, id[:at])
		}
		by[id[:at]] = append(by[id[:at]], "`"+id[at+1:]+"`")
	}
	for i, group := range order {
		if names := by[group]; len(names) > 1 {
			order[i] = "`" + group + "`: " + strings.Join(names, ", ")
		} else {
			order[i] = "`" + group + "." + strings.Trim(names[0], "`") + "`"
		}
	}
	return strings.Join(order, "; ")
}

// Section renders the privileges of one noun of a kind as the Markdown section of its page. A noun that needs none has no section.
func Section(kind Kind, noun string) string {
	if !slices.ContainsFunc(Uses, func(u Use) bool { return u.Kind == kind && u.Noun == noun }) {
		return ""
	}
	var b strings.Builder
	b.WriteString("## Privileges\n\nBeside `System.View` and `System.Read` on what it looks at, it needs these privileges of the vCenter. " +
		"They are judged from the API's documentation, and have not been tried on a real vCenter.\n\n| For | On | Privileges |\n|---|---|---|\n")
	lines := func(what string, all []Granted) {
		for _, on := range objects {
			var names []string
			for _, g := range all {
				if g.On == on {
					names = append(names, fmt.Sprintf("`%s` (%s)", g.Privilege, Name(g.Privilege)))
				}
			}
			if len(names) > 0 {
				fmt.Fprintf(&b, "| %s | %s | %s |\n", what, on, strings.Join(names, ", "))
				what = ""
			}
		}
	}
	if kind == Look {
		lines("it", ToLook(noun))
		return b.String()
	}
	own := Of(noun)
	lines("it", own)
	for _, f := range features(noun) {
		all := slices.DeleteFunc(Of(noun, f), func(g Granted) bool { return slices.Contains(own, g) })
		lines(f, all)
	}
	return b.String()
}

// place is where a permission is granted, and the objects that it covers.
type place struct {
	role, path string
	of         []Object
}

var places = []place{
	{"root", "/", []Object{Root, Libraries}},
	{"vm", `"$DC/vm"`, []Object{Machines, Templates}},
	{"host", `"$DC/host"`, []Object{Pools, Hosts}},
	{"datastore", `"$DC/datastore"`, []Object{Datastores}},
	{"network", `"$DC/network"`, []Object{Networks, Switches, Portgroups}},
}

// roleSet is the set of nouns that one account manages.
type roleSet struct {
	name, title string
	nouns       []string
}

var roleSets = []roleSet{
	{"tenant", "An account for flavors, key pairs and instances on networks that are there",
		slices.Concat([]string{"compute_flavor", "compute_keypair", "compute_instance", "compute_interface_attach", "compute_servergroup",
			"compute_console"}, actionsOn("compute_instance_"))},
	{"all", "An account for everything, networks, clusters and ESX hosts among it", nouns()},
}

// actionsOn returns the actions whose names begin so, in the order of the table.
func actionsOn(prefix string) (out []string) {
	for _, u := range actions {
		if strings.HasPrefix(u.Noun, prefix) && !slices.Contains(out, u.Noun) {
			out = append(out, u.Noun)
		}
	}
	return out
}

// Roles renders shell commands that create and grant the roles of some accounts, one role for each place. A role has all privileges that
// the objects of its place need, because in vCenter only the nearest permission above an object counts.
func Roles() string {
	var b strings.Builder
	for _, set := range roleSets {
		fmt.Fprintf(&b, "%s:\n\n```shell\nACCOUNT=novasphere@vsphere.local # the provider's, which exists\nDC=/dc1                           "+
			"# the datacenter: "+
			"govc find / -type d\n", set.title)
		var all []Granted
		for _, noun := range set.nouns {
			all = append(all, Of(noun, features(noun)...)...)
		}
		for _, p := range places {
			role := "novasphere-" + set.name + "-" + p.role
			fmt.Fprintf(&b, "govc role.create %s%s\n", role, continued(all, p.of))
			fmt.Fprintf(&b, "govc permissions.set -principal \"$ACCOUNT\" -role %s -propagate=true %s\n", role, p.path)
		}
		b.WriteString("```\n\n")
	}
	return strings.TrimSuffix(b.String(), "\n\n") + "\n"
}

// continued lists the privileges on some kinds of objects, one on each continuation line.
func continued(all []Granted, of []Object) (out string) {
	var ids []string
	for _, g := range all {
		if slices.Contains(of, g.On) && !slices.Contains(ids, g.Privilege) {
			ids = append(ids, g.Privilege)
		}
	}
	slices.Sort(ids)
	for _, id := range append([]string{"System.Anonymous System.View System.Read"}, ids...) {
		out += " \\\n  " + id
	}
	return out
}
