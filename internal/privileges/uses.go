// SPDX-License-Identifier: MPL-2.0

package privileges

import (
	"cmp"
	"slices"
)

// Use lists what a noun, or one of its features, needs: a resource for creation, changes, import and destruction.
type Use struct {
	Kind    Kind
	Noun    string // the type without the provider's prefix
	Feature string // the feature that needs this in addition to the noun's own; empty: the noun itself
	Records bool   // it may store the datacenter's first record, for which the catalogue VM is made
	Grants  []Grant
}

// Grant is a set of privileges on one kind of object.
type Grant struct {
	On  Object
	IDs []string
}

// Kind is a kind of types. Only a data source and a list can have a resource's name and privileges of their own here.
type Kind string

// The kinds. A data source and the list of the same name look up the same.
const (
	Resource  Kind = ""
	Ephemeral Kind = "ephemeral resource"
	Action    Kind = "action"
	Look      Kind = "data source or list"
)

// Uses lists the uses of everything that needs more than to read. A test runs each resource's life, each action and each look with exactly
// these privileges, and once without each of them.
var Uses = slices.Concat(resources, of(Ephemeral, ephemerals), of(Action, actions), of(Look, looks))

// of returns uses of a kind.
func of(kind Kind, all []Use) (out []Use) {
	for _, u := range all {
		u.Kind = kind
		out = append(out, u)
	}
	return out
}

// ephemerals are the privileges of ephemeral resources. One that makes a key pair asks no vCenter.
var ephemerals = []Use{
	{Noun: "compute_console", Grants: []Grant{
		{Machines, []string{"VirtualMachine.Interact.ConsoleInteract"}},
	}},
}

// looks are the privileges of data sources and lists that need more than to read.
var looks = []Use{
	{Noun: "blockstorage_snapshot", Grants: []Grant{
		{Root, []string{"Cns.Searchable"}},
	}},
	{Noun: "blockstorage_volume", Grants: []Grant{
		{Root, []string{"Cns.Searchable"}},
	}},
	{Noun: "blockstorage_volumes", Grants: []Grant{
		{Root, []string{"Cns.Searchable"}},
	}},
	{Noun: "blockstorage_volume_type", Grants: []Grant{
		{Root, []string{"StorageProfile.View"}},
	}},
}

// Of returns what a resource, an action or an ephemeral resource needs with some features, each privilege once.
func Of(noun string, features ...string) []Granted {
	return granted(func(u Use) bool {
		return u.Kind != Look && u.Noun == noun && (u.Feature == "" || slices.Contains(features, u.Feature))
	})
}

// ToLook returns what the data source and the list of a name need beside System.View and System.Read, each privilege once.
func ToLook(noun string) []Granted {
	return granted(func(u Use) bool { return u.Kind == Look && u.Noun == noun })
}

// granted returns what some uses need, each privilege once.
func granted(which func(Use) bool) (out []Granted) {
	add := func(grants []Grant) {
		for _, g := range grants {
			for _, id := range g.IDs {
				if one := (Granted{g.On, id}); !slices.Contains(out, one) {
					out = append(out, one)
				}
			}
		}
	}
	for _, u := range Uses {
		if !which(u) {
			continue
		}
		if u.Records {
			add(records)
		}
		add(u.Grants)
	}
	return sorted(out)
}

// sorted sorts privileges by their object.
func sorted(all []Granted) []Granted {
	slices.SortFunc(all, func(a, b Granted) int {
		return cmp.Or(cmp.Compare(slices.Index(objects, a.On), slices.Index(objects, b.On)), cmp.Compare(a.Privilege, b.Privilege))
	})
	return all
}

// features returns the features of a noun.
func features(noun string) (out []string) {
	for _, u := range Uses {
		if u.Noun == noun && u.Feature != "" {
			out = append(out, u.Feature)
		}
	}
	return out
}

// nouns returns all nouns that change something, each once, in the order of Uses.
func nouns() (out []string) {
	for _, u := range Uses {
		if u.Kind != Look && !slices.Contains(out, u.Noun) {
			out = append(out, u.Noun)
		}
	}
	return out
}
