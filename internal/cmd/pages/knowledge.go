// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/unsupported"
)

// knowledge is what code knows, as Markdown.
type knowledge struct {
	parts map[string]string                       // of pages that stand alone
	types map[string]map[string]map[string]string // of the pages of types, by their kind and their name
}

const prefix = "novasphere_"

// known asks the provider, the tables and the examples in the tree.
func known(ctx context.Context, p *provider.Novasphere, tree string) (all knowledge, err error) {
	schemas, err := providerserver.NewProtocol6(p)().GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return all, err
	}
	for _, d := range schemas.Diagnostics {
		return all, fmt.Errorf("%s: %s", d.Summary, d.Detail)
	}
	drawn, err := picture(filepath.Join(tree, "examples", "three-tier", "main.tf"))
	if err != nil {
		return all, err
	}
	all.parts = map[string]string{
		"provider arguments": arguments(schemas.Provider.Block), "privileges": privileges.Table(), "roles": privileges.Roles(),
		"three tiers": drawn,
	}
	all.types = map[string]map[string]map[string]string{"resources": {}, "ephemeral-resources": {}, "actions": {}, "data-sources": {},
		"list-resources": {}}
	for _, create := range p.Resources(ctx) {
		noun, parts := resourceParts(ctx, create())
		all.types["resources"][noun] = parts
	}
	for _, create := range unsupported.Resources() { // nothing of them changes or moves
		noun, parts := resourceParts(ctx, create())
		parts["changes"], parts["moves"] = "", ""
		all.types["resources"][noun] = parts
	}
	for name := range schemas.EphemeralResourceSchemas {
		noun := strings.TrimPrefix(name, prefix)
		all.types["ephemeral-resources"][noun] = map[string]string{"privileges": privileges.Section(privileges.Ephemeral, noun)}
	}
	for name := range schemas.ActionSchemas {
		noun := strings.TrimPrefix(name, prefix)
		all.types["actions"][noun] = map[string]string{"privileges": privileges.Section(privileges.Action, noun)}
	}
	for name := range schemas.DataSourceSchemas {
		noun := strings.TrimPrefix(name, prefix)
		all.types["data-sources"][noun] = map[string]string{"privileges": looking(noun)}
	}
	for name := range schemas.ListResourceSchemas {
		noun := strings.TrimPrefix(name, prefix)
		all.types["list-resources"][noun] = map[string]string{"privileges": looking(noun)}
	}
	return all, nil
}

// looking returns the privileges of a data source or a list, of which most need none.
func looking(noun string) string {
	section := privileges.Section(privileges.Look, noun)
	if section != "" {
		section = "\n" + section
	}
	return section
}

// resourceParts returns a resource's name without the prefix, and the parts of its page.
func resourceParts(ctx context.Context, r resource.Resource) (noun string, parts map[string]string) {
	var name resource.MetadataResponse
	r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "novasphere"}, &name)
	var schema resource.SchemaResponse
	r.Schema(ctx, resource.SchemaRequest{}, &schema)
	noun = strings.TrimPrefix(name.TypeName, prefix)
	parts = map[string]string{"changes": "", "privileges": privileges.Section(privileges.Resource, noun), "moves": ""}
	if told, ours := r.(crud.Told); ours {
		parts["changes"] = changes(ctx, noun, schema.Schema, told.ChangesInPlace())
		parts["moves"] = moves(noun, told.MovedFrom())
	}
	return noun, parts
}
