// SPDX-License-Identifier: MPL-2.0

// Package released keeps what a release of the provider has promised: its schemas as lines of text that read well in a diff, and which
// changes of them break configurations and states that were written with it.
package released

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Lines are schemas: what each key is, such as "resource novasphere_compute_flavor name" and "string required". A key has three words: the
// kind, the type, and the path of an attribute or block; the schema itself has a line without a path.
type Lines map[string]string

// schemaWord begins the line of a whole schema.
const schemaWord = "schema"

// Of returns the lines of all that a server offers. Terraform's protocol has the schemas of identities in a call of their own.
func Of(all *tfprotov6.GetProviderSchemaResponse, identities *tfprotov6.GetResourceIdentitySchemasResponse) Lines {
	out := Lines{}
	out.schema("provider novasphere", all.Provider)
	for kind, schemas := range map[string]map[string]*tfprotov6.Schema{"resource": all.ResourceSchemas, "data": all.DataSourceSchemas,
		"ephemeral": all.EphemeralResourceSchemas, "list": all.ListResourceSchemas} {
		for name, schema := range schemas {
			out.schema(kind+" "+name, schema)
		}
	}
	for name, action := range all.ActionSchemas {
		out.schema("action "+name, action.Schema)
	}
	for name, function := range all.Functions {
		out.function("function "+name, function)
	}
	if identities != nil {
		for name, identity := range identities.IdentitySchemas {
			out.identity("identity "+name, identity)
		}
	}
	return out
}

func (l Lines) schema(key string, s *tfprotov6.Schema) {
	l[key] = fmt.Sprintf("%s version=%d", schemaWord, s.Version)
	l.block(key+" ", s.Block)
}

// block adds the lines of what is in a block. prefix ends with a blank or a dot.
func (l Lines) block(prefix string, b *tfprotov6.SchemaBlock) {
	l.attributes(prefix, b.Attributes)
	for _, nested := range b.BlockTypes {
		facts := "block-" + strings.ToLower(nested.Nesting.String())
		if nested.MinItems > 0 {
			facts += fmt.Sprintf(" min=%d", nested.MinItems)
		}
		if nested.MaxItems > 0 {
			facts += fmt.Sprintf(" max=%d", nested.MaxItems)
		}
		l[prefix+nested.TypeName] = facts
		l.block(prefix+nested.TypeName+".", nested.Block)
	}
}

func (l Lines) attributes(prefix string, all []*tfprotov6.SchemaAttribute) {
	for _, a := range all {
		var typ string
		if a.NestedType != nil {
			typ = "nested-" + strings.ToLower(a.NestedType.Nesting.String())
			l.attributes(prefix+a.Name+".", a.NestedType.Attributes)
		} else {
			typ = typeName(a.Type)
		}
		l[prefix+a.Name] = typ + flags(flag{"required", a.Required}, flag{"optional", a.Optional}, flag{"computed", a.Computed},
			flag{"sensitive", a.Sensitive}, flag{"write-only", a.WriteOnly})
	}
}

func (l Lines) identity(key string, s *tfprotov6.ResourceIdentitySchema) {
	l[key] = fmt.Sprintf("%s version=%d", schemaWord, s.Version)
	for _, a := range s.IdentityAttributes {
		l[key+" "+a.Name] = typeName(a.Type) + flags(flag{"required", a.RequiredForImport}, flag{"optional", a.OptionalForImport})
	}
}

// function adds a function's lines. Parameters have no names in a configuration, so their positions are the keys.
func (l Lines) function(key string, f *tfprotov6.Function) {
	l[key] = schemaWord + " version=0"
	l[key+" return"] = typeName(f.Return.Type)
	for i, p := range f.Parameters {
		l[fmt.Sprintf("%s %d", key, i+1)] = typeName(p.Type) + " required" + flags(flag{"null", p.AllowNullValue})
	}
	if p := f.VariadicParameter; p != nil {
		l[key+" more"] = typeName(p.Type) + flags(flag{"null", p.AllowNullValue})
	}
}

type flag struct {
	name string
	set  bool
}

func flags(all ...flag) (out string) {
	for _, f := range all {
		if f.set {
			out += " " + f.name
		}
	}
	return out
}

// typeName returns a type without blanks, as Terraform's language writes it.
func typeName(t tftypes.Type) string {
	switch t := t.(type) {
	case tftypes.List:
		return "list(" + typeName(t.ElementType) + ")"
	case tftypes.Set:
		return "set(" + typeName(t.ElementType) + ")"
	case tftypes.Map:
		return "map(" + typeName(t.ElementType) + ")"
	case tftypes.Object:
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(t.AttributeTypes)) {
			fields = append(fields, name+"="+typeName(t.AttributeTypes[name]))
		}
		return "object({" + strings.Join(fields, ",") + "})"
	case tftypes.Tuple:
		var elements []string
		for _, e := range t.ElementTypes {
			elements = append(elements, typeName(e))
		}
		return "tuple([" + strings.Join(elements, ",") + "])"
	}
	names := map[string]tftypes.Type{"bool": tftypes.Bool, "number": tftypes.Number, "string": tftypes.String,
		"dynamic": tftypes.DynamicPseudoType}
	for name, primitive := range names {
		if primitive.Equal(t) {
			return name
		}
	}
	return strings.ReplaceAll(t.String(), " ", "")
}
