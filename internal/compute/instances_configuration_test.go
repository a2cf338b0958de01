// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// TestTextTokens: texts are quoted so that HCL reads them back unchanged, with the usual escapes.
func TestTextTokens(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"web": `"web"`, `a "b" \ c`: `"a \"b\" \\ c"`,
		"${x} %{y} $z 5% $${": `"$${x} %%{y} $z 5% $\u0024{"`, "a\nb\tc\r\x01é": "\"a\\nb\\tc\\r\\u0001é\""} {
		if got := string(textTokens(text).Bytes()); got != want {
			t.Errorf("%q is written %s, not %s", text, got, want)
		}
	}
}

func FuzzConfigurationIsReadBack(f *testing.F) {
	for _, text := range []string{"web", "${x} %{y} $${ $$${ %%{ %%%{ $%{", "a\nb\tc\r\x01é", "\"\\", "for", "null", "\u00a0\U0001f600\x00",
		"# no comment", "<<EOT\nx\nEOT\n", "e\u0301"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || text == "" {
			return
		}
		server := openstack.Server{ID: text, ServerSpec: openstack.ServerSpec{Name: text, Description: text, UserData: text,
			Metadata: map[string]string{text: text, text + "2": "x"}, Tags: []string{text, text}}}
		printed := configurationOf([]openstack.Server{server})
		file, diags := hclsyntax.ParseConfig([]byte(printed), "printed.tf", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatalf("%s in\n%s", diags, printed)
		}
		if again := string(hclwrite.Format([]byte(printed))); again != printed {
			t.Errorf("it is not laid out as terraform fmt does it:\n%s\nis\n%s", printed, again)
		}
		want := cty.StringVal(text)
		for name, attribute := range file.Body.(*hclsyntax.Body).Blocks[1].Body.Attributes {
			value, diags := attribute.Expr.Value(nil)
			if diags.HasErrors() {
				t.Fatalf("%s in\n%s", diags, printed)
			}
			switch name {
			case "metadata":
				value = value.GetAttr(want.AsString())
			case "tags":
				value = value.Index(cty.NumberIntVal(1))
			}
			if !value.RawEquals(want) {
				t.Errorf("%s: %q was read back as %#v from\n%s", name, text, value, printed)
			}
		}
	})
}

// TestLabelFor: the names of VMs become unique names of resources.
func TestLabelFor(t *testing.T) {
	t.Parallel()
	taken := map[string]bool{}
	for _, c := range [][2]string{{"web-0", "web-0"}, {"web 0", "web_0"}, {"web.0", "web_0_2"}, {"0web", "_0web"}, {"-a", "_-a"}, {"é", "_"},
		{"", "__2"}, {`x" {}`, "x____"}} {
		if got := labelFor(c[0], taken); got != c[1] && c[0] != "" || got == "" {
			t.Errorf("%q is called %q, not %q", c[0], got, c[1])
		}
	}
}

// TestConfigurationOfTheUnknown: a comment stands where an unknown value would be written.
func TestConfigurationOfTheUnknown(t *testing.T) {
	t.Parallel()
	text := configurationOf([]openstack.Server{{ID: "1", ServerSpec: openstack.ServerSpec{Name: "old", PowerState: openstack.Active},
		ServerStatus: openstack.ServerStatus{VCPUs: 2, RAM: 4096, Disk: 20}}})
	for _, part := range []string{"to = novasphere_compute_instance.old\n",
		"# Its flavor is not known. It has 2 vcpus, 4096 MB of memory and a root disk of 20 GiB", "# Its image is not known"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
	text = configurationOf([]openstack.Server{{ID: "2", ServerSpec: openstack.ServerSpec{Name: "new", PowerState: "error",
		Flavor: openstack.Flavor{Name: "m1"}, ImageID: "i", NICs: []openstack.NIC{{NetworkName: "lan"}}}}})
	if !strings.HasSuffix(text, "{\n  name        = \"new\"\n  flavor_name = \"m1\"\n  image_id    = \"i\"\n  network {\n    name = "+
		"\"lan\"\n  }\n}\n") {
		t.Errorf("a server of OpenStack is written\n%s", text)
	}
	if configurationOf(nil) != "" {
		t.Error("no instances have a configuration")
	}
}

// TestApart: orphans are Nova's VMs without an instance; missing instances have no VM, whoever keeps their record.
func TestApart(t *testing.T) {
	t.Parallel()
	server := func(id string) openstack.Server {
		return openstack.Server{ID: id, ServerSpec: openstack.ServerSpec{Name: "n" + id}}
	}
	orphans, missing := apart([]openstack.Server{server("known"), server("taken over"), server("gone")}, []machine.DiscoveredServer{
		{Server: server("known")}, {Server: server("taken over"), Ours: true}, {Server: server("ours"), Ours: true},
		{Server: server("left"), Folder: "OpenStack/Project (p)/Instances", Project: "p"}})
	if len(orphans) != 1 || orphans[0].ID != "left" || orphans[0].ProjectID != "p" || orphans[0].Folder != "OpenStack/Project (p)/Instances" {
		t.Errorf("orphans are %+v", orphans)
	}
	if len(missing) != 1 || missing[0].ID != "gone" {
		t.Errorf("missing is %+v", missing)
	}
	if orphans, missing := apart(nil, nil); orphans == nil || missing == nil {
		t.Error("nothing is null")
	}
}
