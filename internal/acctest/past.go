// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/cli"
)

// Past is an object in a state that another provider wrote.
type Past struct {
	Type, Name string
	Schema     int
	Attributes map[string]any
}

// formerly maps the first word of resource types to the addresses of the other providers.
var formerly = map[string]string{"openstack": "terraform-provider-openstack/openstack", "vsphere": "vmware/vsphere"}

var pastFile = regexp.MustCompile(`^(\w+)\.schema(\d+)\.(\w+)\.json$`)

// ReadPast reads a folder of states with names like openstack_compute_flavor_v2.schema0.small.json.
func ReadPast(t testing.TB, dir string) (out []Past) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := pastFile.FindStringSubmatch(entry.Name())
		if name == nil {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		past := Past{Type: name[1], Name: name[3]}
		past.Schema, _ = strconv.Atoi(name[2]) // digits
		if err := json.Unmarshal(raw, &past.Attributes); err != nil {
			t.Fatalf("%s: %s", entry.Name(), err)
		}
		out = append(out, past)
	}
	if len(out) == 0 {
		t.Fatalf("no state of another provider lies in %s", dir)
	}
	return out
}

// Provider returns the first word of the type.
func (p Past) Provider() string {
	provider, _, _ := strings.Cut(p.Type, "_")
	return provider
}

// Raw returns the state as JSON.
func (p Past) Raw(t testing.TB) []byte {
	t.Helper()
	raw, err := json.Marshal(p.Attributes)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Inherit writes a state of other providers into the workspace. Terraform asks those only for their schemas, so this provider stands in
// for them under their names.
func (s *Workspace) Inherit(all []Past) {
	s.t.Helper()
	bin, err := binary()
	if err != nil {
		s.t.Fatal(err)
	}
	address := func(host, provider string) string { return host + "/" + formerly[provider] }
	var overrides strings.Builder
	for provider := range formerly {
		if err := os.Symlink(filepath.Join(bin, "terraform-provider-novasphere"),
			filepath.Join(s.dir, "terraform-provider-"+provider)); err != nil {
			s.t.Fatal(err)
		}
		for _, host := range []string{cli.TerraformHost, cli.TofuHost} {
			fmt.Fprintf(&overrides, "    %q = %q\n", address(host, provider), s.dir)
		}
	}
	const from = "  dev_overrides {\n"
	rc, err := os.ReadFile(filepath.Join(s.dir, "dev.tfrc"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.write("dev.tfrc", strings.Replace(string(rc), from, from+overrides.String(), 1))
	resources := []map[string]any{}
	for _, p := range all {
		resources = append(resources, map[string]any{"mode": "managed", "type": p.Type, "name": p.Name,
			"provider":  fmt.Sprintf("provider[%q]", address(s.cli.Host(), p.Provider())),
			"instances": []any{map[string]any{"schema_version": p.Schema, "attributes": p.Attributes}}})
	}
	state, err := json.Marshal(map[string]any{"version": 4, "terraform_version": "1.8.0", "serial": 1,
		"lineage": "6f6b1a1c-3f0e-5b0c-9a53-0d9a7c1e5d11", "outputs": map[string]any{}, "resources": resources})
	if err != nil {
		s.t.Fatal(err)
	}
	s.write("terraform.tfstate", string(state))
}

// State returns the attributes of an instance in the workspace's state.
func (s *Workspace) State(kind, name string) map[string]any {
	s.t.Helper()
	raw, err := os.ReadFile(filepath.Join(s.dir, "terraform.tfstate"))
	if err != nil {
		s.t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Type, Name string
			Instances  []struct{ Attributes map[string]any }
		}
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		s.t.Fatal(err)
	}
	for _, r := range state.Resources {
		if r.Type == kind && r.Name == name && len(r.Instances) == 1 {
			return r.Instances[0].Attributes
		}
	}
	s.t.Fatalf("the state has no %s.%s", kind, name)
	return nil
}

var openstackType = regexp.MustCompile(`\bopenstack_(\w+)_v2\b`)

// Retype returns a configuration for OpenStack with this provider's types and no other change, without the blocks before its first
// resource.
func Retype(config string) string {
	_, resources, _ := strings.Cut(config, "\nresource ")
	return "resource " + openstackType.ReplaceAllString(resources, "novasphere_$1")
}

// MovedBlocks returns the moved blocks from the objects to the names that Retype gives them.
func MovedBlocks(all []Past) string {
	var out strings.Builder
	for _, p := range all {
		from := p.Type + "." + p.Name
		fmt.Fprintf(&out, "moved {\n  from = %s\n  to   = %s\n}\n", from, openstackType.ReplaceAllString(from, "novasphere_$1"))
	}
	return out.String()
}

// readers are the prefixes of calls that change nothing in a vCenter's inventory.
var readers = []string{"Retrieve", "ContinueRetrieve", "Login", "Logout", "Find", "CreateContainerView", "DestroyView", "CreateCollector",
	"DestroyPropertyCollector", "CreateFilter",
	"CreatePropertyCollector", "CreateListView", "WaitForUpdates", "Query", "Fetch", "SessionIsActive", "CurrentTime", "GET ", "Cancel"}

// Changes returns those of the calls that change something.
func Changes(calls map[string]int) (out []string) {
	for name, n := range calls {
		changes := n > 0
		for _, reader := range readers {
			changes = changes && !strings.HasPrefix(name, reader)
		}
		if changes {
			out = append(out, name)
		}
	}
	return out
}
