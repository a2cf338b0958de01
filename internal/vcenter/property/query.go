// SPDX-License-Identifier: MPL-2.0

// Package property asks for properties of managed objects and decodes them: queries, walks through the inventory, escaped names, and
// properties that vCenter does not show. It calls no server.
package property

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

type ref = types.ManagedObjectReference

// Query asks for properties of one object.
type Query struct {
	Object ref
	Paths  []string
}

// Filters returns one filter per set of properties; an object may be in several. It leaves out the objects in gone.
func Filters(questions []Query, gone map[ref]bool) []types.PropertyFilterSpec {
	var order []string
	type group struct {
		paths []string
		refs  []ref
		has   map[ref]bool
	}
	groups := map[string]*group{}
	for _, q := range questions {
		if gone[q.Object] {
			continue
		}
		key := q.Object.Type + " " + strings.Join(q.Paths, " ")
		if groups[key] == nil {
			groups[key] = &group{paths: q.Paths, has: map[ref]bool{}}
			order = append(order, key)
		}
		if g := groups[key]; !g.has[q.Object] {
			g.has[q.Object] = true
			g.refs = append(g.refs, q.Object)
		}
	}
	specs := make([]types.PropertyFilterSpec, 0, len(order))
	for _, key := range order {
		g := groups[key]
		spec := types.PropertyFilterSpec{PropSet: []types.PropertySpec{{Type: g.refs[0].Type, PathSet: g.paths}},
			ReportMissingObjectsInResults: types.NewBool(true)}
		for _, r := range g.refs {
			spec.ObjectSet = append(spec.ObjectSet, types.ObjectSpec{Obj: r})
		}
		specs = append(specs, spec)
	}
	return specs
}

// Merged joins what several filters returned about the same object.
func Merged(objects []types.ObjectContent) map[ref]types.ObjectContent {
	out := make(map[ref]types.ObjectContent, len(objects))
	for _, o := range objects {
		have := out[o.Obj]
		have.Obj = o.Obj
		have.PropSet = append(have.PropSet, o.PropSet...)
		have.MissingSet = append(have.MissingSet, o.MissingSet...)
		out[o.Obj] = have
	}
	return out
}

// Only returns the properties of an object that paths name.
func Only(content types.ObjectContent, paths []string) types.ObjectContent {
	out := types.ObjectContent{Obj: content.Obj}
	seen := map[string]bool{}
	for _, p := range content.PropSet {
		if slices.Contains(paths, p.Name) && !seen[p.Name] {
			seen[p.Name] = true
			out.PropSet = append(out.PropSet, p)
		}
	}
	for _, m := range content.MissingSet {
		if slices.Contains(paths, m.Path) {
			out.MissingSet = append(out.MissingSet, m)
		}
	}
	return out
}
