// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// peerFacts lists the resources and data sources of terraform-provider-openstack 3.4 in the families compute, networking, block storage
// and images, one argument a line: resource or data source, type, argument with the blocks around it, kind, and whether it is required,
// optional, computed or both of the last two.
const peerFacts = "testdata/openstack-provider-3.4.txt"

// differs are the arguments that differ from the peer's, with the reason.
var differs = map[string]string{
	"data compute_instance network":   "a data source finds by id or name; networks are what it tells",
	"data compute_instance user_data": "likewise",
}

// TestEveryArgumentOfThePeer: every argument that a module writes for terraform-provider-openstack is accepted here, and every attribute
// that it reads exists.
func TestEveryArgumentOfThePeer(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(peerFacts)
	if err != nil {
		t.Fatal(err)
	}
	got, excused, modes := schemas(t), map[string]bool{}, map[string]string{}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		kind, name, at, of, mode := words[0], words[1], words[2], words[3], words[4]
		schema := got.ResourceSchemas["novasphere_"+name]
		if kind == "data" {
			schema = got.DataSourceSchemas["novasphere_"+name]
		}
		if schema == nil {
			t.Errorf("%s %s is missing", kind, name)
			continue
		}
		parent, _, _ := strings.Cut(at, ".")
		if modes[kind+name+at] = mode; modes[kind+name+parent] == "computed" { // its contents are computed too, whatever their own mode
			mode = "computed"
		}
		wrong := unlike(argumentAt(schema.Block, strings.Split(at, ".")), of, mode)
		key := strings.Join(words[:3], " ")
		if why := differs[key]; why != "" {
			if excused[key] = true; wrong == "" {
				t.Errorf("%s is excused (%s), and is as there", key, why)
			}
			continue
		}
		if wrong != "" {
			t.Errorf("%s: %s", key, wrong)
		}
	}
	for key := range differs {
		if !excused[key] {
			t.Errorf("%s is excused, and is not there", key)
		}
	}
}

// here is an argument of this provider, or the zero value where it is missing.
type here struct {
	of                           tftypes.Type
	required, optional, computed bool
}

// argumentAt follows an argument's path through blocks and objects.
func argumentAt(block *tfprotov6.SchemaBlock, at []string) here {
	for _, a := range block.Attributes {
		if a.Name == at[0] {
			return here{a.ValueType(), a.Required, a.Optional, a.Computed}.field(at[1:])
		}
	}
	for _, b := range block.BlockTypes {
		switch {
		case b.TypeName != at[0]:
		case len(at) > 1:
			return argumentAt(b.Block, at[1:])
		default:
			return here{of: b.ValueType(), optional: true}
		}
	}
	return here{}
}

// field follows the path through the objects of an attribute. They can be written if the attribute can.
func (h here) field(at []string) here {
	if len(at) == 0 {
		return h
	}
	object, is := elementOf(h.of).(tftypes.Object)
	if !is || object.AttributeTypes[at[0]] == nil {
		return here{}
	}
	return here{of: object.AttributeTypes[at[0]], optional: h.optional || h.required, computed: h.computed}.field(at[1:])
}

// elementOf returns the element type of a list, set or map, else nil.
func elementOf(of tftypes.Type) tftypes.Type {
	switch of := of.(type) {
	case tftypes.List:
		return of.ElementType
	case tftypes.Set:
		return of.ElementType
	case tftypes.Map:
		return of.ElementType
	}
	return nil
}

// unlike returns what keeps a configuration or an output for the peer from working here.
func unlike(h here, of, mode string) string {
	writable := mode != "computed"
	switch {
	case h.of == nil:
		return "missing, " + of + " " + mode
	case kindName(h.of) != strings.Replace(of, "set(", "list(", 1):
		return "it is " + kindName(h.of) + ", and there " + of
	case writable && !h.required && !h.optional:
		return "it cannot be written"
	case h.required && mode != "required":
		return "it must be written, and need not there"
	}
	return ""
}

// kindName returns a type's name in the list of facts. A set and a list are written alike.
func kindName(of tftypes.Type) string {
	switch {
	case of.Is(tftypes.String):
		return "string"
	case of.Is(tftypes.Number):
		return "number"
	case of.Is(tftypes.Bool):
		return "bool"
	}
	element := elementOf(of)
	if element == nil {
		return "object"
	}
	name := kindName(element)
	if _, pairs := of.(tftypes.Map); !pairs {
		return "list(" + name + ")"
	}
	return "map(" + name + ")"
}
