// SPDX-License-Identifier: MPL-2.0

package main

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// An object is a JSON object; encoding/json sorts its names.
type object map[string]any

// each applies a translation to the values of a map.
func each[V any](values map[string]V, translate func(V) object) object {
	all := object{}
	for name, value := range values {
		all[name] = translate(value)
	}
	return all
}

func providerJSON(s *tfprotov6.GetProviderSchemaResponse, i *tfprotov6.GetResourceIdentitySchemasResponse) object {
	return object{
		"provider":                   schemaJSON(s.Provider),
		"resource_schemas":           each(s.ResourceSchemas, schemaJSON),
		"data_source_schemas":        each(s.DataSourceSchemas, schemaJSON),
		"ephemeral_resource_schemas": each(s.EphemeralResourceSchemas, schemaJSON),
		"list_resource_schemas":      each(s.ListResourceSchemas, schemaJSON),
		"action_schemas":             each(s.ActionSchemas, actionJSON),
		"resource_identity_schemas":  each(i.IdentitySchemas, identityJSON),
		"functions":                  each(s.Functions, functionJSON),
	}
}

func actionJSON(a *tfprotov6.ActionSchema) object { return schemaJSON(a.Schema) }

func schemaJSON(s *tfprotov6.Schema) object {
	return object{"version": s.Version, "block": blockJSON(s.Block)}
}

func blockJSON(b *tfprotov6.SchemaBlock) object {
	blocks := object{}
	for _, nested := range b.BlockTypes {
		blocks[nested.TypeName] = object{
			"nesting_mode": strings.ToLower(nested.Nesting.String()),
			"block":        blockJSON(nested.Block),
			"min_items":    nested.MinItems,
			"max_items":    nested.MaxItems,
		}
	}
	return object{
		"attributes":       attributesJSON(b.Attributes),
		"block_types":      blocks,
		"description":      b.Description,
		"description_kind": kind(b.DescriptionKind),
		"deprecated":       b.Deprecated,
	}
}

func attributesJSON(attributes []*tfprotov6.SchemaAttribute) object {
	all := object{}
	for _, a := range attributes {
		all[a.Name] = attributeJSON(a)
	}
	return all
}

// attributeJSON returns an attribute with its type, or with its attributes if it is nested.
func attributeJSON(a *tfprotov6.SchemaAttribute) object {
	o := object{
		"description":      a.Description,
		"description_kind": kind(a.DescriptionKind),
		"deprecated":       a.Deprecated,
		"required":         a.Required,
		"optional":         a.Optional,
		"computed":         a.Computed,
		"sensitive":        a.Sensitive,
		"write_only":       a.WriteOnly,
	}
	if a.NestedType == nil {
		o["type"] = a.Type
		return o
	}
	o["nested_type"] = object{
		"attributes":   attributesJSON(a.NestedType.Attributes),
		"nesting_mode": strings.ToLower(a.NestedType.Nesting.String()),
	}
	return o
}

func identityJSON(i *tfprotov6.ResourceIdentitySchema) object {
	all := object{}
	for _, a := range i.IdentityAttributes {
		all[a.Name] = object{
			"type":                a.Type,
			"description":         a.Description,
			"required_for_import": a.RequiredForImport,
			"optional_for_import": a.OptionalForImport,
		}
	}
	return object{"version": i.Version, "attributes": all}
}

// functionJSON returns the signature of a function. Its arguments stand in their order; the last may be any number of arguments.
func functionJSON(f *tfprotov6.Function) object {
	parameters := []object{}
	for _, p := range f.Parameters {
		parameters = append(parameters, parameterJSON(p))
	}
	o := object{
		"description":         f.Description,
		"summary":             f.Summary,
		"deprecation_message": f.DeprecationMessage,
		"return_type":         f.Return.Type,
		"parameters":          parameters,
	}
	if f.VariadicParameter != nil {
		o["variadic_parameter"] = parameterJSON(f.VariadicParameter)
	}
	return o
}

func parameterJSON(p *tfprotov6.FunctionParameter) object {
	return object{"name": p.Name, "description": p.Description, "is_nullable": p.AllowNullValue, "type": p.Type}
}

func kind(k tfprotov6.StringKind) string {
	if k == tfprotov6.StringKindMarkdown {
		return "markdown"
	}
	return "plain"
}
