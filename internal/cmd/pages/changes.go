// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// A line tells what a change of some arguments does where neither schema nor plan modifiers can tell it.
type line struct {
	text      string // %s is where the arguments stand
	arguments []string
}

// change is what another value of an argument does.
type change struct {
	argument string
	replaces bool
	only     string // when it replaces, where that is not always
	without  bool   // it has no effect whatever it is
}

// description is what plan modifiers and attributes have in common.
type described interface {
	MarkdownDescription(ctx context.Context) string
}

// changes renders what a change of each argument does: from the plan modifiers in the schema, and from the lines that say what plans
// decide themselves.
func changes(ctx context.Context, noun string, s schema.Schema, inPlace bool) string {
	all := changesIn(ctx, "", s.Attributes, s.Blocks)
	var b strings.Builder
	b.WriteString("\n## What a change does\n\n")
	for _, l := range byHand[noun] {
		fmt.Fprintf(&b, "* "+l.text+"\n", quoted(l.arguments))
		all = slices.DeleteFunc(all, func(c change) bool { return slices.Contains(l.arguments, c.argument) })
	}
	bullet := func(text string, of func(change) bool) {
		var names []string
		for _, c := range all {
			if of(c) {
				names = append(names, c.argument)
			}
		}
		if len(names) > 0 {
			fmt.Fprintf(&b, "* "+text+"\n", quoted(names))
		}
	}
	bullet("Another value destroys it and makes another one: %s.", func(c change) bool { return c.replaces && c.only == "" })
	for _, c := range all {
		if c.replaces && c.only != "" {
			fmt.Fprintf(&b, "* `%s`: %s\n", c.argument, c.only)
		}
	}
	if i := slices.IndexFunc(all, func(c change) bool { return c.argument == region && !c.without }); i >= 0 {
		all = slices.Delete(all, i, i+1)
		b.WriteString("* `region`: a region of another vCenter makes another object there, and destroys this one.\n")
	}
	ordinary := func(c change) bool { return !c.replaces && !c.without }
	if inPlace {
		bullet("Changed in place: %s.", ordinary)
	} else {
		bullet("A change is recorded in the state and changes nothing else: %s.", ordinary)
	}
	bullet("Without effect: %s.", func(c change) bool { return !c.replaces && c.without })
	return b.String()
}

// changesIn returns what changes of a block's arguments do, by their names. Arguments of nested blocks are the block's, unless they
// replace by themselves.
func changesIn(ctx context.Context, before string, attributes map[string]schema.Attribute, blocks map[string]schema.Block) (all []change) {
	for _, name := range sorted(attributes) {
		if a := attributes[name]; a.IsRequired() || a.IsOptional() {
			c := change{argument: before + name, without: strings.HasPrefix(a.GetMarkdownDescription(), "Accepted without effect")}
			c.replaces, c.only = replaces(ctx, a)
			all = append(all, c)
		}
	}
	for _, name := range sorted(blocks) {
		if name == "timeouts" {
			continue
		}
		block := blocks[name]
		c := change{argument: before + name, without: strings.HasPrefix(block.GetMarkdownDescription(), "Accepted without effect")}
		c.replaces, c.only = replaces(ctx, block)
		all = append(all, c)
		for _, nested := range changesIn(ctx, before+name+".", nestedIn(block), nil) {
			if nested.replaces && !c.replaces {
				all = append(all, nested)
			}
		}
	}
	return all
}

// nestedIn returns the arguments of a block's elements, none where it is of a kind that has none.
func nestedIn(block schema.Block) map[string]schema.Attribute {
	switch b := block.(type) {
	case schema.ListNestedBlock:
		return b.NestedObject.Attributes
	case schema.SetNestedBlock:
		return b.NestedObject.Attributes
	case schema.SingleNestedBlock:
		return b.Attributes
	}
	return nil
}

// replaces reports whether a plan modifier of an attribute or a block requires a replacement, and, where it depends, on what. All kinds
// of attributes and blocks have a field of that name; the framework's modifiers are told by their types.
func replaces(ctx context.Context, of any) (is bool, only string) {
	modifiers := reflect.ValueOf(of).FieldByName("PlanModifiers")
	if !modifiers.IsValid() {
		return false, ""
	}
	for i := range modifiers.Len() {
		m := modifiers.Index(i).Interface()
		if !strings.Contains(fmt.Sprintf("%T", m), "requiresReplace") {
			continue
		}
		told, _ := m.(described)
		if text := told.MarkdownDescription(ctx); !strings.Contains(text, "Terraform will destroy and recreate") {
			return true, text
		}
		return true, ""
	}
	return false, ""
}

func sorted[V any](values map[string]V) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// quoted lists arguments.
func quoted(arguments []string) string { return "`" + strings.Join(arguments, "`, `") + "`" }
