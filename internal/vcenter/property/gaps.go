// SPDX-License-Identifier: MPL-2.0

package property

import (
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// Gaps remembers why listed objects are incomplete, until one of them is needed.
type Gaps struct {
	mu sync.Mutex
	of map[ref]map[string]*faults.Gap
}

// Note records which properties an answer shows of an object, and which it does not.
func (g *Gaps) Note(content types.ObjectContent) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if known := g.of[content.Obj]; len(known) > 0 {
		for _, p := range content.PropSet {
			delete(known, p.Name)
		}
	}
	for _, missing := range content.MissingSet {
		if g.of == nil {
			g.of = map[ref]map[string]*faults.Gap{}
		}
		if g.of[content.Obj] == nil {
			g.of[content.Obj] = map[string]*faults.Gap{}
		}
		one := faults.GapOf(content)
		one.Path, one.Fault = missing.Path, missing.Fault.Fault
		g.of[content.Obj][missing.Path] = one
	}
}

// About returns, as an error, the first of some properties that an object does not show; nil if it shows all of them.
func (g *Gaps) About(obj ref, paths ...string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, path := range paths {
		if one := g.of[obj][path]; one != nil {
			return one
		}
	}
	return nil
}

// Unnamed reports whether some object of a kind does not show its name, and therefore is in no list.
func (g *Gaps) Unnamed(kind string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for obj, missing := range g.of {
		if obj.Type == kind && missing["name"] != nil {
			return true
		}
	}
	return false
}

// Named returns, as an error, a property that the object of a kind and name does not show; nil if it shows all.
func (g *Gaps) Named(kind, name string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for obj, missing := range g.of {
		for _, one := range missing {
			if obj.Type == kind && one.Name == name && name != "" {
				return one
			}
		}
	}
	return nil
}

// Nameless adds to an error about an unknown name that it may belong to an object whose name is not shown.
func (g *Gaps) Nameless(err error, kinds ...string) error {
	if err == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	var texts []string
	for obj, missing := range g.of {
		if one := missing["name"]; one != nil && slices.Contains(kinds, obj.Type) {
			texts = append(texts, one.Error())
		}
	}
	if len(texts) == 0 {
		return err
	}
	slices.Sort(texts)
	return faults.Appended(err, "It may be one whose name is not shown: "+strings.Join(texts[:min(len(texts), 3)], "; "))
}
