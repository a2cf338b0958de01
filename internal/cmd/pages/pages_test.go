// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

// root is the root of the repository.
const root = "../../.."

// resourceSchemas returns the schema of each resource, by its name without the prefix.
func resourceSchemas(t *testing.T) map[string]schema.Schema {
	t.Helper()
	out := map[string]schema.Schema{}
	for _, create := range provider.New("test").Resources(t.Context()) {
		var name resource.MetadataResponse
		create().Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: "novasphere"}, &name)
		var s resource.SchemaResponse
		create().Schema(t.Context(), resource.SchemaRequest{}, &s)
		out[strings.TrimPrefix(name.TypeName, prefix)] = s.Schema
	}
	return out
}

// TestLinesByHandAreOfTheSchema: no line speaks of an argument that there is not, and none is spoken of twice.
func TestLinesByHandAreOfTheSchema(t *testing.T) {
	t.Parallel()
	all := resourceSchemas(t)
	for noun, lines := range byHand {
		seen := map[string]bool{}
		for _, l := range lines {
			if strings.Count(l.text, "%s") != 1 {
				t.Errorf("%s: %q has not one place for its arguments", noun, l.text)
			}
			for _, name := range l.arguments {
				attribute, isAttribute := all[noun].Attributes[name]
				_, isBlock := all[noun].Blocks[name]
				if !isBlock && (!isAttribute || !attribute.IsOptional() && !attribute.IsRequired()) || seen[name] {
					t.Errorf("%s: there is no argument %s, or it has two lines", noun, name)
				}
				seen[name] = true
			}
		}
	}
}

// replacing are the files whose plans decide by themselves what is replaced, with the nouns that have lines of their own for that.
var replacing = map[string]string{"internal/compute/instance/plan/plan.go": "compute_instance",
	"internal/compute/keypair_write_only.go": "compute_keypair",
	"internal/blockstorage/volume_plan.go":   "blockstorage_volume", "internal/images/image_plan.go": "images_image",
	"internal/networking/floatingip_resource.go": "networking_floatingip"}

// TestPlansThatReplaceHaveLines: a plan that calls Replace is not to be told from the schema.
func TestPlansThatReplaceHaveLines(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, _ := filepath.Rel(root, path)
		if noun := replacing[filepath.ToSlash(file)]; bytes.Contains(text, []byte("req.Replace(")) && byHand[noun] == nil {
			t.Errorf("%s replaces what it manages: say in byHand what a change does, and name the file here", file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestChangesSay: what replaces, what replaces sometimes, what is changed in place, and what has no effect.
func TestChangesSay(t *testing.T) {
	t.Parallel()
	all := resourceSchemas(t)
	for noun, sentences := range map[string][]string{
		"compute_keypair":   {"* Another value destroys it and makes another one: `name`, `public_key`.\n", "`user_id`, `value_specs`.\n"},
		"networking_subnet": {"* `network_id`: Another network replaces the subnet.\n", "* Changed in place: `description`, "},
		"compute_instance": {"**it is shut down and started again**", "Another value makes another instance, and destroys this one with " +
			"its disks"},
		"networking_floatingip": {"* `pool`: another external network makes another floating IP.\n"},
	} {
		text := changes(t.Context(), noun, all[noun], true)
		for _, sentence := range sentences {
			if !strings.Contains(text, sentence) {
				t.Errorf("%s lacks %q:\n%s", noun, sentence, text)
			}
		}
	}
}

// TestEveryPageIsFilled: every template, with what the code knows; a place for something that is not known is an error.
func TestEveryPageIsFilled(t *testing.T) {
	t.Parallel()
	all, err := known(t.Context(), provider.New("test"), root)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filled(os.DirFS(filepath.Join(root, "templates")), all)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range pages {
		if strings.Contains(text, "generated:") {
			t.Errorf("%s has a place that is not filled", name)
		}
	}
	for noun := range resourceSchemas(t) {
		if text := pages["resources/"+noun+".md.tmpl"]; !strings.Contains(text, "# {{ .Name }}") {
			t.Errorf("%s has no page", noun)
		}
	}
	if _, err := filled(fstest.MapFS{"a.md": {Data: []byte("{{/* generated: nothing */}}\n")}}, all); err == nil {
		t.Error("a place for nothing is no error")
	}
}

// TestPagesTellPrivileges: a page has the privileges of its own kind, also where another kind has a type of the same name.
func TestPagesTellPrivileges(t *testing.T) {
	t.Parallel()
	all, err := known(t.Context(), provider.New("test"), root)
	if err != nil {
		t.Fatal(err)
	}
	for page, want := range map[string]string{
		"actions/compute_node_evacuate":         "`Resource.HotMigrate`",
		"actions/compute_instance_console_log":  "`Datastore.Browse`",
		"actions/images_image_refresh":          "`VirtualMachine.Inventory.Delete`",
		"resources/compute_keypair":             "`VirtualMachine.Config.AdvancedConfig`",
		"ephemeral-resources/compute_keypair":   "",
		"ephemeral-resources/compute_console":   "`VirtualMachine.Interact.ConsoleInteract`",
		"data-sources/blockstorage_volume_type": "`StorageProfile.View`",
		"data-sources/blockstorage_volume":      "`Cns.Searchable`",
		"data-sources/compute_keypair":          "",
		"list-resources/compute_instance":       "",
	} {
		kind, noun, _ := strings.Cut(page, "/")
		is := all.types[kind][noun]["privileges"]
		if !strings.Contains(is, want) || want == "" && is != "" {
			t.Errorf("%s says %q, and it should have %q", page, is, want)
		}
	}
}

// TestArgumentsHaveTheirVariables: each argument of the provider block has a row, and each variable that its text names stands in it.
func TestArgumentsHaveTheirVariables(t *testing.T) {
	t.Parallel()
	got, err := providerserver.NewProtocol6(provider.New("test"))().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	table, rows := arguments(got.Provider.Block), 0
	count := func(before string, attributes []*tfprotov6.SchemaAttribute) {
		for _, a := range attributes {
			rows++
			_, row, _ := strings.Cut(table, "| `"+before+a.Name+"` |")
			row, _, _ = strings.Cut(row, "\n")
			_, environment, _ := strings.Cut(a.Description, "Environment: ")
			for _, name := range regexp.MustCompile("[A-Z]{2,}(?:_[A-Z0-9]+)+").FindAllString(environment, -1) {
				if !strings.Contains(row, "`"+name+"`") {
					t.Errorf("%s%s: %s is not in its row %q", before, a.Name, name, row)
				}
			}
		}
	}
	count("", got.Provider.Block.Attributes)
	for _, nested := range got.Provider.Block.BlockTypes {
		count(nested.TypeName+".", ownOf(got.Provider.Block, nested))
	}
	if is := strings.Count(table, "\n") - 2; is != rows {
		t.Errorf("%d rows for %d arguments", is, rows)
	}
	for _, sure := range []string{"| `vsphere_server` | `VSPHERE_SERVER`, `GOVC_URL` |  |",
		"| `folder` | `NOVASPHERE_FOLDER`, `GOVC_FOLDER` | `OpenStack` |"} {
		if !strings.Contains(table, sure) {
			t.Errorf("no row %q", sure)
		}
	}
}

// TestPagesBeginWithOneSentence: the first sentence of each description, as the templates find it, is whole: they cut at the first full
// stop before a blank.
func TestPagesBeginWithOneSentence(t *testing.T) {
	t.Parallel()
	server := providerserver.NewProtocol6(provider.New("test"))()
	got, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for kind, schemas := range map[string]map[string]*tfprotov6.Schema{"resource ": got.ResourceSchemas, "data ": got.DataSourceSchemas,
		"ephemeral ": got.EphemeralResourceSchemas, "list ": got.ListResourceSchemas} {
		for name, s := range schemas {
			texts[kind+name] = s.Block.Description
		}
	}
	for name, a := range got.ActionSchemas {
		texts["action "+name] = a.Schema.Block.Description
	}
	for name, text := range texts {
		first, _, _ := strings.Cut(text, ". ")
		whole := strings.Count(first, "`")%2 == 0 && strings.Count(first, "(") == strings.Count(first, ")") && !strings.HasSuffix(first, "e.g")
		if first == "" || !whole || len(first) > 300 {
			t.Errorf("%s: %q is not one sentence", name, first)
		}
	}
}

// TestPagesAreTheSameTwice: the order of rows and lines is the same at every run.
func TestPagesAreTheSameTwice(t *testing.T) {
	t.Parallel()
	var runs [][]byte
	for range 2 {
		all, err := known(t.Context(), provider.New("test"), root)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal([]any{all.parts, all.types})
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, text)
	}
	if !slices.Equal(runs[0], runs[1]) {
		t.Error("two runs differ")
	}
}

// TestPictureOfTheExample: who may ask whom in the three tiers.
func TestPictureOfTheExample(t *testing.T) {
	t.Parallel()
	text, err := picture(filepath.Join(root, "examples", "three-tier", "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"  anybody -->|https, tcp 443| web\n", "  app -->|sql, tcp 5432| db\n", "    db[\"db-0<br>db-1\"]\n",
		"  subgraph front[\"front: VLAN 210, 10.42.0.0/24\"]\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is not in\n%s", line, text)
		}
	}
	if _, err := picture(filepath.Join(root, "examples", "provider", "provider.tf")); err == nil {
		t.Error("an example without locals is drawn")
	}
}
