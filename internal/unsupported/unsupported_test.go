// SPDX-License-Identifier: MPL-2.0

package unsupported_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/unsupported"
)

// nowhere configures a provider with a vCenter that does not exist, so that any call fails with another error than these tests expect.
var nowhere = map[string]any{"vsphere_server": "127.0.0.1:1", "user": "u", "password": "p", "routers": "physical"}

// TestRefused: an unsupported noun is refused with one sentence that tells what to do instead, by plans, imports and reads, and a read
// keeps the state. No call goes to the vCenter, which does not exist.
func TestRefused(t *testing.T) {
	t.Parallel()
	p := protocol.Configured(t, acctest.Factories["novasphere"], nowhere)
	for _, row := range unsupported.ResourceRows() {
		refused := func(what string, all []protocol.Diagnostic) {
			t.Helper()
			if len(all) != 1 || !all[0].Failed() || !strings.Contains(all[0].Text, row.Says) || !strings.Contains(all[0].Text, row.Instead) {
				t.Errorf("%s of %s: %v", what, row.Name, all)
			}
		}
		_, said := p.Import(row.Name, "x")
		refused("import", said)
		of := p.None(row.Name)
		of.State = protocol.Value(of.State.Type(), map[string]any{"id": "x"})
		left, said := p.Read(of)
		refused("read", said)
		if left.Exists() && left.Text("id") != "x" {
			t.Errorf("the state of %s is now %s", row.Name, left.State)
		}
	}
}

// TestNothingLimitsAProject: quotas have OpenStack's values for unlimited.
func TestNothingLimitsAProject(t *testing.T) {
	t.Parallel()
	p := protocol.Configured(t, acctest.Factories["novasphere"], nowhere)
	for _, row := range unsupported.QuotaRows() {
		found, said := p.Query(row.Name, map[string]any{"project_id": "p1", "region": "r1"})
		if len(said) > 0 {
			t.Errorf("%s: %v", row.Name, said)
			continue
		}
		maxima := 0
		for name, value := range found {
			if value.Type().Is(tftypes.Number) {
				if maxima++; !value.Equal(tftypes.NewValue(tftypes.Number, -1)) {
					t.Errorf("%s of %s is %s", name, row.Name, value)
				}
			}
		}
		if maxima < 7 || !found["id"].Equal(found["project_id"]) || !found["region"].Equal(tftypes.NewValue(tftypes.String, "r1")) {
			t.Errorf("%s: %v", row.Name, found)
		}
	}
}

const provider = `provider "novasphere" {
  vsphere_server = "127.0.0.1:1"
  user           = "u"
  password       = "p"
}
`

// TestCountZero: a module with every unsupported noun and count = 0 can be planned and applied.
func TestCountZero(t *testing.T) {
	t.Parallel()
	config := provider
	for _, row := range unsupported.ResourceRows() {
		config += fmt.Sprintf("resource %q \"x\" {\n  count = 0\n%s}\n", row.Name, row.Whole)
	}
	for _, row := range append(unsupported.DataRows(), unsupported.QuotaRows()...) {
		config += fmt.Sprintf("data %q \"x\" {\n  count = 0\n%s}\n", row.Name, row.Whole)
	}
	protocol.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: []resource.TestStep{{Config: config}}})
}

// TestWhole: a noun with every argument set is refused because it is unsupported, not because of an argument.
func TestWhole(t *testing.T) {
	t.Parallel()
	for kind, rows := range map[string][]unsupported.Row{"resource": unsupported.ResourceRows(), "data": unsupported.DataRows()} {
		for _, row := range rows {
			t.Run(kind+"/"+row.Name, func(t *testing.T) {
				t.Parallel()
				protocol.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: []resource.TestStep{{
					Config:      provider + fmt.Sprintf("%s %q \"x\" {\n%s}\n", kind, row.Name, row.Whole),
					ExpectError: regexp.MustCompile(`(?s)^Error: [^\n]*` + regexp.QuoteMeta(row.Says+". "+row.Instead)),
				}}})
			})
		}
	}
}

// TestGuideHoldsTheTable: the guide holds the table that the plans use.
func TestGuideHoldsTheTable(t *testing.T) {
	t.Parallel()
	const guide = "../../templates/guides/from-terraform-provider-openstack.md"
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	if table := unsupported.Table(); !strings.Contains(string(text), table) {
		t.Errorf("%s lacks this table:\n\n%s", guide, table)
	}
}
