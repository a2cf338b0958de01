// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The module's own packages and their imports, by import path or prefix.
const (
	module    = "github.com/terraform-provider-novasphere/terraform-provider-novasphere"
	framework = "github.com/hashicorp/terraform-plugin-"
	gopher    = "github.com/gophercloud/gophercloud/v2"
	govmomi   = "github.com/vmware/govmomi"
	anything  = ""
)

// below are the packages that a service of OpenStack builds on.
var below = []string{framework, "internal/crud", "internal/openstack", "internal/vmspec", "internal/guest", "internal/vcenter.",
	"internal/vcenter/affinity", "internal/vcenter/attachments",
	"internal/vcenter/catalogue", "internal/vcenter/image", "internal/vcenter/inventory", "internal/vcenter/machine",
	"internal/vcenter/network", "internal/vcenter/servers", "internal/vcenter/volumes",
	"internal/vcenter/volumes/metadata", "internal/sdn.", "internal/planned"}

// forCompute are those that the compute service builds on besides: the instance, key pairs and the configuration that it prints.
var forCompute = []string{"internal/compute/instance", "internal/compute/warn", "golang.org/x/crypto/", "github.com/hashicorp/hcl/v2",
	"github.com/zclconf/go-cty/cty"}

// forImages are those that the image service builds on besides: files of images on their way to a vCenter.
var forImages = []string{"internal/diskimage.", "internal/diskimage/disk", "internal/download", "internal/logging",
	"internal/vcenter/upload"}

// forInstances are those that the instance builds on besides: its own packages, passwords, identities and the config drive.
var forInstances = []string{"internal/compute/instance/", "github.com/go-crypt/", "github.com/google/uuid", "internal/configdrive"}

// forInstancePlans and forInstancePorts are those that these packages of the instance build on besides.
var (
	forInstancePlans = []string{"internal/compute/instance/model", "internal/compute/instance/ports", "internal/compute/instance/rules",
		"internal/compute/warn", "github.com/google/uuid"}
	forInstancePorts = []string{"internal/compute/instance/model", "github.com/google/uuid"}
)

// calls are the packages through which the packages of a vCenter call it, and which interpret its answers.
var calls = []string{"internal/vcenter/wire", "internal/vcenter/property", "internal/vcenter/retry", "internal/vcenter/faults"}

// mayImport says what each package on the map of CONTRIBUTING.md may import. A package, named by its directory, may import the standard
// library and what begins with one of its entries. Arrows point down only, and services never import each other.
var mayImport = map[string][]string{
	".":                               {framework, "internal/provider", "internal/release"},
	"internal/provider":               {anything},
	"internal/compute":                append(forCompute, below...),
	"internal/compute/instance":       append(forInstances, below...),
	"internal/compute/instance/plan":  append(forInstancePlans, below...),
	"internal/compute/instance/ports": append(forInstancePorts, below...),
	"internal/compute/instance/rules": {framework, "internal/compute/instance/model", "internal/crud", "internal/guest", "internal/openstack",
		"internal/vmspec"},
	"internal/compute/instance/model": {framework, "internal/crud", "internal/guest", "internal/openstack", "internal/planned",
		"internal/vmspec", "internal/vcenter/inventory"},
	"internal/compute/actions":       append([]string{"internal/vcenter/acts", "internal/vcenter/snapshots"}, below...),
	"internal/compute/warn":          {"internal/crud", "internal/guest", "internal/openstack", "internal/vmspec", "internal/vcenter."},
	"internal/networking":            below,
	"internal/blockstorage":          below,
	"internal/images":                append(forImages, below...),
	"internal/unsupported":           {framework, "internal/crud"},
	"internal/crud":                  {framework, "internal/crud/region", "internal/logging", "internal/openstack"},
	"internal/crud/region":           {framework, "internal/openstack"},
	"internal/crud/server":           {framework, "internal/crud", "internal/logging"},
	"internal/cloud":                 {"internal/logging", "internal/openstack", gopher, "github.com/hashicorp/go-retryablehttp"},
	"internal/logging":               {framework + "log/"},
	"internal/openstack":             {},
	"internal/planned":               {"internal/openstack"},
	"internal/privileges":            {},
	"internal/release":               {},
	"internal/functions":             {framework, "internal/functions/cloudconfig", "internal/openstack", "internal/vcenter/catalogue"},
	"internal/functions/cloudconfig": {"github.com/agext/levenshtein", "go.yaml.in/yaml/"},
	"internal/vmspec": {"internal/openstack", "internal/vmspec/blockdevices", "internal/vmspec/hardware", govmomi + "/vim25/types",
		"github.com/agext/levenshtein"},
	"internal/vmspec/hardware":    {"internal/openstack", govmomi + "/vim25/types"},
	"internal/vmspec/reconfigure": {"internal/openstack", "internal/vmspec.", "internal/vmspec/hardware", govmomi + "/vim25/types"},
	"internal/sdn":                {"internal/openstack", "internal/planned"},
	"internal/sdn/intent":         {"internal/openstack", "internal/sdn.", "internal/sdn/traffic"},
	"internal/sdn/recorded/l3": {"internal/openstack", "internal/sdn.", "internal/sdn/intent", "internal/sdn/recorded.",
		"internal/sdn/recorded/l3/law", "internal/vcenter.", "internal/vcenter/records", "github.com/google/uuid"},
	"internal/sdn/recorded/l3/law": {"internal/openstack", "internal/sdn.", "internal/sdn/recorded."},
	"internal/sdn/nsx/qos":         {"internal/logging", "internal/openstack", "internal/sdn/nsx/api", "internal/sdn/nsx/policy"},
	"internal/sdn/nsx/routers": {"internal/logging", "internal/openstack", "internal/sdn.", "internal/sdn/nsx.", "internal/sdn/nsx/api",
		"internal/sdn/nsx/gateway", "internal/sdn/nsx/policy", "internal/sdn/recorded/l3", "internal/vcenter.", "internal/vcenter/records",
		"internal/vcenter/wire"},
	"internal/sdn/dvs": {"internal/logging", "internal/openstack", "internal/planned", "internal/sdn.", "internal/sdn/recorded.",
		"internal/sdn/recorded/l3", "internal/sdn/traffic", "internal/vcenter.", "internal/vcenter/network", "internal/vcenter/wire",
		govmomi + "/vim25/types"},
	"internal/sdn/recorded": {"internal/openstack", "internal/planned", "internal/sdn.", "internal/sdn/traffic", "internal/vcenter.",
		"internal/vcenter/network", "internal/vcenter/records", "github.com/google/uuid"},
	"internal/sdn/mixed": {"internal/openstack", "internal/sdn.", "internal/sdn/dvs", "internal/sdn/nsx.", "internal/sdn/nsx/groups",
		"internal/sdn/nsx/routers", "internal/sdn/recorded.", "internal/vcenter.", "internal/vcenter/network"},
	"internal/sdn/nsx": {"internal/logging", "internal/openstack", "internal/sdn.", "internal/sdn/nsx/api", "internal/sdn/nsx/firewall",
		"internal/sdn/nsx/gateway", "internal/sdn/nsx/policy", "internal/sdn/nsx/qos", "internal/sdn/recorded.", "internal/sdn/recorded/l3",
		"internal/vcenter.", "internal/vcenter/network", "internal/vcenter/records", "internal/vcenter/wire", "github.com/google/uuid"},
	"internal/sdn/nsx/firewall": {"internal/openstack", "internal/sdn.", "internal/sdn/nsx/policy"},
	"internal/sdn/nsx/groups": {"internal/logging", "internal/openstack", "internal/sdn.", "internal/sdn/nsx.", "internal/sdn/nsx/api",
		"internal/sdn/nsx/firewall", "internal/sdn/nsx/policy", "internal/sdn/recorded/l3", "internal/sdn/traffic", "internal/vcenter.",
		"internal/vcenter/wire"},
	"internal/sdn/nsx/gateway": {"internal/openstack", "internal/sdn.", "internal/sdn/nsx/policy"},
	"internal/sdn/nsx/api":     {"internal/logging", "internal/openstack", "golang.org/x/time/rate"},
	"internal/sdn/nsx/policy":  {"internal/openstack", "internal/sdn."},
	"internal/sdn/traffic":     {"internal/openstack", "internal/sdn."},
	"internal/sdn/networktest": {"internal/openstack", "internal/sdn."},
	"internal/guest":           {"internal/openstack", govmomi + "/vim25/types"},
	"internal/diskimage":       {"internal/diskimage/"},
	"internal/diskimage/disk":  {},
	"internal/diskimage/ova":   {"internal/diskimage/disk"},
	"internal/diskimage/qcow2": {"internal/diskimage/disk", "github.com/klauspost/compress/"},
	"internal/diskimage/raw":   {"internal/diskimage/disk"},
	"internal/diskimage/vmdk":  {"internal/diskimage/disk", "github.com/klauspost/compress/"},
	"internal/configdrive":     {"internal/openstack", "internal/guest", "github.com/diskfs/go-diskfs/"},
	"internal/vcenter":         {"internal/openstack", "internal/planned", "internal/vmspec", "internal/vcenter/", govmomi},
	"internal/vcenter/servers": append([]string{"internal/guest", "internal/logging", "internal/openstack", "internal/planned",
		"internal/vmspec", "internal/vcenter/affinity", "internal/vcenter/blocks", "internal/vcenter/catalogue", "internal/vcenter/image",
		"internal/vcenter/inventory", "internal/vcenter/servers/destruction",
		"internal/vcenter/machine", "internal/vcenter/network", "internal/vcenter/records", govmomi, "github.com/google/uuid"}, calls...),
	"internal/vcenter/acts": append([]string{"internal/logging", "internal/openstack", "internal/vmspec.", "internal/vcenter/esx",
		"internal/vcenter/inventory", "internal/vcenter/machine", "internal/vcenter/servers", govmomi, "github.com/google/uuid"}, calls...),
	"internal/vcenter/rescue": append([]string{"internal/openstack", "internal/vmspec/hardware", "internal/vcenter/diskfiles",
		"internal/vcenter/image", "internal/vcenter/inventory", "internal/vcenter/machine", "internal/vcenter/records", govmomi}, calls...),
	"internal/vcenter/snapshots": append([]string{"internal/openstack", "internal/vmspec/hardware", "internal/vcenter/machine", govmomi},
		calls...),
	"internal/vcenter/shelving": append([]string{"internal/openstack", "internal/vcenter/machine", "internal/vcenter/records", govmomi},
		calls...),
	"internal/vcenter/diskfiles": append([]string{"internal/openstack", "internal/vcenter/inventory", govmomi}, calls...),
	"internal/vcenter/volumes": append([]string{"internal/openstack", "internal/vmspec/hardware", "internal/vcenter/diskfiles",
		"internal/vcenter/image", "internal/vcenter/inventory", "internal/vcenter/machine", "internal/vcenter/records",
		"internal/vcenter/volumes/metadata", govmomi, "github.com/google/uuid"}, calls...),
	"internal/vcenter/volumes/metadata": {"internal/openstack", govmomi},
	"internal/vcenter/attachments": append([]string{"internal/logging", "internal/openstack", "internal/vmspec/hardware",
		"internal/vcenter/inventory", "internal/vcenter/machine", "internal/vcenter/volumes", govmomi, "github.com/google/uuid"}, calls...),
	"internal/vcenter/servers/destruction": append([]string{"internal/openstack", "internal/vmspec/hardware", "internal/vmspec/reconfigure",
		"internal/vcenter/affinity", "internal/vcenter/blocks", "internal/vcenter/inventory", "internal/vcenter/machine",
		"internal/vcenter/records", govmomi}, calls...),
	"internal/vcenter/blocks": {"internal/openstack", "internal/vmspec", "internal/vcenter/attachments", "internal/vcenter/faults",
		"internal/vcenter/inventory", "internal/vcenter/machine", "internal/vcenter/property", "internal/vcenter/volumes",
		"internal/vcenter/wire", govmomi, "github.com/google/uuid"},
	"internal/vmspec/blockdevices": {"internal/openstack", "internal/vmspec/hardware"},
	"internal/vcenter/affinity": append([]string{"internal/guest", "internal/logging", "internal/openstack", "internal/planned",
		"internal/vmspec",
		"internal/vcenter/inventory", "internal/vcenter/machine", "internal/vcenter/records", govmomi, "github.com/google/uuid"}, calls...),
	"internal/vcenter/machine": append([]string{"internal/guest", "internal/logging", "internal/openstack", "internal/vmspec",
		"internal/vcenter/catalogue", "internal/vcenter/inventory", "internal/vcenter/records", govmomi, "github.com/google/uuid"}, calls...),
	"internal/vcenter/catalogue": append([]string{"internal/openstack", "internal/planned", "internal/vcenter/inventory",
		"internal/vcenter/records", govmomi, "github.com/google/uuid"}, calls...),
	"internal/vcenter/image": append([]string{"internal/guest", "internal/logging", "internal/openstack", "internal/planned",
		"internal/vmspec",
		"internal/vcenter/inventory", "internal/vcenter/records", "internal/vcenter/upload", govmomi, "github.com/google/uuid"}, calls...),
	"internal/vcenter/upload": append([]string{"internal/logging", "internal/openstack", "internal/vcenter/diskfiles",
		"internal/vcenter/inventory", "internal/vcenter/records", "internal/vmspec/hardware", govmomi, "github.com/google/uuid"}, calls...),
	"internal/download": {"internal/logging", "internal/openstack", "internal/diskimage/disk", "github.com/klauspost/compress/",
		"github.com/ulikunitz/xz", "github.com/hashicorp/go-retryablehttp"},
	"internal/vcenter/esx": append([]string{"internal/openstack", "internal/planned", "internal/vcenter/inventory", "internal/vcenter/network",
		"internal/vcenter/records", govmomi}, calls...),
	"internal/vcenter/network": append([]string{"internal/openstack", "internal/vcenter/inventory", "internal/vcenter/records", govmomi,
		"github.com/google/uuid"}, calls...),
	"internal/vcenter/inventory": append([]string{"internal/logging", "internal/openstack", "internal/planned", "internal/vcenter/records",
		"internal/vmspec", govmomi}, calls...),
	"internal/vcenter/records": append([]string{"internal/logging", "internal/openstack", govmomi}, calls...),
	"internal/vcenter/wire": {"internal/logging", "internal/openstack", "internal/vcenter/session", "internal/vcenter/property",
		"internal/vcenter/retry", "internal/vcenter/faults", govmomi},
	"internal/vcenter/session": {"internal/logging", "internal/openstack", "internal/vcenter/faults", "internal/vcenter/property",
		"internal/vcenter/retry", govmomi, "github.com/hashicorp/go-version"},
	"internal/vcenter/property": {"internal/openstack", "internal/vcenter/faults", govmomi},
	"internal/vcenter/retry":    {"internal/logging", "internal/vcenter/faults"},
	"internal/vcenter/faults":   {"internal/openstack", "internal/privileges", govmomi, "github.com/agext/levenshtein"},

	"internal/acctest/novasim": {"internal/acctest/nsxsim.", "internal/acctest/nsxsim/bridge", "internal/acctest/recordings",
		"internal/acctest/replay", "internal/acctest/vcsim.", "internal/openstack", "internal/vcenter.", "internal/vcenter/catalogue"},
	"internal/acctest/nsxsim": {"internal/acctest/nsxsim/firewall", "internal/acctest/nsxsim/gateways", "internal/acctest/nsxsim/policy",
		"github.com/google/uuid"},
	"internal/acctest/nsxsim/firewall": {"internal/acctest/nsxsim/policy"},
	"internal/acctest/nsxsim/gateways": {"internal/acctest/nsxsim/policy"},
	"internal/acctest/nsxsim/policy":   {"internal/acctest/nsxsim/schema", "github.com/google/uuid"},
	"internal/acctest/nsxsim/schema":   {},
	"internal/acctest/nsxsim/bridge":   {"internal/acctest/nsxsim.", "internal/acctest/vcsim."},

	"internal/acctest":     {framework, govmomi, "internal/acctest", "internal/privileges", "internal/provider", "internal/vmspec"},
	"internal/acctest/cli": {},
	"internal/acctest/faults": {govmomi, "internal/acctest.", "internal/acctest/nsxsim.",
		"internal/acctest/protocol", "internal/acctest/vcsim.", "internal/provider"},
	"internal/acctest/cloudinit": {}, "internal/acctest/memory": {}, "internal/acctest/openstack": {},
	"internal/acctest/released": {framework},
	"internal/acctest/snippets": {framework, "github.com/hashicorp/hcl/v2", "github.com/zclconf/go-cty/cty",
		"internal/acctest/protocol"},
	"internal/acctest/protocol/parts":    {framework},
	"internal/acctest/protocol/proposed": {framework, "internal/acctest/protocol/parts"},
	"internal/acctest/protocol": {framework, "internal/acctest/protocol/parts", "internal/acctest/protocol/proposed",
		"github.com/hashicorp/terraform-json", "github.com/hashicorp/hcl/v2", "github.com/zclconf/go-cty/"},
	"internal/acctest/recordings":       {"internal/openstack", govmomi + "/vim25/types"},
	"internal/acctest/replay":           {govmomi, "internal/acctest/recordings"},
	"internal/acctest/vcsim":            {govmomi, "internal/privileges", "internal/acctest/vcsim/", "github.com/google/uuid"},
	"internal/acctest/vcsim/accounts":   {govmomi, "internal/privileges", "internal/acctest/vcsim/automation", "internal/acctest/vcsim/base"},
	"internal/acctest/vcsim/automation": {govmomi, "internal/privileges"},
	"internal/acctest/vcsim/base":       {govmomi},
	"internal/acctest/vcsim/clusters":   {govmomi, "internal/acctest/vcsim/base", "internal/acctest/vcsim/switches", "github.com/google/uuid"},
	"internal/acctest/vcsim/devices":    {govmomi, "internal/acctest/vcsim/base", "internal/acctest/vcsim/switches"},
	"internal/acctest/vcsim/disks":      {govmomi, "internal/acctest/vcsim/base", "github.com/google/uuid"},
	"internal/acctest/vcsim/folders":    {govmomi, "internal/acctest/vcsim/base", "internal/acctest/vcsim/machines"},
	"internal/acctest/vcsim/guests":     {govmomi, "internal/acctest/vcsim/base", "gopkg.in/yaml.v3"},
	"internal/acctest/vcsim/machines": {govmomi, "internal/acctest/vcsim/base", "internal/acctest/vcsim/clusters",
		"internal/acctest/vcsim/devices", "internal/acctest/vcsim/disks", "internal/acctest/vcsim/guests"},
	"internal/acctest/vcsim/switches": {govmomi, "internal/acctest/vcsim/base"},
	"internal/acctest/vcsim/uploads": {govmomi, "internal/acctest/vcsim/base", "internal/acctest/vcsim/machines",
		"github.com/google/uuid"},
	"internal/cmd/acc": {"internal/acctest/cli"},
	"internal/cmd/demo": {"internal/acctest/cli", "internal/acctest/novasim", "internal/acctest/nsxsim.", "internal/acctest/vcsim.",
		govmomi},
	"internal/cmd/licences": {},
	"internal/cmd/novasim":  {"internal/acctest/novasim", "internal/acctest/nsxsim.", "internal/acctest/replay", "internal/release"},
	"internal/cmd/pages": {framework, "github.com/hashicorp/hcl/v2", "github.com/zclconf/go-cty/cty", "internal/crud", "internal/privileges",
		"internal/provider", "internal/unsupported"},
	"internal/cmd/schemajson": {framework, "internal/provider"},
}

func TestLayers(t *testing.T) {
	t.Parallel()
	eachGoFile(t, func(file string) {
		if strings.HasSuffix(file, "_test.go") {
			return
		}
		room := path.Dir(file)
		allowed, known := mayImport[room]
		if !known {
			t.Errorf("%s: the room %s is on no map: add it to mayImport and to CONTRIBUTING.md", file, room)
			return
		}
		for _, imported := range imports(t, file) {
			if !isStandard(imported) && !slices.ContainsFunc(allowed, covers(imported)) {
				t.Errorf("%s: %s may not import %s", file, room, imported)
			}
		}
	})
}

// imports returns a file's import paths; those of this module relative to its root.
func imports(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, strings.TrimPrefix(imported, module+"/"))
	}
	return paths
}

// isStandard reports whether a path is of the standard library: its first element has no dot.
func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".") && first != "internal"
}

// covers reports whether an entry allows an import: exactly, as a directory above it, as a prefix where the entry's last character marks
// it as one, or with a final full stop as that directory alone.
func covers(imported string) func(entry string) bool {
	return func(entry string) bool {
		if entry == anything || strings.HasSuffix(entry, "-") || strings.HasSuffix(entry, "/") {
			return strings.HasPrefix(imported, entry)
		}
		if alone, only := strings.CutSuffix(entry, "."); only {
			return imported == alone
		}
		return imported == entry || strings.HasPrefix(imported, entry+"/")
	}
}

// TestRoomsAreOnTheMap: each room that there is has its row in CONTRIBUTING.md.
func TestRoomsAreOnTheMap(t *testing.T) {
	t.Parallel()
	chart := textOf(t, "CONTRIBUTING.md")
	for room := range rooms(t) {
		if room != "." && !strings.Contains(chart, "`"+room+"`") {
			t.Errorf("CONTRIBUTING.md does not tell what %s is for", room)
		}
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		imported, entry string
		want            bool
	}{
		{"internal/sdn", "internal/sdn", true},
		{"internal/sdn/dvs", "internal/sdn", true},
		{"internal/sdn", "internal/sdn.", true},
		{"internal/sdn/dvs", "internal/sdn.", false},
		{"internal/sdnlike", "internal/sdn", false},
		{govmomi + "/object", govmomi + "/vim25/types", false},
		{framework + "framework/resource", framework, true},
	} {
		if got := covers(tc.imported)(tc.entry); got != tc.want {
			t.Errorf("%q covers %q: got %v", tc.entry, tc.imported, got)
		}
	}
}
