// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/released"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

// schemasReleased holds the schemas of the newest release, or of the first one while it is being made.
const schemasReleased = "testdata/schemas_released.txt"

const recordSchemas = "UPDATE_SCHEMAS=1 go test ./internal/provider -run TestSchemasKeepWhatWasReleased"

// TestSchemasKeepWhatWasReleased: nothing that a configuration or a state may hold vanishes or changes its form between releases, unless
// the schema has a higher version and the resource an upgrader. UPDATE_SCHEMAS=1 records the present schemas: at any time before the first
// release, later once for each new release, and never where that would take a promise back.
func TestSchemasKeepWhatWasReleased(t *testing.T) {
	t.Parallel()
	changelog, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	now, release := released.Of(schemas(t), identities(t)), released.Newest(string(changelog))
	text, err := os.ReadFile(schemasReleased)
	if os.IsNotExist(err) && os.Getenv("UPDATE_SCHEMAS") != "" {
		text, err = []byte("# none (unreleased)\n"), nil
	}
	if err != nil {
		t.Fatal(err)
	}
	record, err := released.Parse(string(text))
	if err != nil {
		t.Fatalf("%s: %s", schemasReleased, err)
	}
	breaks := released.Breaks(record.Lines, now, upgraders(t))
	if os.Getenv("UPDATE_SCHEMAS") != "" {
		kept, err := record.MayBecome(release, now, breaks)
		if err == nil {
			err = os.WriteFile(schemasReleased, []byte(kept.Text()), 0o600)
		}
		if err != nil {
			t.Fatalf("nothing is recorded: %s", err)
		}
		return
	}
	for _, what := range breaks {
		t.Errorf("%s.", what)
	}
	switch {
	case len(breaks) > 0 && record.Made():
		t.Errorf("this breaks what %s has promised (%s): keep what was there, and mark it as deprecated where it should go; or raise the "+
			"schema's Version by one, and give the resource's Upgrades an upgrader from the version before", record.Release, schemasReleased)
	case len(breaks) > 0:
		t.Errorf("%s is not released yet, so this may be meant: %s records it.", record.Release, recordSchemas)
	case record.Release != release:
		t.Errorf("the schemas are recorded of %s, and the changelog has %s: %s", record.Release, release, recordSchemas)
	}
}

// identities requests the schemas of the resources' identities.
func identities(t *testing.T) *tfprotov6.GetResourceIdentitySchemasResponse {
	t.Helper()
	got, err := providerserver.NewProtocol6(provider.New("test"))().GetResourceIdentitySchemas(t.Context(),
		&tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// upgraders returns which versions of states and identities the resources can upgrade.
func upgraders(t *testing.T) released.Upgrades {
	t.Helper()
	from := map[string][]int{}
	for _, create := range provider.New("test").Resources(t.Context()) {
		r := create()
		var name resource.MetadataResponse
		r.Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: "novasphere"}, &name)
		if states, ok := r.(resource.ResourceWithUpgradeState); ok {
			for version := range states.UpgradeState(t.Context()) {
				from["resource "+name.TypeName] = append(from["resource "+name.TypeName], int(version))
			}
		}
		if ids, ok := r.(resource.ResourceWithUpgradeIdentity); ok {
			for version := range ids.UpgradeIdentity(t.Context()) {
				from["identity "+name.TypeName] = append(from["identity "+name.TypeName], int(version))
			}
		}
	}
	return func(kind, name string, version int) bool { return slices.Contains(from[kind+" "+name], version) }
}
