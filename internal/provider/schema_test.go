// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

// schemas requests the provider's schemas, as a CLI does. The framework validates them on the way.
func schemas(t *testing.T) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	server := providerserver.NewProtocol6(provider.New("test"))()
	got, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range got.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	return got
}

func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	got := schemas(t)
	described(t, "provider", got.Provider.Block)
	for name, schema := range got.ResourceSchemas {
		described(t, name, schema.Block)
	}
	for name, schema := range got.DataSourceSchemas {
		described(t, "data."+name, schema.Block)
	}
	for name, schema := range got.EphemeralResourceSchemas {
		described(t, "ephemeral."+name, schema.Block)
	}
	for name, action := range got.ActionSchemas {
		described(t, "action."+name, action.Schema.Block)
	}
	for name, schema := range got.ListResourceSchemas {
		described(t, "list."+name, schema.Block)
	}
}

// described checks the descriptions in a block and below.
func described(t *testing.T, at string, block *tfprotov6.SchemaBlock) {
	t.Helper()
	sentence(t, at, block.Description)
	attributesDescribed(t, at, block.Attributes)
	for _, nested := range block.BlockTypes {
		if nested.TypeName == "timeouts" { // the framework's own block, which cannot have a description
			attributesDescribed(t, at+".timeouts", nested.Block.Attributes)
			continue
		}
		described(t, at+"."+nested.TypeName, nested.Block)
	}
}

func attributesDescribed(t *testing.T, at string, attributes []*tfprotov6.SchemaAttribute) {
	t.Helper()
	for _, a := range attributes {
		sentence(t, at+"."+a.Name, a.Description)
		if a.NestedType != nil {
			attributesDescribed(t, at+"."+a.Name, a.NestedType.Attributes)
		}
	}
}

func sentence(t *testing.T, at, description string) {
	t.Helper()
	if !strings.HasSuffix(description, ".") {
		t.Errorf("%s: the description %q is no sentence with a full stop", at, description)
	}
}

func TestEveryResourceCanBeImported(t *testing.T) {
	t.Parallel()
	for _, create := range provider.New("test").Resources(t.Context()) {
		r := create()
		var name resource.MetadataResponse
		r.Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: "novasphere"}, &name)
		if _, ok := r.(resource.ResourceWithImportState); !ok {
			t.Errorf("%s cannot be imported", name.TypeName)
		}
	}
}

func TestEveryNounHasItsPages(t *testing.T) {
	t.Parallel()
	got := schemas(t)
	for name := range got.ResourceSchemas {
		exists(t, "examples/resources", name, "resource.tf")
		// a refused example has nothing to import
		if example := filepath.Join(root, "examples", "resources", name, "resource.tf"); refusal(t, example) == "" {
			exists(t, "examples/resources", name, "import.sh")
			exists(t, "examples/resources", name, "import-by-string-id.tf")
			exists(t, "examples/resources", name, "import-by-identity.tf")
		}
		exists(t, "docs/resources", page(name))
	}
	for name := range got.DataSourceSchemas {
		exists(t, "examples/data-sources", name, "data-source.tf")
		exists(t, "docs/data-sources", page(name))
	}
	for name := range got.ListResourceSchemas {
		exists(t, "examples/list-resources", name, "list-resource.tfquery.hcl")
	}
	for name := range got.EphemeralResourceSchemas {
		exists(t, "examples/ephemeral-resources", name, "ephemeral-resource.tf")
		exists(t, "docs/ephemeral-resources", page(name))
	}
	for name := range got.ListResourceSchemas {
		exists(t, "examples/list-resources", name, "list-resource.tfquery.hcl")
		exists(t, "docs/list-resources", page(name))
	}
	for name := range got.Functions {
		exists(t, "examples/functions", name, "function.tf")
		exists(t, "docs/functions", name+".md")
	}
	for name := range got.ActionSchemas {
		exists(t, "examples/actions", name, "action.tf")
		exists(t, "docs/actions", page(name))
	}
	exists(t, "docs/index.md")
}

// page returns the name of the file that documents a type.
func page(name string) string { return strings.TrimPrefix(name, "novasphere_") + ".md" }

func exists(t *testing.T, elements ...string) {
	t.Helper()
	file := path.Join(elements...)
	if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(file))); err != nil {
		t.Errorf("%s is missing", file)
	}
}

// TestNoSetHoldsASecret lists the blocks and attributes that are sets of objects. The path of a set's element is the whole element, and
// paths appear in logs and messages, so secrets and file contents are never in one.
func TestNoSetHoldsASecret(t *testing.T) {
	t.Parallel()
	open := regexp.MustCompile(`pass|secret|private|content|data$|token|^key$`)
	var walk func(at string, block *tfprotov6.SchemaBlock, inSet bool)
	walk = func(at string, block *tfprotov6.SchemaBlock, inSet bool) {
		for _, a := range block.Attributes {
			_, set := a.Type.(tftypes.Set)
			if (inSet || set) && (a.Sensitive || open.MatchString(a.Name)) {
				t.Errorf("%s.%s is in a set, whose paths would show it", at, a.Name)
			}
			if a.NestedType != nil {
				walk(at+"."+a.Name, &tfprotov6.SchemaBlock{Attributes: a.NestedType.Attributes}, inSet ||
					a.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeSet)
			}
		}
		for _, nested := range block.BlockTypes {
			walk(at+"."+nested.TypeName, nested.Block, inSet || nested.Nesting == tfprotov6.SchemaNestedBlockNestingModeSet)
		}
	}
	got := schemas(t)
	walk("provider", got.Provider.Block, false)
	for name, schema := range got.ResourceSchemas {
		walk(name, schema.Block, false)
	}
	for name, schema := range got.DataSourceSchemas {
		walk("data."+name, schema.Block, false)
	}
}
